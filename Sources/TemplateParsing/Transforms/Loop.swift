import Diagnostics

/// `Fn::ForEach::Name: [identifier, collection, {key: value}]`.
struct Loop {
  var identifier: Spanned<String>
  var collection: TemplateNode
  var body: [TemplateEntry]

  /// nil, with a finding, for a loop that is written wrong.
  init?(_ entry: TemplateEntry, report: (Diagnostic) -> Void) {
    let form = "write `Fn::ForEach::Name: [Identifier, [a, b], {\"Key${Identifier}\": value}]`"
    func fail(_ message: String, at span: SourceSpan) {
      report(Diagnostic(.malformedIntrinsic, message, at: span, hint: form))
    }
    let name = entry.key.value.dropFirst("Fn::ForEach::".count)
    guard !name.isEmpty, name.utf8.allSatisfy(\.isAlphanumeric) else {
      report(
        Diagnostic(
          .invalidName, "`\(name)` can't name a loop", at: entry.key.span,
          hint: "use letters and digits alone"))
      return nil
    }
    guard let parts = entry.value.elements, entry.value.tag == nil, parts.count == 3 else {
      let given = entry.value.elements.map { "\($0.count) of them" } ?? entry.value.shape
      fail("`\(entry.key.value)` takes a list of three, this is \(given)", at: entry.value.span)
      return nil
    }
    guard let identifier = parts[0].scalar, parts[0].tag == nil, !identifier.text.isEmpty,
      identifier.text.utf8.allSatisfy(\.isAlphanumeric)
    else {
      fail("a loop's identifier is a word of letters and digits", at: parts[0].span)
      return nil
    }
    guard let body = parts[2].entries, parts[2].tag == nil, !body.isEmpty else {
      let shape = parts[2].entries?.isEmpty == true ? "an empty one" : parts[2].shape
      fail(
        "a loop's last part is an object with what it makes, this is \(shape)", at: parts[2].span)
      return nil
    }
    self.identifier = Spanned(identifier.text, parts[0].span)
    collection = parts[1]
    self.body = body
  }
}

/// An identifier with one value of its collection.
struct LoopVariable {
  let name: String
  let value: String
  private let mark: [UInt8]
  private let bare: [UInt8]

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
    mark = Array("{\(name)}".utf8)
    bare = value.utf8.filter(\.isAlphanumeric)
  }

  /// The text with `${name}` as the value, and `&{name}` as the value's letters and digits alone.
  func applied(to text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + value.utf8.count)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let isMark = byte == UInt8(ascii: "$") || byte == UInt8(ascii: "&")
      guard isMark, bytes[(index + 1)...].starts(with: mark) else {
        result.append(byte)
        index += 1
        continue
      }
      if byte == UInt8(ascii: "&") { result += bare } else { result += Array(value.utf8) }
      index += 1 + mark.count
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension UInt8 {
  /// An ASCII letter or digit.
  var isAlphanumeric: Bool {
    (self >= 0x30 && self <= 0x39) || (self >= 0x41 && self <= 0x5A)
      || (self >= 0x61 && self <= 0x7A)
  }
}
