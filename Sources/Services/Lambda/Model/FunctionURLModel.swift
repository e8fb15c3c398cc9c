import AWSModel
import Effects
import PropertyTree

/// A function's URL.
struct FunctionURLModel: Codable, Sendable, Hashable {
  /// The first label of its host.
  var id: String
  /// `NONE` or `AWS_IAM`.
  var authType: String
  /// `BUFFERED` or `RESPONSE_STREAM`.
  var invokeMode = "BUFFERED"
  var cors: Cors?
  var created: Timestamp
  var lastModified: Timestamp

  /// Rules for web pages of other origins, in the form of requests and templates.
  struct Cors: Codable, Sendable, Hashable {
    var AllowCredentials: Bool?
    var AllowHeaders: [String]?
    var AllowMethods: [String]?
    var AllowOrigins: [String]?
    var ExposeHeaders: [String]?
    var MaxAge: Int?

    var isEmpty: Bool { self == Cors() }
  }

  /// Answers come in pieces, as the function writes them.
  var streams: Bool { invokeMode == "RESPONSE_STREAM" }

  /// Throws by name for a mode that is none.
  func validate() throws(ServiceError) {
    guard streams || invokeMode == "BUFFERED" else {
      throw .unsupported("the InvokeMode `\(invokeMode)` of a function's URL")
    }
  }

  /// The same for the same function, so that a plan knows it.
  static func id(of reference: FunctionReference) -> String {
    let scope = reference.key.scope
    return SeededRandomSource(
      seed: "url/\(scope.account)/\(scope.region)/\(reference.key.name)/\(reference.place)"
    ).text(32, from: "abcdefghijklmnopqrstuvwxyz234567")
  }

  /// `http://<id>.lambda-url.<region>.localhost:4566/`
  ///
  /// - Parameter endpoint: where Leat is reached; a number stands for this machine, whose names below
  ///   `localhost` lead to it too.
  static func url(_ id: String, _ region: Region, endpoint: String) -> String {
    let authority = endpoint.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" }
    let port = authority.lastIndex(of: ":").map { String(authority[$0...]) } ?? ""
    let host = authority.dropLast(port.count)
    let isNumber = host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." }
    return "http://\(id).lambda-url.\(region).\(isNumber ? "localhost" : host)\(port)/"
  }

  func shown(at reference: FunctionReference, endpoint: String) -> PropertyObject {
    var shown: PropertyObject = [
      "FunctionUrl": .string(Self.url(id, reference.key.scope.region, endpoint: endpoint)),
      "FunctionArn": .string(
        reference.place == FunctionModel.latest ? reference.key.arn : reference.arn),
      "AuthType": .string(authType), "CreationTime": .string(created.iso8601),
      "LastModifiedTime": .string(lastModified.iso8601), "InvokeMode": .string(invokeMode),
    ]
    if let cors { shown["Cors"] = cors.shown }
    return shown
  }
}

extension FunctionURLModel.Cors {
  var shown: PropertyValue {
    var shown: PropertyObject = [:]
    for (name, texts) in [
      ("AllowHeaders", AllowHeaders), ("AllowMethods", AllowMethods),
      ("AllowOrigins", AllowOrigins), ("ExposeHeaders", ExposeHeaders),
    ] {
      if let texts { shown[name] = .list(texts.map { .string($0) }) }
    }
    if let AllowCredentials { shown["AllowCredentials"] = .bool(AllowCredentials) }
    if let MaxAge { shown["MaxAge"] = .int(Int64(MaxAge)) }
    return .object(shown)
  }

  /// Headers of the answer to a page; none where the rules don't let it read.
  func headers(origin: String?) -> [(name: String, value: String)] {
    guard let origin, let allowed = allowed(origin) else { return [] }
    var headers = [(name: "Access-Control-Allow-Origin", value: allowed)]
    if allowed != "*" { headers.append((name: "Vary", value: "Origin")) }
    if AllowCredentials == true {
      headers.append((name: "Access-Control-Allow-Credentials", value: "true"))
    }
    if let names = ExposeHeaders, !names.isEmpty {
      headers.append(
        (name: "Access-Control-Expose-Headers", value: names.joined(separator: ",")))
    }
    return headers
  }

  /// Headers of the answer to a browser that asks before it sends.
  func preflightHeaders(origin: String?) -> [(name: String, value: String)] {
    var headers = headers(origin: origin)
    guard !headers.isEmpty else { return [] }
    for (name, texts) in [
      ("Access-Control-Allow-Methods", AllowMethods),
      ("Access-Control-Allow-Headers", AllowHeaders),
    ] {
      if let texts, !texts.isEmpty {
        headers.append((name: name, value: texts.joined(separator: ",")))
      }
    }
    if let MaxAge { headers.append((name: "Access-Control-Max-Age", value: String(MaxAge))) }
    return headers
  }

  private func allowed(_ origin: String) -> String? {
    let origins = AllowOrigins ?? []
    if origins.contains("*") { return AllowCredentials == true ? origin : "*" }
    return origins.contains(origin) ? origin : nil
  }
}
