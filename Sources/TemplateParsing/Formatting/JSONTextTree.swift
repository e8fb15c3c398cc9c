import Diagnostics

/// A JSON text as a tree of its own bytes: scalars stay as they are written.
struct JSONTextTree {
  private indirect enum Value {
    case scalar(Range<Int>)
    case list([Value])
    case object([(key: Range<Int>, value: Value)])
  }

  private static let widthMax = 100

  private let bytes: [UInt8]
  private var root = Value.list([])

  /// nil for text that is not JSON.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    let isJSON = self.bytes.withUnsafeBufferPointer { buffer in
      // Only the answer counts: the text's faults have been reported.
      (try? JSONTemplateReader.read(buffer, file: "")) != nil
    }
    guard isJSON else { return nil }
    var index = 0
    root = read(&index)
    guard case .object = root else { return nil }
  }

  private func skip(_ index: inout Int) {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x3A].contains(bytes[index]) {
      index += 1
    }
  }

  /// Reads text that is known to be JSON, nested no deeper than the reader takes.
  private func read(_ index: inout Int) -> Value {
    skip(&index)
    guard index < bytes.count else { return .list([]) }
    let isObject = bytes[index] == UInt8(ascii: "{")
    guard isObject || bytes[index] == UInt8(ascii: "[") else { return .scalar(scalar(&index)) }
    let close = UInt8(ascii: isObject ? "}" : "]")
    index += 1
    var pairs: [(key: Range<Int>, value: Value)] = []
    var elements: [Value] = []
    skip(&index)
    while index < bytes.count, bytes[index] != close {
      if isObject {
        let key = scalar(&index)
        pairs.append((key, read(&index)))
      } else {
        elements.append(read(&index))
      }
      skip(&index)
    }
    index += 1
    return isObject ? .object(pairs) : .list(elements)
  }

  private func scalar(_ index: inout Int) -> Range<Int> {
    let start = index
    guard bytes[index] == UInt8(ascii: "\"") else {
      while index < bytes.count, ![0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5D, 0x7D].contains(bytes[index])
      { index += 1 }
      return start..<index
    }
    index += 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    index = min(index + 1, bytes.count)
    return start..<index
  }

  // MARK: Writing

  func formatted() -> String {
    var text: [UInt8] = []
    write(root, indent: 0, level: 0, &text)
    text.append(0x0A)
    return String(decoding: text, as: UTF8.self)
  }

  /// - Parameter level: 0 for the template, 1 for `Resources`, 2 for a resource, 3 for all else.
  private func write(_ value: Value, indent: Int, level: Int, _ text: inout [UInt8]) {
    switch value {
    case .scalar(let range): text += bytes[range]
    case .list(let elements):
      if let line = inline(elements, indent) { return text += line }
      text.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        startLine(indent + 2, isFirst: index == 0, &text)
        write(element, indent: indent + 2, level: 3, &text)
      }
      endBlock("]", indent, isEmpty: elements.isEmpty, &text)
    case .object(let pairs):
      text.append(UInt8(ascii: "{"))
      for (index, pair) in ordered(pairs, level).enumerated() {
        startLine(indent + 2, isFirst: index == 0, &text)
        text += bytes[pair.key]
        text += [UInt8(ascii: ":"), 0x20]
        let isInside = level == 1 || level == 0 && name(pair.key) == "Resources"
        write(pair.value, indent: indent + 2, level: isInside ? level + 1 : 3, &text)
      }
      endBlock("}", indent, isEmpty: pairs.isEmpty, &text)
    }
  }

  /// A list of scalars on one line, where it fits.
  private func inline(_ elements: [Value], _ indent: Int) -> [UInt8]? {
    var line = [UInt8(ascii: "[")]
    for (index, element) in elements.enumerated() {
      guard case .scalar(let range) = element else { return nil }
      if index > 0 { line += [UInt8(ascii: ","), 0x20] }
      line += bytes[range]
      guard indent + line.count < Self.widthMax else { return nil }
    }
    return line + [UInt8(ascii: "]")]
  }

  private func ordered(_ pairs: [(key: Range<Int>, value: Value)], _ level: Int)
    -> [(key: Range<Int>, value: Value)]
  {
    guard level == 0 || level == 2 else { return pairs }
    let order = level == 0 ? TemplateFormatter.sections : TemplateFormatter.attributes
    let ranked = pairs.enumerated().map {
      (rank: TemplateFormatter.rank(of: name($1.key), in: order), offset: $0, pair: $1)
    }
    return ranked.sorted { ($0.rank, $0.offset) < ($1.rank, $1.offset) }.map(\.pair)
  }

  private func name(_ key: Range<Int>) -> String {
    String(decoding: bytes[key].dropFirst().dropLast(), as: UTF8.self)
  }

  private func startLine(_ indent: Int, isFirst: Bool, _ text: inout [UInt8]) {
    if !isFirst { text.append(UInt8(ascii: ",")) }
    text.append(0x0A)
    text += repeatElement(0x20, count: indent)
  }

  private func endBlock(_ close: String, _ indent: Int, isEmpty: Bool, _ text: inout [UInt8]) {
    if !isEmpty {
      text.append(0x0A)
      text += repeatElement(0x20, count: indent)
    }
    text += Array(close.utf8)
  }
}
