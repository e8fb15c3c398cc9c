import AWSModel
import AWSWire
import Effects
import Emulator

/// State that the hot paths of all connections share.
struct HotPath: Sendable {
  let environment: ServedEnvironment
  /// A longer body takes the general path.
  let bodyBytesMax = 10 << 20

  var emulator: Emulator { environment.emulator }

  var effects: Effects { emulator.environment.effects }
}

/// Values that a connection remembers between requests, because a client repeats them: the scope of
/// its signature, its `Host`, and the date of the running second.
struct HotConnection {
  private let requestIDPrefix: String
  private var requestCount: UInt64 = 0
  private var credential = ""
  private var scope = Scope.standard
  private var accessKeyID = ""
  private var signature: Signature?
  private var host = ""
  private var endpoint = ""
  private var dateSecond: Int64 = -1
  private var date = ""

  init(_ random: any RandomSource) { requestIDPrefix = String(random.uuid().prefix(24)) }

  /// Throws what `Emulator.scope(of:)` throws.
  mutating func context(
    authorization: String, host: String, emulator: Emulator
  ) throws(ServiceError) -> RequestContext {
    if credential.isEmpty || !authorization.utf8.starts(with: credential.utf8) {
      signature = Signature.parse(authorization: authorization)
      scope = try emulator.scope(of: signature)
      accessKeyID = signature?.accessKeyID ?? ""
      // Up to the comma: the rest differs in each request.
      credential = String(authorization.prefix { $0 != "," })
    } else if let signature, signature.isHandedOut {
      // A session may have ended since the request before, a key may have been made inactive.
      scope = try emulator.scope(of: signature)
    }
    if self.host != host {
      self.host = host
      endpoint = "http://\(host)"
    }
    return RequestContext(
      scope: scope, requestID: nextRequestID(), accessKeyID: accessKeyID, endpoint: endpoint)
  }

  private mutating func nextRequestID() -> String {
    requestCount += 1
    let digits = String(requestCount, radix: 16)
    return requestIDPrefix + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
  }

  mutating func date(at now: Timestamp) -> String {
    let second = now.milliseconds / 1000
    if second != dateSecond {
      dateSecond = second
      date = now.httpDate
    }
    return date
  }
}
