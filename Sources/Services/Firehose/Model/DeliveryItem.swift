/// A record on its way through the processors.
struct DeliveryItem: Sendable, Hashable {
  /// The record as the error output would tell of it.
  var record: BufferedRecord
  /// The bytes to deliver.
  var payload: [UInt8]
  var keys: [PartitionKey: String] = [:]

  init(_ record: BufferedRecord) { (self.record, payload) = (record, record.payload) }
}

/// Records after processing. Each record that went in, or each part of one, is in exactly one of
/// these, or the function has dropped it.
struct ProcessedRecords: Sendable {
  var ready: [DeliveryItem] = []
  var failed: [FailedRecord] = []
}
