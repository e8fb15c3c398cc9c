import AWSModel
import Effects
import PropertyTree
import StackContracts
import StackEngine

/// Sends records in calls of up to 500, at a rate where one is asked for, and shows how far it is.
struct RecordSender {
  var destination: Destination
  var connection: any EnvironmentConnection
  var context: CommandContext
  var partitionKey: String?

  private static let recordsPerCallMax = 500
  /// Below the services' 4 MiB a call.
  private static let bytesPerCallMax = 3_000_000

  func send(_ source: RecordSource, total: Int, rate: Double?) async throws {
    let clock = context.effects.clock
    let started = clock.now
    var sent = 0
    while sent < total {
      // At a rate, what is due by now goes out together; at least one record a call.
      var due = total - sent
      if let rate {
        let elapsed = Double(clock.now.milliseconds - started.milliseconds) / 1000
        due = min(due, max(1, Int(elapsed * rate) + 1 - sent))
      }
      sent += try await call(source, from: sent, count: min(due, Self.recordsPerCallMax))
      showProgress(sent, total)
      if let rate, sent < total {
        let next = started.adding(milliseconds: Int64(Double(sent) / rate * 1000))
        await clock.wait(until: next)
      }
    }
    let seconds = Double(clock.now.milliseconds - started.milliseconds) / 1000
    if context.common.json {
      context.printJSON(["sent": .int(Int64(sent)), "seconds": .double(seconds)])
    } else {
      if context.terminal.isInteractive { context.terminal.write("\r\u{1B}[K") }
      context.terminal.line("Sent \(sent) records to the \(destination.words).")
      if connection.endpoint == nil {
        context.terminal.line("They are stored; a server delivers them: leat serve")
      }
    }
  }

  private func showProgress(_ sent: Int, _ total: Int) {
    guard context.terminal.isInteractive, !context.common.json else { return }
    let width = 30
    let done = sent * width / max(1, total)
    let bar = String(repeating: "█", count: done) + String(repeating: "░", count: width - done)
    context.terminal.write("\r\(bar) \(sent)/\(total)")
  }

  /// Returns how many records the call took.
  private func call(_ source: RecordSource, from first: Int, count: Int) async throws -> Int {
    var entries: [PropertyValue] = []
    var bytes = 0
    for number in first..<first + count {
      let record = Array(source.record(number).utf8)
      if !entries.isEmpty, bytes + record.count > Self.bytesPerCallMax { break }
      bytes += record.count
      var entry: PropertyObject = ["Data": .string(Base64.encode(record))]
      if case .stream = destination {
        entry["PartitionKey"] = .string(partitionKey ?? context.effects.random.uuid())
      }
      entries.append(.object(entry))
    }
    let answer: PropertyValue
    let failedMember: String
    switch destination {
    case .stream(let name):
      failedMember = "FailedRecordCount"
      answer = try await connection.call(
        "kinesis", "PutRecords", ["StreamName": .string(name), "Records": .list(entries)])
    case .deliveryStream(let name):
      failedMember = "FailedPutCount"
      answer = try await connection.call(
        "firehose", "PutRecordBatch",
        ["DeliveryStreamName": .string(name), "Records": .list(entries)])
    }
    let failed = answer[failedMember]?.integerValue ?? 0
    guard failed == 0 else {
      throw StackFailure(
        .invalidArgument, "\(failed) of \(entries.count) records were refused",
        hint: "records before number \(first + 1) were taken")
    }
    return entries.count
  }
}

extension Clock {
  /// Suspends until `due`.
  func wait(until due: Timestamp) async {
    await withCheckedContinuation { continuation in
      schedule(at: due) { continuation.resume() }
    }
  }
}
