import AWSModel
import ArgumentParser
import Effects
import PropertyTree
import StackContracts
import StackEngine

/// Sends records in calls of up to 500, at a rate where one is asked for, and shows how far it is.
struct RecordSender {
  var source: RecordSource
  var keys: KeyRule
  var destination: Destination
  var connection: any EnvironmentConnection
  var context: CommandContext
  var interruption: Interruption

  private static let recordsPerCallMax = 500
  /// Below the services' 4 MiB a call.
  private static let bytesPerCallMax = 3_000_000
  /// Of one call, while a service is too busy.
  private static let attemptsMax = 10

  /// Makes the key of each record of a file, so that nothing is sent where one has none.
  func checkKeys() throws {
    guard case .field = keys else { return }
    for number in 0..<source.recordCount {
      _ = try keys.key(
        of: source.record(number), number: number + 1, random: context.effects.random)
    }
  }

  /// - Throws: the exit code 130 where it was interrupted.
  func send(_ total: Int, rate: Rate?) async throws {
    let started = context.effects.clock.now
    let bar = ProgressBar(terminal: context.terminal, isShown: !context.common.json)
    let sent: Int
    do { sent = try await sendAll(total, rate, started, bar) } catch {
      bar.clear()
      throw error
    }
    bar.clear()
    let milliseconds = context.effects.clock.now.milliseconds - started.milliseconds
    report(sent, of: total, milliseconds: milliseconds)
    if sent < total { throw ExitCode(130) }
  }

  private func sendAll(
    _ total: Int, _ rate: Rate?, _ started: Timestamp, _ bar: ProgressBar
  ) async throws -> Int {
    let clock = context.effects.clock
    var sent = 0
    while sent < total, !interruption.isAsked {
      // At a rate, what is due by now goes out together; at least one record a call.
      var due = total - sent
      if let rate {
        let elapsed = Double(clock.now.milliseconds - started.milliseconds) / 1000
        due = min(due, max(1, Int(elapsed * rate.perSecond) + 1 - sent))
      }
      sent += try await call(from: sent, count: min(due, Self.recordsPerCallMax))
      bar.show(sent, of: total, milliseconds: clock.now.milliseconds - started.milliseconds)
      if let rate, sent < total {
        await wait(
          until: started.adding(milliseconds: Int64(Double(sent) / rate.perSecond * 1000)))
      }
    }
    return sent
  }

  private func report(_ sent: Int, of total: Int, milliseconds: Int64) {
    if context.common.json {
      return context.printJSON(
        ["sent": .int(Int64(sent)), "seconds": .double(Double(milliseconds) / 1000)])
    }
    context.terminal.line(
      sent == total
        ? "Sent \(sent) record\(sent == 1 ? "" : "s") to the \(destination.words)."
        : "Stopped: sent \(sent) of \(total) records to the \(destination.words).")
    if connection.endpoint == nil {
      context.terminal.line("They are stored; a server delivers them: leat serve")
    }
  }

  /// Waits in steps of a second, so that an interruption is seen.
  private func wait(until due: Timestamp) async {
    let clock = context.effects.clock
    while clock.now < due, !interruption.isAsked {
      await clock.wait(until: min(due, clock.now.adding(seconds: 1)))
    }
  }

  // MARK: One call

  /// Returns how many records the call took.
  private func call(from first: Int, count: Int) async throws -> Int {
    var entries: [PropertyValue] = []
    var bytes = 0
    for number in first..<first + count {
      let record = source.record(number)
      if !entries.isEmpty, bytes + record.count > Self.bytesPerCallMax { break }
      bytes += record.count
      var entry: PropertyObject = ["Data": .string(Base64.encode(record))]
      if case .stream = destination {
        entry["PartitionKey"] = .string(
          try keys.key(of: record, number: number + 1, random: context.effects.random))
      }
      entries.append(.object(entry))
    }
    var rest = entries
    for attempt in 0..<Self.attemptsMax {
      let refused = try await put(rest)
      guard let reason = refused.reason else { return entries.count }
      rest = refused.entries
      guard Self.passing.contains(reason), attempt < Self.attemptsMax - 1, !interruption.isAsked
      else { throw failure(refused: rest.count, of: entries.count, after: first, reason) }
      let now = context.effects.clock.now
      await context.effects.clock.wait(until: now.adding(milliseconds: 100 << min(attempt, 5)))
    }
    return entries.count
  }

  /// Codes of a service that had too much to do: the same record may be taken a little later.
  private static let passing: Set = [
    "ProvisionedThroughputExceededException", "ServiceUnavailableException", "InternalFailure",
    "LimitExceededException",
  ]

  /// The entries that were not taken, with the first one's code.
  private func put(_ entries: [PropertyValue]) async throws
    -> (entries: [PropertyValue], reason: String?)
  {
    let answers: [PropertyValue]
    do {
      switch destination {
      case .stream(let name):
        let answer = try await connection.call(
          "kinesis", "PutRecords", ["StreamName": .string(name), "Records": .list(entries)])
        answers = answer["Records"]?.listValue ?? []
      case .deliveryStream(let name):
        let answer = try await connection.call(
          "firehose", "PutRecordBatch",
          ["DeliveryStreamName": .string(name), "Records": .list(entries)])
        answers = answer["RequestResponses"]?.listValue ?? []
      }
    } catch let error as ServiceError where Self.passing.contains(error.code) {
      return (entries, error.code)
    }
    guard answers.count == entries.count else {
      throw EndpointFailure("the service answered \(answers.count) of \(entries.count) records")
    }
    let refused = zip(entries, answers).filter { $0.1["ErrorCode"]?.stringValue != nil }
    return (refused.map(\.0), refused.first?.1["ErrorCode"]?.stringValue)
  }

  private func failure(refused: Int, of count: Int, after first: Int, _ reason: String)
    -> StackFailure
  {
    StackFailure(
      .invalidArgument,
      "\(refused) of \(count) records from number \(first + 1) on were refused (\(reason))",
      hint: first == 0 ? nil : "records before number \(first + 1) were taken")
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
