import Effects

/// Parts records by the keys of a prefix, each combination of values an object of its own.
struct Partitioning: Sendable {
  /// Records with the same values, in order.
  struct Partition: Sendable {
    var keys: [PartitionKey: String]
    var items: [DeliveryItem]

    /// Arrival of the oldest.
    var arrival: Timestamp? { items.map(\.record.arrival).min() }
  }

  /// The keys that the prefix names; nothing where there is one partition.
  let names: [PartitionKey]

  /// In the order in which the partitions appear.
  ///
  /// - Parameter now: stands with the records that belong to none.
  func parted(_ items: [DeliveryItem], now: Timestamp) -> (
    partitions: [Partition], failed: [FailedRecord]
  ) {
    guard !names.isEmpty else {
      return items.isEmpty ? ([], []) : ([Partition(keys: [:], items: items)], [])
    }
    var partitions: [Partition] = []
    var places: [[String]: Int] = [:]
    var failed: [FailedRecord] = []
    func fail(_ item: DeliveryItem, _ output: ErrorOutput, _ code: String, _ message: String) {
      failed.append(
        FailedRecord(
          record: item.record, output: output, code: code, message: message, ended: now))
    }
    for item in items {
      let values = names.map { item.keys[$0] ?? "" }
      if values.contains("") {
        fail(item, .processing, KeyExtraction.code, KeyExtraction.blank)
      } else if let place = places[values] {
        partitions[place].items.append(item)
      } else if partitions.count < S3Configuration.partitionsMax {
        places[values] = partitions.count
        let keys = Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first })
        partitions.append(Partition(keys: keys, items: [item]))
      } else {
        fail(
          item, .partitions, "DynamicPartitioning.ActivePartitionsLimitExceeded",
          "The delivery stream has \(S3Configuration.partitionsMax) active partitions, the most "
            + "that there may be.")
      }
    }
    return (partitions, failed)
  }
}
