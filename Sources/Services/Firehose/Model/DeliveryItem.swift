/// A record on its way through the processors.
struct DeliveryItem: Sendable, Hashable {
  /// The record as the error output would tell of it.
  var record: BufferedRecord
  /// The bytes to deliver.
  var payload: [UInt8]
  /// Values of partition keys.
  var keys: [PartitionKey: String] = [:]
  /// The table that a function says the record belongs to, and what is to be done there, by the names
  /// of `otfMetadata`.
  var tableMetadata: [String: String] = [:]

  init(_ record: BufferedRecord) { (self.record, payload) = (record, record.payload) }
}

/// Records after processing. Each record that went in, or each part of one, is in exactly one of
/// these, or the function has dropped it.
struct ProcessedRecords: Sendable {
  var ready: [DeliveryItem] = []
  var failed: [FailedRecord] = []
}
