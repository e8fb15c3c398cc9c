import Effects
import PropertyTree
import ServiceKit
import StackContracts

/// Records that wait in a stack's delivery streams, a line for each buffer.
struct BufferView {
  var terminal: Terminal
  /// The environment's time.
  var now: Timestamp

  func lines(_ buffers: [StackBuffer]) -> [String] {
    if buffers.isEmpty { return [] }
    let rows = buffers.map { entry in
      [entry.logicalID?.text ?? "(other)", entry.buffer.resource, words(entry.buffer)]
    }
    var lines = ["Buffers"]
    for (row, line) in zip(rows, Columns.aligned(rows)) {
      lines.append("  \(terminal.styled(row[0], .bold))\(line.dropFirst(row[0].count))")
    }
    return lines
  }

  private func words(_ buffer: WaitingBuffer) -> String {
    var text = "\(Self.amount(buffer))"
    if let partitions = buffer.partitions {
      text += " in \(partitions) partition\(partitions == 1 ? "" : "s")"
    }
    text += buffer.records == 1 ? " waits" : " wait"
    text += " for \(Self.words(buffer.stage)) until \(buffer.due.iso8601) (\(wait(buffer.due)))"
    if let failure = buffer.failure {
      text += terminal.styled("  last attempt: \(failure)", .red)
    }
    return text
  }

  static func amount(_ buffer: WaitingBuffer) -> String {
    "\(buffer.records) record\(buffer.records == 1 ? "" : "s") "
      + "(\(ByteCount.text(Double(buffer.bytes))))"
  }

  static func words(_ stage: WaitingBuffer.Stage) -> String {
    switch stage {
    case .processing: "processing"
    case .delivery: "delivery"
    case .bucket: "the bucket beside"
    }
  }

  /// `in 42 s`, `in 3 min 5 s`, `now`.
  private func wait(_ due: Timestamp) -> String {
    let milliseconds = due.milliseconds - now.milliseconds
    guard milliseconds > 0 else { return "now" }
    let seconds = (milliseconds + 999) / 1000
    if seconds < 60 { return "in \(seconds) s" }
    return "in \(seconds / 60) min" + (seconds % 60 == 0 ? "" : " \(seconds % 60) s")
  }

  /// The same as a document.
  func tree(_ buffers: [StackBuffer]) -> PropertyValue {
    .list(
      buffers.map { entry in
        let buffer = entry.buffer
        var members: PropertyObject = [
          "logicalId": entry.logicalID.map { .string($0.text) } ?? .null,
          "physicalId": .string(buffer.resource), "stage": .string(buffer.stage.rawValue),
          "records": .int(Int64(buffer.records)), "bytes": .int(Int64(buffer.bytes)),
          "flushesAt": .string(buffer.due.iso8601),
          "flushesInSeconds": .double(
            Double(max(0, buffer.due.milliseconds - now.milliseconds)) / 1000),
        ]
        if let partitions = buffer.partitions { members["partitions"] = .int(Int64(partitions)) }
        if let failure = buffer.failure { members["failure"] = .string(failure) }
        return .object(members)
      })
  }
}
