import AWSModel
import PropertyTree

/// A policy of a stream or a consumer: kept as it was written, once it is one. Nobody is kept out by
/// it yet.
///
/// https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html
enum ResourcePolicy {
  static let bytesMax = 20_480

  private static let fields: Set<String> = [
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
    "NotResource", "Condition",
  ]

  /// Throws InvalidArgumentException for what is no policy.
  static func validate(_ text: String) throws(ServiceError) {
    guard text.utf8.count <= bytesMax else {
      throw KinesisError.invalid("The policy is longer than \(bytesMax) bytes.")
    }
    let document: PropertyObject
    do {
      guard let object = try JSONReader.read(text).objectValue else { throw malformed("no object") }
      document = object
    } catch { throw malformed("it is no JSON object") }
    for name in document.keys where !["Version", "Id", "Statement"].contains(name) {
      throw malformed("unknown field \(name)")
    }
    if let version = document["Version"],
      !["2012-10-17", "2008-10-17"].contains(version.stringValue)
    {
      throw malformed("unknown version")
    }
    let statements = document["Statement"].map { $0.listValue ?? [$0] } ?? []
    guard !statements.isEmpty else { throw malformed("it has no statement") }
    for statement in statements { try check(statement) }
  }

  private static func check(_ value: PropertyValue) throws(ServiceError) {
    guard let statement = value.objectValue else { throw malformed("a statement is no object") }
    for name in statement.keys where !fields.contains(name) {
      throw malformed("unknown field \(name)")
    }
    guard ["Allow", "Deny"].contains(statement["Effect"]?.stringValue) else {
      throw malformed("a statement's Effect is Allow or Deny")
    }
    for name in ["Principal", "Action", "Resource"] {
      let given = [statement[name], statement["Not\(name)"]].compactMap { $0 }
      guard given.count == 1 else { throw malformed("a statement needs one \(name)") }
    }
  }

  private static func malformed(_ reason: String) -> ServiceError {
    KinesisError.invalid("The resource policy is not valid: \(reason).")
  }
}
