import AWSModel
import Effects

/// A parameter as it is stored, with its newest version.
struct SSMParameter: Codable, Sendable, Hashable {
  var name: String
  var type: SSMParameterType
  var newest: SSMVersion
  /// The oldest version that is kept.
  var oldestVersion: Int64
  /// Version by label.
  var labels: [String: Int64] = [:]
  var tags: [String: String] = [:]

  func labels(of version: Int64) -> [String] {
    labels.filter { $0.value == version }.keys.sorted()
  }

  static func arn(_ name: String, in scope: Scope) -> String {
    ARN("ssm", scope, "parameter\(name.hasPrefix("/") ? "" : "/")\(name)").description
  }
}

enum SSMParameterType: String, Codable, Sendable, Hashable, CaseIterable {
  case text = "String"
  case list = "StringList"
  case secure = "SecureString"
}

/// One version of a parameter's value.
struct SSMVersion: Codable, Sendable, Hashable {
  var version: Int64
  /// Sealed where the parameter is a `SecureString`.
  var value: String
  var description: String?
  var allowedPattern: String?
  /// `Standard` or `Advanced`.
  var tier: String
  var dataType: String
  var modified: Timestamp
}

/// A parameter's name, with which of its versions is meant.
struct SSMSelector: Sendable, Hashable {
  var name: String
  /// The text after the colon: a version's number or a label.
  var selector: String?

  /// Takes a name or an ARN, each with `:version` or `:label` behind it or without.
  ///
  /// - Throws: `ServiceError` where the text has the form of neither.
  init(_ text: String, in scope: Scope) throws(ServiceError) {
    var rest = text[...]
    if text.hasPrefix("arn:") {
      guard let arn = ARN(parsing: text), arn.service == "ssm", arn.scope == scope,
        arn.resource.hasPrefix("parameter/")
      else { throw SSMFault.notFound(text) }
      let path = arn.resource.dropFirst("parameter".count)
      // `parameter/name` is of `name`, `parameter/a/b` of `/a/b`.
      rest = path.dropFirst().contains("/") ? path : path.dropFirst()
    }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, !parts[0].isEmpty, parts.last?.isEmpty == false else {
      throw SSMFault.notFound(text)
    }
    name = String(parts[0])
    try SSMLimits.check(path: name)
    selector = parts.count == 2 ? String(parts[1]) : nil
  }
}
