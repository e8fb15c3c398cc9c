import PropertyTree

/// Two texts line by line: what both have, what only the first one has, what only the second.
struct LineDifference {
  enum Line: Sendable, Hashable {
    case same(String)
    case removed(String)
    case added(String)
    /// Lines that both have and that are far from any difference.
    case skipped(Int)
  }

  private(set) var lines: [Line] = []

  /// Lines around a difference that are shown with it.
  private static let context = 3
  /// Longer texts are told as wholly different: comparing them costs the square.
  private static let linesMax = 4000

  init(_ before: String, _ after: String) {
    let old = Self.lines(of: before)
    let new = Self.lines(of: after)
    guard old.count + new.count <= Self.linesMax else {
      lines = old.map { .removed($0) } + new.map { .added($0) }
      return
    }
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var all: [Line] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if removed.contains(left) {
        all.append(.removed(old[left]))
        left += 1
      } else if added.contains(right) {
        all.append(.added(new[right]))
        right += 1
      } else {
        all.append(.same(old[left]))
        left += 1
        right += 1
      }
    }
    lines = Self.shortened(all)
  }

  /// The difference of two values, where one of them has several lines as people write it: text with
  /// line ends, lists and objects as JSON.
  init?(_ before: PropertyValue, _ after: PropertyValue) {
    let (old, new) = (Self.text(before), Self.text(after))
    guard old.contains("\n") || new.contains("\n") else { return nil }
    self.init(old, new)
  }

  static func text(_ value: PropertyValue) -> String {
    let shown = value.showingDeferred
    return shown.scalarText ?? JSONWriter.pretty(shown)
  }

  private static func lines(of text: String) -> [String] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Long runs of what both have become a count.
  private static func shortened(_ all: [Line]) -> [Line] {
    let differing = all.indices.filter { if case .same = all[$0] { false } else { true } }
    guard !differing.isEmpty else { return all }
    var isShown = [Bool](repeating: false, count: all.count)
    for index in differing {
      for near in max(0, index - context)...min(all.count - 1, index + context) {
        isShown[near] = true
      }
    }
    var lines: [Line] = []
    var skipped = 0
    for (index, line) in all.enumerated() {
      if isShown[index] {
        if skipped > 0 { lines.append(.skipped(skipped)) }
        skipped = 0
        lines.append(line)
      } else {
        skipped += 1
      }
    }
    if skipped > 0 { lines.append(.skipped(skipped)) }
    return lines
  }
}

extension LineDifference.Line {
  /// As a file in the form of `diff -u` has it.
  var text: String {
    switch self {
    case .same(let line): "  \(line)"
    case .removed(let line): "- \(line)"
    case .added(let line): "+ \(line)"
    case .skipped(let count): "  … \(count) \(count == 1 ? "line" : "lines")"
    }
  }
}
