import Effects

/// A record that waits for delivery.
struct BufferedRecord: Sendable, Hashable {
  /// The place in a source stream that a record comes from.
  struct Origin: Sendable, Hashable {
    var shardID: String
    var partitionKey: String
    var sequenceNumber: String
  }

  /// The facts that an id is made of: most records are delivered without anyone asking for theirs.
  enum Identity: Sendable, Hashable {
    /// A record that was put: its index in the log, and the moment at which its delivery stream was
    /// made.
    case put(UInt64, created: Timestamp)
    /// A record of a source stream, or a part of it.
    case read(sequenceNumber: String, part: Int)
    case known(String)
  }

  var identity: Identity
  var arrival: Timestamp
  var payload: [UInt8]
  var origin: Origin?

  init(_ identity: Identity, arrival: Timestamp, payload: [UInt8], origin: Origin? = nil) {
    self.identity = identity
    self.arrival = arrival
    self.payload = payload
    self.origin = origin
  }

  init(id: String, arrival: Timestamp, payload: [UInt8], origin: Origin? = nil) {
    self.init(.known(id), arrival: arrival, payload: payload, origin: origin)
  }

  /// Unique within the delivery stream; what the function sees as `recordId`.
  var id: String {
    switch identity {
    case .put(let index, let created): Self.id(of: index, created: created)
    case .read(let number, let part): Self.id(number + "000000", part: part)
    case .known(let id): id
    }
  }

  /// 56 digits that grow, like the ids of real delivery streams.
  static func id(of index: UInt64, created: Timestamp) -> String {
    func pad(_ value: some BinaryInteger, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "49" + pad(max(0, created.milliseconds), 13) + pad(index, 35) + "000000"
  }

  /// Digits that stand behind the index.
  static let partDigits = 6

  /// The id of a part of a record: its number stands where a whole record has zeros.
  static func id(_ whole: String, part: Int) -> String {
    let number = String(part)
    return whole.dropLast(6) + String(repeating: "0", count: max(0, 6 - number.count)) + number
  }
}

/// Records taken for one delivery, and the checkpoint that counts them as delivered.
struct BufferedBatch: Sendable {
  var records: [BufferedRecord] = []
  /// Records as they were counted when they arrived: an aggregate is one.
  var count = 0
  var bytes = 0
  /// The same count by the shard of a source stream.
  var shardCounts: [String: Int] = [:]
  var checkpoint: DeliveryCheckpoint
}

/// The amount that is taken from a buffer.
struct BatchLimit: Sendable, Hashable {
  var bytes: Int
  /// True where a record that does not fit any more is left; else it is the last one.
  var mustFit = false
}
