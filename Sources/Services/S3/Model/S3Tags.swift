import AWSModel
import PropertyTree
import ServiceKit

/// Tag sets: as XML shapes, as the `x-amz-tagging` header, and as they are stored.
enum S3Tags {
  static let perObjectMax = 10
  static let perBucketMax = 50

  /// AWS's own among stored tags: clients can't take them away.
  static func system(in tags: PropertyObject) -> PropertyObject {
    PropertyObject(tags.filter { TagRules.isSystemKey($0.key) }.map { ($0.key, $0.value) })
  }

  /// From a `Tagging` payload.
  ///
  /// - Parameter known: AWS's own tags that are there, which a client may send along as they are.
  static func parse(
    _ tagging: PropertyValue?, max: Int, known: PropertyObject = [:]
  ) throws -> PropertyObject {
    guard let set = tagging?["TagSet"] else { throw ServiceError.malformedXML }
    var tags = PropertyObject()
    let elements = set.elements
    for element in elements {
      guard let key = element["Key"]?.scalarText, let value = element["Value"]?.scalarText else {
        throw ServiceError.malformedXML
      }
      if known[key] == .string(value) { continue }
      try add(key, value, to: &tags)
    }
    try checkCount(tags, max)
    return tags
  }

  /// From `a=b&c=d`, URL-encoded.
  static func parse(header: String) throws -> PropertyObject {
    var tags = PropertyObject()
    for pair in header.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = PercentEncoding.decode(parts[0], plusIsSpace: true),
        let value = parts.count == 2 ? PercentEncoding.decode(parts[1], plusIsSpace: true) : "",
        tags[key] == nil
      else {
        throw ServiceError.invalidArgument(
          "x-amz-tagging", header,
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            + "parameters without tag name duplicates.")
      }
      try add(key, value, to: &tags)
    }
    try checkCount(tags, perObjectMax)
    return tags
  }

  private static func add(_ key: String, _ value: String, to tags: inout PropertyObject) throws {
    guard !TagRules.isSystemKey(key) else {
      throw ServiceError("InvalidTag", "System tags cannot be added/updated by requester")
    }
    guard (1...128).contains(key.count) else {
      throw ServiceError("InvalidTag", "The TagKey you have provided is invalid")
    }
    guard value.count <= 256 else {
      throw ServiceError("InvalidTag", "The TagValue you have provided is invalid")
    }
    guard tags[key] == nil else {
      throw ServiceError("InvalidTag", "Cannot provide multiple Tags with the same key")
    }
    tags[key] = .string(value)
  }

  private static func checkCount(_ tags: PropertyObject, _ max: Int) throws {
    guard tags.count <= max else {
      throw ServiceError(
        max == perObjectMax ? "BadRequest" : "InvalidTag",
        "Object tags cannot be greater than \(max)")
    }
  }

  /// The `TagSet` of an answer.
  static func tagSet(_ tags: PropertyObject) -> PropertyValue {
    let list = tags.map { PropertyValue.object(["Key": .string($0.key), "Value": $0.value]) }
    return .object(["Tag": .list(list)])
  }

  static func stored(_ tags: PropertyObject?) -> String? {
    guard let tags, !tags.isEmpty else { return nil }
    return JSONWriter.compact(.object(tags))
  }

  static func read(_ text: String?) throws -> PropertyObject {
    guard let text else { return [:] }
    return try JSONReader.read(text).objectValue ?? [:]
  }
}
