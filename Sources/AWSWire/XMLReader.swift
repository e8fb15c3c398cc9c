import PropertyTree

/// Reads a small XML document into a tree: a leaf element is its text, an element with children an
/// object, a repeated element a list. Attributes other than namespaces become `@name`.
///
/// Safe by omission: a document type is refused, and no entity but the five and the numeric ones
/// exists, so nothing can expand or reach outside.
public struct XMLReader {
  public struct Failure: Error, Sendable, Hashable {
    public var message: String
    /// In bytes, from 0.
    public var offset: Int
  }

  public static let depthMax = 64

  private let bytes: [UInt8]
  private var index = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The root's local name and its value.
  public static func read(_ bytes: [UInt8]) throws(Failure) -> (root: String, value: PropertyValue)
  {
    var reader = XMLReader(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
    try reader.skipProlog()
    let element = try reader.element(depth: 0)
    try reader.skipProlog()
    guard reader.index == bytes.count else { throw reader.fail("text after the root element") }
    return (element.name, element.value)
  }

  private func fail(_ message: String) -> Failure { Failure(message: message, offset: index) }

  private func starts(_ text: StaticString) -> Bool {
    bytes[index...].starts(
      with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private mutating func skip(past end: StaticString) throws(Failure) {
    while index < bytes.count {
      if starts(end) {
        index += end.utf8CodeUnitCount
        return
      }
      index += 1
    }
    throw fail("the document ends early")
  }

  /// Declarations, comments and white space.
  private mutating func skipProlog() throws(Failure) {
    while true {
      skipSpace()
      if starts("<?") {
        try skip(past: "?>")
      } else if starts("<!--") {
        try skip(past: "-->")
      } else if starts("<!") {
        throw fail("a document type is not allowed")
      } else {
        return
      }
    }
  }

  private mutating func name() throws(Failure) -> String {
    let start = index
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "="),
        UInt8(ascii: "<"):
        guard index > start else { throw fail("expected a name") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
      default: index += 1
      }
    }
    throw fail("the document ends early")
  }

  private static func local(_ name: String) -> String {
    String(name.split(separator: ":").last ?? "")
  }

  private mutating func element(depth: Int) throws(Failure) -> (name: String, value: PropertyValue)
  {
    guard depth < Self.depthMax else { throw fail("nested deeper than \(Self.depthMax) levels") }
    guard index < bytes.count, bytes[index] == UInt8(ascii: "<") else {
      throw fail("expected an element")
    }
    index += 1
    let fullName = try name()
    var object = try attributes()
    if starts("/>") {
      index += 2
      return (Self.local(fullName), object.isEmpty ? .string("") : .object(object))
    }
    index += 1
    let text = try content(of: fullName, into: &object, depth: depth)
    let value: PropertyValue = object.isEmpty ? .string(text) : .object(object)
    return (Self.local(fullName), value)
  }

  /// Stops before `>` or `/>`.
  private mutating func attributes() throws(Failure) -> PropertyObject {
    var object = PropertyObject()
    while true {
      skipSpace()
      guard index < bytes.count else { throw fail("the document ends early") }
      if bytes[index] == UInt8(ascii: ">") || starts("/>") { return object }
      let key = try name()
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { throw fail("expected =") }
      index += 1
      skipSpace()
      guard index < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[index])
      else { throw fail("expected a quoted value") }
      let quote = bytes[index]
      index += 1
      let value = try text { $0 == quote }
      index += 1
      if key != "xmlns", !key.hasPrefix("xmlns:") { object["@\(key)"] = .string(value) }
    }
  }

  /// Children and text up to and with the end tag.
  private mutating func content(
    of fullName: String, into object: inout PropertyObject, depth: Int
  ) throws(Failure) -> String {
    var text = ""
    while true {
      text += try self.text { $0 == UInt8(ascii: "<") }
      if starts("</") {
        index += 2
        guard try name() == fullName else { throw fail("<\(fullName)> is not closed") }
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: ">") else {
          throw fail("expected >")
        }
        index += 1
        break
      } else if starts("<!--") {
        try skip(past: "-->")
      } else if starts("<![CDATA[") {
        index += 9
        let start = index
        try skip(past: "]]>")
        text += String(decoding: bytes[start..<(index - 3)], as: UTF8.self)
      } else if starts("<!") || starts("<?") {
        throw fail("only elements and text are allowed")
      } else {
        let child = try element(depth: depth + 1)
        append(child.value, named: child.name, to: &object)
      }
    }
    if !object.isEmpty, text.contains(where: { !$0.isWhitespace }) {
      throw fail("text beside the children of <\(fullName)>")
    }
    return text
  }

  private func append(_ value: PropertyValue, named name: String, to object: inout PropertyObject) {
    switch object[name] {
    case nil: object[name] = value
    case .list(var list)?:
      object[name] = .null
      list.append(value)
      object[name] = .list(list)
    case let first?: object[name] = .list([first, value])
    }
  }

  /// Characters up to the first byte that ends them, which is not consumed.
  private mutating func text(until isEnd: (UInt8) -> Bool) throws(Failure) -> String {
    var out: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      if isEnd(byte) { return String(decoding: out, as: UTF8.self) }
      if byte == UInt8(ascii: "&") {
        out += String(try entity()).utf8
      } else {
        out.append(byte)
        index += 1
      }
    }
    throw fail("the document ends early")
  }

  private mutating func entity() throws(Failure) -> Character {
    let window = bytes[index..<min(bytes.count, index + 12)]
    guard let end = window.firstIndex(of: UInt8(ascii: ";")) else {
      throw fail("an entity without its semicolon")
    }
    let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
    defer { index = end + 1 }
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default:
      let code =
        name.hasPrefix("#x")
        ? UInt32(name.dropFirst(2), radix: 16)
        : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
      guard let scalar = code.flatMap(Unicode.Scalar.init) else {
        throw fail("the entity &\(name); is not known")
      }
      return Character(scalar)
    }
  }
}
