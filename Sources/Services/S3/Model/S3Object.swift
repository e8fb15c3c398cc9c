import AWSModel
import Effects
import PropertyTree

/// One version of an object, or a delete marker.
struct S3Object: Sendable, Hashable {
  var key: String
  /// Grows with each version of the key; the highest is the current one.
  var sequence: Int64
  /// `null` for objects written without versioning.
  var versionID: String
  var isDeleteMarker: Bool
  var size: Int64
  /// Without quotes.
  var etag: String
  var modified: Timestamp
  /// The unique name of the file that holds the bytes; nil for delete markers.
  var file: String?
  /// Members that GetObject answers beside the fixed ones, by the API's names (`ContentType`,
  /// `Metadata`, `ChecksumCRC32`, …), as JSON.
  var attributes: String
  /// `{"key": "value"}` as JSON, or nil.
  var tags: String?

  var quotedETag: String { "\"\(etag)\"" }

  /// Attributes that no answer tells as they are.
  static let internalAttributes: Set<String> = ["PartsCount", "PartSizes", S3AccessControl.member]

  func attributeMembers() throws -> PropertyObject {
    try JSONReader.read(attributes).objectValue ?? [:]
  }

  /// The longest key, in bytes of UTF-8.
  static let keyBytesMax = 1024

  static func validateKey(_ key: String) throws {
    guard !key.isEmpty else {
      throw ServiceError.invalidArgument("Key", key, "Object keys must not be empty.")
    }
    guard key.utf8.count <= keyBytesMax else {
      throw ServiceError(
        "KeyTooLongError", "Your key is too long",
        fields: [
          "Size": .int(Int64(key.utf8.count)), "MaxSizeAllowed": .int(Int64(keyBytesMax)),
        ])
    }
    // SQLite's text binding ends at a NUL, so that two keys would become one.
    guard !key.utf8.contains(0) else { throw ServiceError.unsupported("NUL in object keys") }
  }
}

/// An object that is about to be: its bytes are staged, its row is not written yet.
struct S3NewObject: Sendable {
  var key: String
  var size: Int64
  var etag: String
  var file: String
  var attributes: PropertyObject
  var tags: PropertyObject?
  var modified: Timestamp
}

/// The facts of an object that was written.
struct S3WrittenObject: Sendable {
  /// nil without versioning.
  var versionID: String?
  /// By the API's member names.
  var encryption: PropertyObject
  var lifecycle: S3Lifecycle?

  /// The members that answers to writes have in common.
  func answer(_ object: S3NewObject) throws -> PropertyObject {
    var answer = encryption
    answer.put("VersionId", versionID)
    answer.put("Expiration", try lifecycle?.header(of: object))
    return answer
  }
}

/// Conditions on the object that a write would replace.
struct S3WriteConditions: Sendable, Hashable {
  var ifMatch: String?
  var ifNoneMatch: String?

  func check(_ current: S3Object?, key: String) throws {
    if let ifNoneMatch {
      guard ifNoneMatch == "*" else {
        throw ServiceError.unsupported("an If-None-Match other than `*` on a write")
      }
      if current != nil { throw ServiceError.preconditionFailed("If-None-Match") }
    }
    if let ifMatch {
      guard let current else { throw ServiceError.noSuchKey(key) }
      guard ifMatch == "*" || S3ETag.bare(ifMatch) == current.etag else {
        throw ServiceError.preconditionFailed("If-Match")
      }
    }
  }
}

enum S3ETag {
  /// The text without its quotes; clients leave out one or both.
  static func bare(_ text: String) -> String {
    var bare = text[...]
    if bare.hasPrefix("\"") { bare = bare.dropFirst() }
    if bare.hasSuffix("\"") { bare = bare.dropLast() }
    return String(bare)
  }

  /// True when one of the comma-separated tags of a header is `etag`, or `*`.
  static func list(_ header: String, holds etag: String) -> Bool {
    header.split(separator: ",").contains { part in
      var tag = part.drop { $0 == " " }
      while tag.last == " " { tag = tag.dropLast() }
      if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
      return tag == "*" || bare(String(tag)) == etag
    }
  }
}
