import Effects
import PropertyTree
import ServiceKit

/// Indexes documents with OpenSearch's or Elasticsearch's bulk requests.
/// https://docs.opensearch.org/latest/api-reference/document-apis/bulk/
struct SearchSender<Engine: SearchEngine>: RemoteSender {
  private static var timeoutSeconds: Int { 60 }

  let configuration: SearchConfiguration<Engine>
  let effects: Effects

  private var service: String { Engine.errorPrefix }

  func send(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome {
    var body: [UInt8] = []
    var sent: [DeliveryItem] = []
    for item in attempt.open {
      guard let document = document(item) else {
        attempt.failed.append(
          failure(
            item, attempt, "\(service).MalformedData",
            "One or more records are malformed. Ensure that each record is single valid JSON "
              + "object and that it does not contain newlines."))
        continue
      }
      body += action(item) + [0x0A] + document + [0x0A]
      sent.append(item)
    }
    attempt.open = sent
    if sent.isEmpty { return .finished }
    let answers = try await post(body, sent.count)
    attempt.open = []
    for (item, answer) in zip(sent, answers) {
      let status = answer["status"]?.scalarText.flatMap { Int($0) } ?? 0
      if (200..<300).contains(status) { continue }
      if status == 429 || status >= 500 || status == 0 {
        attempt.open.append(item)
      } else {
        let reason =
          answer["error"]?["reason"]?.stringValue ?? answer["error"]?.stringValue ?? "refused"
        attempt.failed.append(failure(item, attempt, String(status), reason))
      }
    }
    guard attempt.open.isEmpty else {
      throw SendFault(
        code: "\(service).ServiceException",
        message: "The cluster has not taken \(attempt.open.count) documents.")
    }
    return .finished
  }

  private func action(_ item: DeliveryItem) -> [UInt8] {
    var place: PropertyObject = ["_index": .string(configuration.index(item.record.arrival))]
    if let type = configuration.TypeName, !type.isEmpty { place["_type"] = .string(type) }
    if configuration.givesIDs { place["_id"] = .string(item.record.id) }
    return JSONWriter.bytes(["index": .object(place)])
  }

  /// The record on one line; nil where it is no JSON object.
  private func document(_ item: DeliveryItem) -> [UInt8]? {
    let tree: PropertyValue
    do throws(JSONReader.Failure) { tree = try JSONReader.read(item.payload) } catch { return nil }
    guard case .object = tree else { return nil }
    var bytes = item.payload
    while let last = bytes.last, last == 0x0A || last == 0x0D || last == 0x20 { bytes.removeLast() }
    return bytes.contains(0x0A) ? nil : bytes
  }

  private func failure(
    _ item: DeliveryItem, _ attempt: RemoteAttempt, _ code: String, _ message: String
  ) -> FailedRecord {
    var failed = FailedRecord(
      record: item.record, output: configuration.output, attempts: attempt.attempts, code: code,
      message: message, ended: effects.clock.now)
    failed.more = ["esIndexName": .string(configuration.index(item.record.arrival))]
    if configuration.givesIDs { failed.more["esDocumentId"] = .string(item.record.id) }
    if let type = configuration.TypeName { failed.more["esTypeName"] = .string(type) }
    return failed
  }

  /// The answers to the documents, in their order.
  private func post(_ body: [UInt8], _ count: Int) async throws(SendFault) -> [PropertyValue] {
    var base = configuration.place[...]
    while base.hasSuffix("/") { base = base.dropLast() }
    let request = HTTPPost(
      url: "\(base)/_bulk", headers: [.init("Content-Type", "application/x-ndjson")], body: body,
      timeoutSeconds: Self.timeoutSeconds, answerBytesMax: 64 << 20)
    let answer: HTTPAnswer
    do throws(HTTPFailure) { answer = try await effects.http.post(request) } catch {
      throw SendFault(error, service)
    }
    let tree: PropertyValue?
    do throws(JSONReader.Failure) { tree = try JSONReader.read(answer.body) } catch { tree = nil }
    guard answer.status == 200, let items = tree?["items"]?.listValue, items.count == count else {
      throw SendFault(
        code: "\(service).ServiceException",
        message: "The request to the cluster failed: it answered with status \(answer.status)")
    }
    return items.map { $0["index"] ?? .null }
  }
}
