import AWSModel
import PropertyTree

/// A bucket's policy: kept as it was written, once it is one. Nobody is kept out by it yet.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
struct S3Policy: Sendable, Hashable {
  static let bytesMax = 20_480
  /// Its key among a bucket's settings.
  static let setting = "Policy"

  let text: String
  private let statements: [PropertyObject]

  /// Throws `MalformedPolicy`.
  init(_ text: String, bucket: String) throws(ServiceError) {
    guard text.utf8.count <= Self.bytesMax else {
      throw Self.malformed("The policy exceeds the maximum size of \(Self.bytesMax) bytes")
    }
    let document: PropertyObject
    do {
      guard text.utf8.first == UInt8(ascii: "{"), let read = try JSONReader.read(text).objectValue
      else { throw Self.malformed(Self.notJSON) }
      document = read
    } catch { throw Self.malformed(Self.notJSON) }
    for name in document.keys where !["Version", "Id", "Statement"].contains(name) {
      throw Self.malformed("Unknown field \(name)")
    }
    if let version = document["Version"],
      !["2012-10-17", "2008-10-17"].contains(version.stringValue)
    {
      throw Self.malformed("The policy must contain a valid version string")
    }
    statements = try Self.statements(document["Statement"])
    self.text = text
    for statement in statements { try Self.check(statement, bucket) }
  }

  private static let notJSON = "Policies must be valid JSON and the first byte must be '{'"

  private static func malformed(_ message: String) -> ServiceError {
    ServiceError("MalformedPolicy", message)
  }

  private static func statements(_ value: PropertyValue?) throws(ServiceError) -> [PropertyObject] {
    guard let value else { throw malformed("Missing required field Statement") }
    var statements: [PropertyObject] = []
    for element in value.listValue ?? [value] {
      guard let statement = element.objectValue else {
        throw malformed("Statement must be an object or a list of objects")
      }
      statements.append(statement)
    }
    guard !statements.isEmpty else {
      throw malformed("Could not parse the policy: Statement is empty!")
    }
    return statements
  }

  private static let fields: Set<String> = [
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
    "NotResource", "Condition",
  ]

  private static func check(_ statement: PropertyObject, _ bucket: String) throws(ServiceError) {
    for name in statement.keys where !fields.contains(name) {
      throw malformed("Unknown field \(name)")
    }
    guard let effect = statement["Effect"] else { throw malformed("Missing required field Effect") }
    guard ["Allow", "Deny"].contains(effect.stringValue) else {
      throw malformed("Invalid effect: \(effect.stringValue ?? "")")
    }
    for name in ["Principal", "Action", "Resource"] {
      switch (statement[name], statement["Not\(name)"]) {
      case (nil, nil): throw malformed("Missing required field \(name)")
      case (.some, .some): throw malformed("Statement must not contain both \(name) and Not\(name)")
      default: break
      }
    }
    guard isPrincipal(statement["Principal"] ?? statement["NotPrincipal"] ?? .null) else {
      throw malformed("Invalid principal in policy")
    }
    let actions = texts(statement["Action"] ?? statement["NotAction"])
    guard !actions.isEmpty, actions.allSatisfy({ $0 == "*" || $0.lowercased().hasPrefix("s3:") })
    else { throw malformed("Policy has invalid action") }
    let resources = texts(statement["Resource"] ?? statement["NotResource"])
    guard !resources.isEmpty, resources.allSatisfy({ isWithin(bucket, $0) }) else {
      throw malformed("Policy has invalid resource")
    }
    if let condition = statement["Condition"] {
      guard let object = condition.objectValue, object.allSatisfy({ $0.value.objectValue != nil })
      else { throw malformed("Invalid Condition type : must be an object of objects") }
    }
  }

  private static func isPrincipal(_ principal: PropertyValue) -> Bool {
    if principal == "*" { return true }
    guard let object = principal.objectValue, !object.isEmpty else { return false }
    return object.allSatisfy { kind, value in
      ["AWS", "Service", "Federated", "CanonicalUser"].contains(kind) && !texts(value).isEmpty
    }
  }

  private static func isWithin(_ bucket: String, _ resource: String) -> Bool {
    let fields = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard fields.count == 6, fields[0] == "arn", fields[2] == "s3" else { return resource == "*" }
    let name = fields[5].prefix { $0 != "/" }
    return name == bucket || name.contains("*") && S3CORSConfiguration.matches(String(name), bucket)
  }

  private static func texts(_ value: PropertyValue?) -> [String] {
    (value?.listValue ?? value.map { [$0] } ?? []).compactMap(\.scalarText)
  }

  /// Condition keys that bind a request to a place or an identity, so that a statement for everyone
  /// is public no more.
  private static let binding: Set<String> = [
    "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
    "aws:userid", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount",
    "aws:principalarn", "aws:sourceip", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
  ]

  /// True where it lets in everyone.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
  var isPublic: Bool {
    statements.contains { statement in
      guard statement["Effect"] == "Allow" else { return false }
      let principal = statement["Principal"]
      let isEveryone =
        principal == nil || principal == "*"
        || Self.texts(principal?["AWS"]).contains("*")
      guard isEveryone else { return false }
      let conditions = statement["Condition"]?.objectValue ?? [:]
      return !conditions.contains { _, keys in
        (keys.objectValue ?? [:]).contains { key, values in
          Self.binding.contains(key.lowercased()) && !Self.texts(values).contains("*")
        }
      }
    }
  }
}
