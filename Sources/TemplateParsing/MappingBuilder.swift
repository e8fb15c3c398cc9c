import Diagnostics

/// Gathers the pairs of one mapping; finds duplicate keys and carries out merges.
struct MappingBuilder {
  private(set) var entries: [TemplateEntry] = []
  /// Filled from the ninth pair on; before that a linear look is faster.
  private var indexByKey: [String: Int] = [:]
  private var merges: [TemplateNode] = []

  private static let linearMax = 8

  /// Adds a pair, or reports that its key is there already.
  mutating func add(
    _ entry: consuming TemplateEntry, isMergeKey: Bool, report: (Diagnostic) -> Void
  ) {
    if isMergeKey {
      merges.append(entry.value)
      return
    }
    if let first = index(of: entry.key.value) {
      report(
        Diagnostic(
          .duplicateKey, "the key `\(entry.key.value)` stands twice in the same object",
          at: entry.key.span, hint: "remove or rename one of the two",
          related: [.init(span: entries[first].key.span, label: "first declared here")]))
      return
    }
    append(entry)
  }

  /// The pairs with those of `<<` after them; a pair of the mapping's own wins over a merged one,
  /// an earlier merged one over a later.
  mutating func finish(report: (Diagnostic) -> Void) -> [TemplateEntry] {
    for merge in merges {
      let sources: [TemplateNode] = merge.elements ?? [merge]
      for source in sources {
        guard let pairs = source.entries else {
          report(
            Diagnostic(
              .wrongShape, "`<<` merges objects, this is \(source.shape)", at: source.span,
              hint: "name an anchor of an object: `<<: *name`"))
          continue
        }
        for pair in pairs where index(of: pair.key.value) == nil { append(pair) }
      }
    }
    return entries
  }

  private mutating func append(_ entry: consuming TemplateEntry) {
    if entries.count == Self.linearMax {
      for (index, old) in entries.enumerated() { indexByKey[old.key.value] = index }
    }
    if entries.count >= Self.linearMax { indexByKey[entry.key.value] = entries.count }
    entries.append(entry)
  }

  private func index(of key: String) -> Int? {
    if entries.count > Self.linearMax { return indexByKey[key] }
    return entries.firstIndex { $0.key.value == key }
  }
}
