/// The two kinds of APIs and what tells them apart in a template.
enum ApiStyle: CaseIterable {
  case rest, http

  /// The property by which an event names its API.
  var idProperty: String { self == .rest ? "RestApiId" : "ApiId" }
  /// The id of the API that events without one share.
  var implicitID: String { self == .rest ? "ServerlessRestApi" : "ServerlessHttpApi" }
  var eventType: String { self == .rest ? "Api" : "HttpApi" }
  var resourceType: String {
    self == .rest ? "AWS::Serverless::Api" : "AWS::Serverless::HttpApi"
  }

  /// A definition without paths.
  var skeleton: Tree {
    var body: Tree = self == .rest ? ["swagger": "2.0"] : ["openapi": "3.0.1"]
    body["info"] = ["version": "1.0", "title": .ref("AWS::StackName")]
    body["paths"] = .emptyObject
    return body
  }

  /// True for what is a definition of the style.
  func isValid(_ body: Tree?) -> Bool {
    guard let body, body["paths"]?.members != nil else { return false }
    if self == .rest, body["swagger"]?.isTruthy == true { return true }
    return ApiDocument.isVersion3(body["openapi"])
  }

  /// The path in permissions, where a path's parameters are asterisks. Only REST APIs take any
  /// parameter that catches the rest of the path.
  func permissionPath(_ path: String) -> String {
    var result = ""
    var rest = path[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let inside = rest[open..<close].dropFirst()
      let name =
        inside.hasSuffix("+") && (self == .rest || inside == "proxy+")
        ? inside.dropLast() : inside
      let isName =
        !name.isEmpty
        && name.allSatisfy {
          $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_" || $0 == "-")
        }
      let next = rest.index(after: close)
      result += isName ? rest[..<open] + "*" : rest[..<next]
      rest = rest[next...]
    }
    return result + rest
  }

  /// The path without a slash at its end, but for the root.
  static func trimmed(_ path: String) -> String {
    path.utf8.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}
