import PropertyTree

/// The buffer that a processed record waits in. Each is delivered by itself: it has a size and an
/// age of its own.
enum BufferPlace: Sendable, Hashable {
  /// The one buffer of a destination that does not partition.
  case records
  /// Records with the same prefix, by the values that the first one of them had for its keys.
  case partition([PartitionValue])
  /// Lines for the error output.
  case errors(ErrorOutput)
  /// Records as they came.
  case backup

  struct PartitionValue: Sendable, Hashable {
    var key: PartitionKey
    var value: String
  }

  /// The form in which it is kept.
  var text: String {
    switch self {
    case .records: "records"
    case .backup: "backup"
    case .errors(let output): "errors/\(output.rawValue)"
    case .partition(let values):
      "partition/"
        + JSONWriter.compact(
          .list(
            values.map {
              [.string($0.key.namespace.rawValue), .string($0.key.name), .string($0.value)]
            }))
    }
  }

  /// nil for a text that is none of those forms.
  init?(_ text: String) {
    let (kind, rest) =
      text.firstIndex(of: "/").map { (text[..<$0], text[$0...].dropFirst()) }
      ?? (text[...], "")
    switch kind {
    case "records": self = .records
    case "backup": self = .backup
    case "errors":
      guard let output = ErrorOutput(rawValue: String(rest)) else { return nil }
      self = .errors(output)
    case "partition":
      let tree: PropertyValue
      do throws(JSONReader.Failure) { tree = try JSONReader.read(String(rest)) } catch {
        return nil
      }
      var values: [PartitionValue] = []
      for entry in tree.listValue ?? [] {
        guard let parts = entry.listValue?.compactMap(\.stringValue), parts.count == 3,
          let key = PartitionKey(parts[0], parts[1])
        else { return nil }
        values.append(PartitionValue(key: key, value: parts[2]))
      }
      self = .partition(values)
    default: return nil
    }
  }

  /// True for records on their way to the destination.
  var isRecords: Bool { self == .records || isPartition }
  var isPartition: Bool { if case .partition = self { true } else { false } }

  /// The values by their keys; nothing for other places.
  var keys: [PartitionKey: String] {
    guard case .partition(let values) = self else { return [:] }
    return Dictionary(values.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

/// A way that deliveries take, with retries of its own: one that is blocked does not hold up the
/// others.
enum DeliveryLane: Sendable, Hashable, CaseIterable {
  /// Records to the processors.
  case processing
  /// Processed records to the destination.
  case destination
  /// Objects beside it: the source's backup, and the errors of a destination that is a server.
  case bucket
}

/// One thing that is to be done for a delivery stream.
enum DeliveryStep: Sendable, Hashable {
  /// Takes a piece of the input through the processors, into buffers.
  case process
  /// Processes a buffer of input and delivers it in one go.
  case deliverInput
  case deliver(DeliveryLane)

  var lane: DeliveryLane {
    switch self {
    case .process: .processing
    case .deliverInput: .destination
    case .deliver(let lane): lane
    }
  }

  /// The place in the order of steps that are due together.
  var order: Int {
    switch self {
    case .process: 0
    case .deliverInput: 1
    case .deliver(.destination): 2
    case .deliver: 3
    }
  }
}
