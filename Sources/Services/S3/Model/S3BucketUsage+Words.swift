extension S3BucketUsage {
  /// `3 objects (1.2 KB)`, `3 objects in 5 versions (1.2 KB) and 1 delete marker`.
  var words: String {
    func count(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    var text = count(keys, "object")
    if versions > keys || markers > 0 { text += " in \(count(versions, "version"))" }
    text += " (\(Self.sizeText(bytes)))"
    if markers > 0 { text += " and \(count(markers, "delete marker"))" }
    return text
  }

  /// Bytes in decimal units with one digit after the point.
  static func sizeText(_ bytes: Int64) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    var (value, unit) = (bytes, 0)
    while value >= 1_000_000 {
      value /= 1000
      unit += 1
    }
    let units = ["KB", "MB", "GB", "TB", "PB"]
    let tenths = value / 100
    return "\(tenths / 10).\(tenths % 10) \(units[min(unit, units.count - 1)])"
  }
}
