import AWSModel
import PropertyTree

/// Rules for web pages of other origins that may use a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>
struct S3CORSConfiguration: S3Configuration {
  struct Rule: Codable, Sendable, Hashable {
    var ID: String?
    var AllowedHeaders: [String]?
    var AllowedMethods: [String]
    var AllowedOrigins: [String]
    var ExposeHeaders: [String]?
    var MaxAgeSeconds: Int64?
  }

  var CORSRules: [Rule]

  static let rulesMax = 100
  static let methods = ["GET", "PUT", "HEAD", "POST", "DELETE"]
  static let traits = S3ConfigurationTraits(
    "CORSConfiguration", of: "BucketCors", answerRoot: "CORSConfiguration",
    missing: ("NoSuchCORSConfiguration", "The CORS configuration does not exist"))

  func checked() throws(ServiceError) -> S3CORSConfiguration {
    guard (1...Self.rulesMax).contains(CORSRules.count) else { throw ServiceError.malformedXML }
    for rule in CORSRules {
      guard !rule.AllowedMethods.isEmpty, !rule.AllowedOrigins.isEmpty else {
        throw ServiceError.malformedXML
      }
      for method in rule.AllowedMethods where !Self.methods.contains(method) {
        throw ServiceError(
          "InvalidRequest",
          "Found unsupported HTTP method in CORS config. Unsupported method is \(method)")
      }
      try Self.checkWildcards("AllowedOrigin", rule.AllowedOrigins)
      try Self.checkWildcards("AllowedHeader", rule.AllowedHeaders ?? [])
      for header in rule.ExposeHeaders ?? [] where header.contains("*") {
        throw ServiceError(
          "InvalidRequest",
          "ExposeHeader \"\(header)\" contains wildcard. We currently do not support wildcard for "
            + "ExposeHeader.")
      }
    }
    return self
  }

  private static func checkWildcards(_ element: String, _ values: [String]) throws(ServiceError) {
    for value in values where value.count(where: { $0 == "*" }) > 1 {
      throw ServiceError(
        "InvalidRequest", "\(element) \"\(value)\" can not have more than one wildcard.")
    }
  }

  /// Headers that let the page read the answer; nil where no rule lets it.
  ///
  /// - Parameter headers: those that a preflight asks for, in lower case.
  func answer(origin: String, method: String, headers: [String] = []) -> [(
    name: String, value: String
  )]? {
    for rule in CORSRules where rule.AllowedMethods.contains(method) {
      let allowed = rule.AllowedOrigins.first { Self.matches($0, origin) }
      guard let allowed else { continue }
      let takesHeaders = headers.allSatisfy { header in
        (rule.AllowedHeaders ?? []).contains { Self.matches($0.lowercased(), header) }
      }
      guard takesHeaders else { continue }
      return Self.answer(rule, origin, isAny: allowed == "*", headers)
    }
    return nil
  }

  private static func answer(_ rule: Rule, _ origin: String, isAny: Bool, _ headers: [String]) -> [(
    name: String, value: String
  )] {
    var answer = [
      ("access-control-allow-origin", isAny ? "*" : origin),
      ("access-control-allow-methods", rule.AllowedMethods.joined(separator: ", ")),
      ("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
    ]
    if !isAny { answer.append(("access-control-allow-credentials", "true")) }
    if !headers.isEmpty {
      answer.append(("access-control-allow-headers", headers.joined(separator: ", ")))
    }
    if let exposed = rule.ExposeHeaders, !exposed.isEmpty {
      answer.append(("access-control-expose-headers", exposed.joined(separator: ", ")))
    }
    if let age = rule.MaxAgeSeconds { answer.append(("access-control-max-age", String(age))) }
    return answer
  }

  /// True where the text is the pattern, whose one `*` stands for anything.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    guard let star = pattern.firstIndex(of: "*") else { return pattern == text }
    let head = pattern[..<star]
    let tail = pattern[pattern.index(after: star)...]
    return text.count >= head.count + tail.count && text.hasPrefix(head) && text.hasSuffix(tail)
  }
}
