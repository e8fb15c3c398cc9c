import Effects

/// Parts records by the keys of a prefix, each combination of values a buffer of its own.
struct Partitioning: Sendable {
  /// Records of one place, in order.
  struct Part: Sendable {
    var place: BufferPlace
    var items: [DeliveryItem]
  }

  /// The keys that the prefix names; nothing where all records go to one place.
  let names: [PartitionKey]

  /// In the order in which the places appear.
  ///
  /// - Parameters:
  ///   - active: partitions that have a buffer already.
  ///   - now: stands with the records that belong to none.
  func parted(_ items: [DeliveryItem], active: Set<BufferPlace> = [], now: Timestamp) -> (
    parts: [Part], failed: [FailedRecord]
  ) {
    guard !names.isEmpty else {
      return items.isEmpty ? ([], []) : ([Part(place: .records, items: items)], [])
    }
    var parts: [Part] = []
    var numbers: [[String]: Int] = [:]
    var active = active
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
        continue
      }
      if let number = numbers[values] {
        parts[number].items.append(item)
        continue
      }
      let place = BufferPlace.partition(
        zip(names, values).map { BufferPlace.PartitionValue(key: $0, value: $1) })
      guard active.contains(place) || active.count < S3Configuration.partitionsMax else {
        fail(
          item, .partitions, "DynamicPartitioning.ActivePartitionsLimitExceeded",
          "The delivery stream has \(S3Configuration.partitionsMax) active partitions, the most "
            + "that there may be.")
        continue
      }
      active.insert(place)
      numbers[values] = parts.count
      parts.append(Part(place: place, items: [item]))
    }
    return (parts, failed)
  }
}
