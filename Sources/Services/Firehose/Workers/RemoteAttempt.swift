import Effects

/// Records on their way to a server, kept between attempts: in memory alone, because after a crash
/// they are sent once more.
struct RemoteAttempt: Sendable {
  /// The stream's version; another one is begun with its new configuration.
  var version: Int
  var batch: BufferedBatch
  /// Processed records that it delivers, instead of those of `batch`.
  var taken: [ProcessedBuffers.Taken] = []
  /// Records that the server has not taken yet.
  var open: [DeliveryItem]
  /// Records that will never be delivered.
  var failed: [FailedRecord]
  /// The same for every attempt, so that a server can tell repetitions.
  var requestID: String
  /// The beginning of the time in which it is tried again.
  var begun: Timestamp
  var attempts = 0
  /// A sent batch whose indexing is to be confirmed.
  var acknowledgement: Acknowledgement?
  /// Tables that grow with the delivery's own commit.
  var changes: [TableChange] = []

  struct Acknowledgement: Sendable, Hashable {
    var id: Int
    var deadline: Timestamp
  }

  /// Takes back what could not be committed: its files fit a table that is another one by now.
  mutating func reopen() {
    open += changes.flatMap(\.items)
    changes = []
  }

  /// Gives up what is open.
  mutating func giveUp(_ fault: SendFault, _ output: ErrorOutput, at now: Timestamp) {
    failed += open.map { item in
      FailedRecord(
        record: item.record, output: output, attempts: attempts, code: fault.code,
        message: fault.message, ended: now)
    }
    open = []
  }
}

/// The reason why a server has not taken records.
struct SendFault: Error, Sendable, Hashable {
  var code: String
  var message: String
  /// True where trying again would change nothing.
  var isFinal = false

  init(code: String, message: String, isFinal: Bool = false) {
    self.code = code
    self.message = message
    self.isFinal = isFinal
  }

  /// - Parameter service: how error codes of the destination begin: `HttpEndpoint`.
  init(_ failure: HTTPFailure, _ service: String) {
    switch failure.kind {
    case .timeout:
      self.init(
        code: "\(service).RequestTimeout",
        message: "The endpoint did not answer in time. \(failure)")
    case .certificate:
      self.init(
        code: "\(service).SSLHandshakeFailure",
        message: "The TLS connection to the endpoint could not be made. \(failure)")
    case .tooLarge:
      self.init(
        code: "\(service).ResponseTooLarge", message: "The endpoint's answer is too large.")
    case .unreachable, .noClient:
      self.init(
        code: "\(service).ConnectionFailed",
        message: "The connection to the endpoint could not be made. \(failure)")
    }
  }
}

/// The outcome of one turn.
enum SendOutcome: Sendable, Hashable {
  /// Nothing is open any more.
  case finished
  /// Nothing is wrong; look again after so many seconds.
  case later(seconds: Int)
}

/// Sends records to one kind of server.
protocol RemoteSender: Sendable {
  /// Sends what is open, or asks after it. What the server takes or refuses for good leaves `open`.
  func send(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome
}
