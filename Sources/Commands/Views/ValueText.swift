import PropertyTree
import StackModel

/// A property's value in one line.
struct ValueText {
  /// Longer ones are cut, with their length in brackets.
  var lengthMax = 72

  func text(_ value: PropertyValue) -> String {
    let flat = flat(value)
    guard flat.count > lengthMax else { return flat.isEmpty ? "\"\"" : flat }
    return "\(flat.prefix(lengthMax))… (\(full(value).utf8.count) bytes)"
  }

  func isLong(_ value: PropertyValue) -> Bool { flat(value).count > lengthMax }

  private func full(_ value: PropertyValue) -> String {
    let shown = value.showingDeferred
    return shown.scalarText ?? JSONWriter.compact(shown)
  }

  private func flat(_ value: PropertyValue) -> String {
    full(value).split(whereSeparator: \.isNewline).joined(separator: "⏎")
  }
}
