import AWSModel
import AWSWire
import Effects
import Emulator

/// State that the hot paths of all connections share.
struct HotPath: Sendable {
  let environment: ServedEnvironment
  /// A longer body takes the general path.
  let bodyBytesMax = 10 << 20
  /// Room that is made on a request's word alone.
  let bodyBytesReserved = 1 << 20

  var emulator: Emulator { environment.emulator }

  var effects: Effects { emulator.environment.effects }
}

/// Values that a connection remembers between requests, because a client repeats them: the scope of
/// its signature, its `Host`, and the date of the running second.
struct HotConnection {
  /// Of a UUID.
  private static let requestIDLength = 36
  private static let digits = Array("0123456789abcdef".utf8)

  private let requestIDPrefix: [UInt8]
  private var requestCount: UInt64 = 0
  private var credential = ""
  private var scope = Scope.standard
  private var accessKeyID = ""
  private var signature: Signature?
  private var host = ""
  private var endpoint = ""
  private var dateSecond: Int64 = -1
  private var date = ""

  init(_ random: any RandomSource) { requestIDPrefix = Array(random.uuid().utf8.prefix(24)) }

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
    let count = requestCount
    return String(unsafeUninitializedCapacity: Self.requestIDLength) { target in
      _ = target.initialize(from: requestIDPrefix)
      var rest = count
      for place in stride(from: Self.requestIDLength - 1, through: requestIDPrefix.count, by: -1) {
        target[place] = Self.digits[Int(rest & 15)]
        rest >>= 4
      }
      return Self.requestIDLength
    }
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
