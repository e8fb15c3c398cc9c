import Effects

/// Parts records by a prefix that is made of their keys: each text that it comes to is a buffer of its
/// own.
struct Partitioning: Sendable {
  /// Records of one place, in order.
  struct Part: Sendable {
    var place: BufferPlace
    var items: [DeliveryItem]
  }

  /// nil where all records go to one place.
  let pattern: KeyPattern?

  /// In the order in which the places appear.
  ///
  /// - Parameters:
  ///   - active: partitions that have a buffer already.
  ///   - now: stands with the records that belong to none.
  func parted(_ items: [DeliveryItem], active: Set<BufferPlace> = [], now: Timestamp) -> (
    parts: [Part], failed: [FailedRecord]
  ) {
    guard let pattern else {
      return items.isEmpty ? ([], []) : ([Part(place: .records, items: items)], [])
    }
    let names = pattern.partitionKeys
    var parts: [Part] = []
    var numbers: [[String]: Int] = [:]
    var known: [[String]: BufferPlace] = [:]
    for place in active where Set(place.keys.keys) == Set(names) {
      // Of those that an earlier Leat has parted by their keys alone, the same one always.
      let prefix = pattern.partition(place.keys)
      known[prefix] = known[prefix].map { $0.text < place.text ? $0 : place } ?? place
    }
    var active = active.count
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
      let prefix = pattern.partition(item.keys)
      if let number = numbers[prefix] {
        parts[number].items.append(item)
        continue
      }
      guard known[prefix] != nil || active < S3Configuration.partitionsMax else {
        fail(
          item, .partitions, "DynamicPartitioning.ActivePartitionsLimitExceeded",
          "The delivery stream has \(S3Configuration.partitionsMax) active partitions, the most "
            + "that there may be.")
        continue
      }
      if known[prefix] == nil { active += 1 }
      let place =
        known[prefix]
        ?? .partition(zip(names, values).map { BufferPlace.PartitionValue(key: $0, value: $1) })
      numbers[prefix] = parts.count
      parts.append(Part(place: place, items: [item]))
    }
    return (parts, failed)
  }
}
