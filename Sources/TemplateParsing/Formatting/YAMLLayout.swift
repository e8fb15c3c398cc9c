import Diagnostics

/// The lines of a YAML template, and which of them may be changed.
struct YAMLLayout {
  private struct Line {
    var text: Substring
    /// Inside of a scalar over several lines: every blank counts.
    var isScalar = false

    var isBlank: Bool { !isScalar && text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    var indent: Int { text.utf8.count { $0 == 0x20 } == 0 ? 0 : text.prefix { $0 == " " }.count }
    var isComment: Bool { !isScalar && text.drop { $0 == " " }.first == "#" }
  }

  private var lines: [Line]
  private let root: TemplateNode
  /// A block scalar keeps the empty lines after it (`|+`), so that none may come or go.
  private var keepsEmptyLines = false
  /// The text ends inside a block scalar without a line break.
  private var endsInScalar = false

  init(_ text: String, _ root: TemplateNode) {
    self.root = root
    var text = text[...]
    if text.unicodeScalars.first == "\u{FEFF}" {
      text = Substring(text.unicodeScalars.dropFirst())
    }
    lines = text.split(omittingEmptySubsequences: false) {
      $0 == "\n" || $0 == "\r\n" || $0 == "\r"
    }
    .map { Line(text: $0) }
    endsInScalar = lines.last?.text.isEmpty == false
    if lines.last?.text.isEmpty == true { lines.removeLast() }
    protect(root)
    endsInScalar = endsInScalar && lines.last?.isScalar == true
  }

  func formatted(ordering: Bool) -> String {
    var copy = self
    if ordering, !copy.keepsEmptyLines { copy.order() }
    copy.trim()
    var text = copy.lines.map(\.text).joined(separator: "\n")
    if !copy.endsInScalar, !text.isEmpty { text += "\n" }
    return text
  }

  /// Marks the lines of scalars over several lines.
  private mutating func protect(_ node: TemplateNode) {
    switch node.content {
    case .scalar:
      let first = node.span.start.line
      guard node.span.end.line > first, first >= 1, first <= lines.count else { return }
      let head = lines[first - 1].text.dropFirst(node.span.start.column - 1)
      // The end of a block scalar is the start of the line after it.
      let last = node.span.end.column == 1 ? node.span.end.line - 1 : node.span.end.line
      let isBlock = head.first == "|" || head.first == ">"
      if isBlock, head.prefix(3).contains("+") { keepsEmptyLines = true }
      guard first + 1 <= last else { return }
      for number in (first + 1)...last where number <= lines.count {
        lines[number - 1].isScalar = true
      }
      guard isBlock, last >= lines.count || node.span.end.column == 1 else { return }
      // Empty lines after a block are not part of it, unless they are kept.
      var number = min(last, lines.count)
      while number > first, lines[number - 1].text.utf8.allSatisfy({ $0 == 0x20 }) {
        lines[number - 1].isScalar = keepsEmptyLines
        number -= 1
      }
    case .sequence(let elements): for element in elements { protect(element) }
    case .mapping(let entries): for entry in entries { protect(entry.value) }
    }
  }

  // MARK: Order

  private mutating func order() {
    let resources = root["Resources"]
    for entry in resources?.entries ?? [] {
      guard let attributes = entry.value.entries, entry.value.span.source == root.span.source else {
        continue
      }
      let from = entry.value.span.start.line - 1
      guard from > entry.key.span.start.line - 1 else { continue }
      reorder(attributes, from: from, to: end(of: entry.value), TemplateFormatter.attributes)
    }
    guard let sections = root.entries, let first = sections.map(\.key.span.start.line).min() else {
      return
    }
    let head = headEnd(before: first - 1)
    reorder(sections, from: head, to: lines.count, TemplateFormatter.sections, separates: true)
  }

  /// The line after a block mapping's last.
  private func end(of node: TemplateNode) -> Int {
    // The place of the end is that of what comes next, which may be the next key.
    var end = min(node.span.end.line, lines.count + 1)
    let before =
      end <= lines.count ? lines[end - 1].text.utf8.prefix(node.span.end.column - 1) : "".utf8[...]
    if before.allSatisfy({ $0 == 0x20 }) { end -= 1 }
    let column = node.span.start.column - 1
    // Comments and blank lines in the column of an outer key belong to what comes next.
    while end > 0,
      lines[end - 1].isBlank || lines[end - 1].isComment && lines[end - 1].indent < column
    {
      end -= 1
    }
    return end
  }

  /// The start of the first section's own comments: those above an empty line, and those that the
  /// document starts with, stays at the top.
  private func headEnd(before first: Int) -> Int {
    var start = first
    while start > 0, lines[start - 1].isComment { start -= 1 }
    return start
  }

  /// Brings the pairs of a block mapping into an order, each with the comments above it. Leaves a
  /// mapping alone whose keys don't stand one below the other.
  private mutating func reorder(
    _ entries: [TemplateEntry], from: Int, to: Int, _ order: [String], separates: Bool = false
  ) {
    guard let column = entries.first?.key.span.start.column, to <= lines.count else { return }
    var starts: [Int] = []
    for entry in entries {
      let line = entry.key.span.start.line - 1
      guard entry.key.span.start.column == column, line >= from, line < to,
        lines[line].text.utf8.prefix(column - 1).allSatisfy({ $0 == 0x20 }),
        line >= (starts.last ?? from)
      else { return }
      starts.append(leading(line, column: column, above: (starts.last ?? from - 1) + 1, from: from))
    }
    guard Set(starts).count == starts.count, let first = starts.first else { return }
    var blocks: [(rank: Int, lines: ArraySlice<Line>)] = []
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? starts[index + 1] : to
      let rank = TemplateFormatter.rank(of: entries[index].key.value, in: order)
      blocks.append((rank, lines[start..<next]))
    }
    let sorted = blocks.enumerated().sorted {
      ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
    }
    var result: [Line] = []
    var previous = 0
    for (position, block) in sorted.enumerated() {
      var body = Array(block.element.lines)
      while body.last?.isBlank == true { body.removeLast() }
      while body.first?.isBlank == true { body.removeFirst() }
      if position > 0, separates {
        if body.count > 1 || previous > 1 { result.append(Line(text: "")) }
      }
      previous = body.count
      result += body
    }
    lines.replaceSubrange(first..<to, with: result)
    if lines.count < to, !separates {
      // The empty lines between attributes are gone; what stood below keeps its place.
      lines.insert(
        contentsOf: Array(repeating: Line(text: ""), count: to - first - result.count),
        at: first + result.count)
    }
  }

  /// The first of the comment lines above a key that belong to it.
  private func leading(_ line: Int, column: Int, above: Int, from: Int) -> Int {
    var start = line
    var candidate = line
    while candidate > max(above, from) {
      let before = lines[candidate - 1]
      if before.isComment, before.indent == column - 1 {
        candidate -= 1
        start = candidate
      } else if before.isBlank {
        candidate -= 1
      } else {
        break
      }
    }
    return start
  }

  // MARK: Blanks

  private mutating func trim() {
    var result: [Line] = []
    for line in lines {
      guard !line.isScalar else {
        result.append(line)
        continue
      }
      var text = line.text
      while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
      if text.isEmpty, !keepsEmptyLines {
        guard let last = result.last, !last.isBlank else { continue }
      }
      result.append(Line(text: text))
    }
    if !keepsEmptyLines {
      while result.last?.isBlank == true { result.removeLast() }
    }
    lines = result
  }
}
