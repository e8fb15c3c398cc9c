import Effects
import PropertyTree

/// A window of time whose batches hand a state on to one another, of one lane.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
struct TumblingWindow: Sendable, Hashable {
  /// A state that is larger ends its window, in bytes.
  static let stateBytesMax = 1 << 20

  var start: Timestamp
  /// As JSON.
  var state = "{}"
  /// Failed attempts to end it.
  var failures = 0

  /// The beginning of the window that a moment falls into.
  static func start(of moment: Timestamp, seconds: Int) -> Timestamp {
    let length = Int64(seconds) * 1000
    return Timestamp(milliseconds: moment.milliseconds / length * length)
  }

  var isOversized: Bool { state.utf8.count > Self.stateBytesMax }

  func end(seconds: Int) -> Timestamp { start.adding(seconds: seconds) }

  /// The rest of an event behind its records.
  func closing(
    seconds: Int, shard: String, sourceARN: String, isFinal: Bool, isEarly: Bool
  ) -> [UInt8] {
    var text = Array(
      #"],"window":{"start":"\#(Self.text(start))","end":"\#(Self.text(end(seconds: seconds)))"}"#
        .utf8)
    text += Array(#","state":"#.utf8)
    text += Array(state.utf8)
    text += Array(#","shardId":"\#(shard)","eventSourceARN":"#.utf8)
    JSONWriter.writeString(sourceARN, into: &text)
    text += Array(
      #","isFinalInvokeForWindow":\#(isFinal),"isWindowTerminatedEarly":\#(isEarly)}"#.utf8)
    return text
  }

  /// `2026-11-21T05:00:00Z`
  private static func text(_ moment: Timestamp) -> String {
    String(moment.iso8601.prefix(19)) + "Z"
  }

  // MARK: On disk

  /// As a row keeps it: the start in milliseconds, a space, the state.
  var stored: String { "\(start.milliseconds) \(state)" }

  init(start: Timestamp) { self.start = start }

  init?(stored: String) {
    let parts = stored.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let start = Int64(parts[0]) else { return nil }
    self.start = Timestamp(milliseconds: start)
    state = String(parts[1])
  }
}
