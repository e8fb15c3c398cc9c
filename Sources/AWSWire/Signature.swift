import AWSModel
import Effects

/// The sender that a request's signature names. **Signatures are not verified**: whoever can reach
/// the endpoint may use it. Only the expiry of presigned requests counts.
public struct Signature: Sendable, Hashable {
  public var accessKeyID: String
  /// Empty where the signature names none (version 2, or version 4a).
  public var region: String
  /// The signing name, `s3`; empty where the signature names none.
  public var service: String
  /// Set for presigned requests: the last moment at which the request is good.
  public var expires: Timestamp?

  public init(
    accessKeyID: String, region: String, service: String, expires: Timestamp? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.region = region
    self.service = service
    self.expires = expires
  }

  /// Reads the `Authorization` header or a presigned query; nil for an anonymous request.
  ///
  /// Throws `AuthorizationQueryParametersError` where a presigned query is damaged.
  public static func parse(_ request: WireRequest) throws(ServiceError) -> Signature? {
    if let header = request.header("authorization") { return parse(authorization: header) }
    if request.queryValue("X-Amz-Credential") != nil { return try parse(presigned: request) }
    if let key = request.queryValue("AWSAccessKeyId") {
      guard let text = request.queryValue("Expires"), let seconds = Int64(text), seconds >= 0,
        seconds < 1 << 40
      else { throw damaged("Expires is missing or is not a number of seconds") }
      return Signature(
        accessKeyID: key, region: "", service: "s3",
        expires: Timestamp(milliseconds: seconds * 1000))
    }
    return nil
  }

  /// Reads an `Authorization` header of version 4, 4a or 2; nil for any other.
  public static func parse(authorization header: String) -> Signature? {
    if header.hasPrefix("AWS4-") {
      guard let start = header.utf8.firstRange(ofASCII: "Credential=") else { return nil }
      let credential = header.utf8[start.upperBound...].prefix {
        $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ")
      }
      return parse(credential: String(credential) ?? "")
    }
    if header.hasPrefix("AWS ") {
      let key = header.dropFirst(4).prefix { $0 != ":" }
      return Signature(accessKeyID: String(key), region: "", service: "s3")
    }
    return nil
  }

  /// `AKID/20261121/us-east-1/s3/aws4_request`; version 4a leaves the region out. The key itself
  /// may hold slashes, so the fields are counted from the end.
  static func parse(credential: String) -> Signature? {
    let parts = credential.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts.last == "aws4_request" else { return nil }
    let service = String(parts[parts.count - 2])
    let isDate = { (part: Substring) in part.count == 8 && part.allSatisfy(\.isNumber) }
    if parts.count >= 5, isDate(parts[parts.count - 4]) {
      return Signature(
        accessKeyID: parts[..<(parts.count - 4)].joined(separator: "/"),
        region: String(parts[parts.count - 3]), service: service)
    }
    guard isDate(parts[parts.count - 3]) else { return nil }
    return Signature(
      accessKeyID: parts[..<(parts.count - 3)].joined(separator: "/"), region: "",
      service: service)
  }

  private static func parse(presigned request: WireRequest) throws(ServiceError) -> Signature {
    guard var signature = parse(credential: request.queryValue("X-Amz-Credential") ?? "") else {
      throw damaged("X-Amz-Credential is not a credential scope")
    }
    guard let date = request.queryValue("X-Amz-Date").flatMap(Timestamp.init(basicISO8601:)) else {
      throw damaged("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    }
    guard let seconds = request.queryValue("X-Amz-Expires").flatMap(Int.init),
      (0...604_800).contains(seconds)
    else { throw damaged("X-Amz-Expires must be a number of seconds, at most 604800") }
    signature.expires = date.adding(seconds: seconds)
    return signature
  }

  private static func damaged(_ message: String) -> ServiceError {
    ServiceError("AuthorizationQueryParametersError", message)
  }

  /// Throws `AccessDenied`, 403, when the presigned request is too old.
  public func checkExpiry(now: Timestamp) throws(ServiceError) {
    guard let expires, now > expires else { return }
    throw ServiceError(
      "AccessDenied", "Request has expired", status: 403,
      fields: ["Expires": .string(expires.iso8601), "ServerTime": .string(now.iso8601)])
  }

  /// True for a key of the form that IAM and STS hand out.
  public var isHandedOut: Bool { accessKeyID.hasPrefix("ASIA") || accessKeyID.hasPrefix("AKIA") }

  /// The account that an access key stands for: a key of twelve digits is the account itself, any
  /// other means 000000000000.
  public static func account(ofAccessKey key: String) -> AccountID {
    key.utf8.count == 12 && key.utf8.allSatisfy { (0x30...0x39).contains($0) }
      ? AccountID(key) : .standard
  }
}

extension Timestamp {
  /// `20261121T051500Z`
  init?(basicISO8601 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else {
      return nil
    }
    func number(_ range: Range<Int>) -> Int? {
      bytes[range].reduce(0 as Int?) { total, byte in
        guard let total, (0x30...0x39).contains(byte) else { return nil }
        return total * 10 + Int(byte - 0x30)
      }
    }
    guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
      let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
  }
}

extension String.UTF8View {
  /// The first place of `text`; plain ASCII only.
  fileprivate func firstRange(ofASCII text: StaticString) -> Range<Index>? {
    let length = text.utf8CodeUnitCount
    let needle = UnsafeBufferPointer(start: text.utf8Start, count: length)
    var start = startIndex
    while let candidate = self[start...].firstIndex(of: needle[0]) {
      if self[candidate...].starts(with: needle) {
        return candidate..<index(candidate, offsetBy: length)
      }
      start = index(after: candidate)
    }
    return nil
  }
}
