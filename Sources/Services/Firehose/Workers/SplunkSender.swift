import Effects
import PropertyTree
import ServiceKit

/// Sends events to an HTTP Event Collector and asks it whether they are indexed.
/// https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck
struct SplunkSender: RemoteSender {
  private static let service = "Splunk"
  private static let timeoutSeconds = 60
  /// The time between two questions after one batch.
  private static let pollSeconds = 1

  let configuration: SplunkConfiguration
  let effects: Effects

  func send(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome {
    guard let waiting = attempt.acknowledgement else { return try await sendEvents(&attempt) }
    let answer = try await post(
      "/services/collector/ack", attempt,
      JSONWriter.bytes(["acks": [.int(Int64(waiting.id))]]))
    if answer["acks"]?[String(waiting.id)] == true {
      attempt.acknowledgement = nil
      attempt.open = []
      return .finished
    }
    guard effects.clock.now < waiting.deadline else {
      attempt.acknowledgement = nil
      throw SendFault(
        code: "\(Self.service).AckTimeout",
        message: "Did not receive an acknowledgement from HEC before the acknowledgement timeout "
          + "expired. Despite the acknowledgement timeout, it's possible the data was indexed "
          + "successfully in Splunk.")
    }
    return .later(seconds: Self.pollSeconds)
  }

  private func sendEvents(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome {
    let kind = configuration.HECEndpointType == "Event" ? "event" : "raw"
    var body: [UInt8] = []
    for item in attempt.open {
      body += item.payload
      // Raw events end with their lines.
      if item.payload.last != 0x0A { body.append(0x0A) }
    }
    let answer = try await post("/services/collector/\(kind)", attempt, body)
    guard let id = answer["ackId"]?.scalarText.flatMap({ Int($0) }) else {
      throw SendFault(
        code: "\(Self.service).AcknowledgementsDisabled",
        message: "Could not get an acknowledgement on POST. Make sure that acknowledgements are "
          + "enabled on HEC endpoint.")
    }
    let seconds =
      configuration.HECAcknowledgmentTimeoutInSeconds
      ?? SplunkConfiguration.acknowledgementSecondsDefault
    attempt.acknowledgement = .init(
      id: id, deadline: effects.clock.now.adding(seconds: seconds))
    return .later(seconds: Self.pollSeconds)
  }

  /// The answer to a request that HEC has taken.
  private func post(_ path: String, _ attempt: RemoteAttempt, _ body: [UInt8])
    async throws(SendFault) -> PropertyValue
  {
    let request = HTTPPost(
      url: Self.url(configuration.place, path) + "?channel=\(attempt.requestID)",
      headers: [
        .init("Authorization", "Splunk \(configuration.HECToken ?? "")"),
        .init("Content-Type", "application/json"),
        .init("X-Splunk-Request-Channel", attempt.requestID),
      ], body: body, timeoutSeconds: Self.timeoutSeconds)
    let answer: HTTPAnswer
    do throws(HTTPFailure) { answer = try await effects.http.post(request) } catch {
      throw SendFault(error, Self.service)
    }
    let tree: PropertyValue?
    do throws(JSONReader.Failure) { tree = try JSONReader.read(answer.body) } catch { tree = nil }
    guard answer.status == 200, let tree else {
      let told = tree?["text"]?.stringValue.map { ": \($0)" } ?? ""
      throw SendFault(
        code: answer.status == 401 || answer.status == 403
          ? "\(Self.service).InvalidToken" : "\(Self.service).InvalidHttpResponse",
        message: "HEC answered with status \(answer.status)\(told)")
    }
    return tree
  }

  /// The endpoint may be given with the collector's path or without it.
  private static func url(_ endpoint: String, _ path: String) -> String {
    var base = endpoint[...]
    while base.hasSuffix("/") { base = base.dropLast() }
    for ending in ["/raw", "/event"] where base.hasSuffix("/services/collector\(ending)") {
      base = base.dropLast(ending.count)
    }
    if base.hasSuffix("/services/collector") { base = base.dropLast("/services/collector".count) }
    return base + path
  }
}
