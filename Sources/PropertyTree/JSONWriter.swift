/// Writes a `PropertyValue` as JSON, keys in their own order.
public enum JSONWriter {
  /// On one line, without spaces.
  public static func compact(_ value: PropertyValue) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }

  /// On one line, with keys sorted: equal trees give equal text.
  public static func canonical(_ value: PropertyValue) -> String {
    var out: [UInt8] = []
    write(value, into: &out, sorted: true)
    return String(decoding: out, as: UTF8.self)
  }

  /// With two spaces of indentation a level, as people read it.
  public static func pretty(_ value: PropertyValue) -> String {
    var out: [UInt8] = []
    writePretty(value, indent: 0, into: &out)
    return String(decoding: out, as: UTF8.self)
  }

  public static func bytes(_ value: PropertyValue) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(256)
    write(value, into: &out, sorted: false)
    return out
  }

  private static func write(_ value: PropertyValue, into out: inout [UInt8], sorted: Bool) {
    switch value {
    case .list(let list):
      out.append(UInt8(ascii: "["))
      for (index, item) in list.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        write(item, into: &out, sorted: sorted)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      if sorted {
        members(object.sorted { $0.key < $1.key }, into: &out, sorted: true)
      } else {
        members(object, into: &out, sorted: false)
      }
      out.append(UInt8(ascii: "}"))
    default: writeScalar(value, into: &out)
    }
  }

  private static func members(
    _ pairs: some Sequence<(key: String, value: PropertyValue)>, into out: inout [UInt8],
    sorted: Bool
  ) {
    var isFirst = true
    for (key, value) in pairs {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      writeString(key, into: &out)
      out.append(UInt8(ascii: ":"))
      write(value, into: &out, sorted: sorted)
    }
  }

  private static func writePretty(_ value: PropertyValue, indent: Int, into out: inout [UInt8]) {
    func newline(_ depth: Int) {
      out.append(0x0A)
      out.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }
    switch value {
    case .list(let list) where !list.isEmpty:
      out.append(UInt8(ascii: "["))
      for (index, item) in list.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        newline(indent + 1)
        writePretty(item, indent: indent + 1, into: &out)
      }
      newline(indent)
      out.append(UInt8(ascii: "]"))
    case .object(let object) where !object.isEmpty:
      out.append(UInt8(ascii: "{"))
      for (index, pair) in object.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        newline(indent + 1)
        writeString(pair.key, into: &out)
        out.append(contentsOf: ": ".utf8)
        writePretty(pair.value, indent: indent + 1, into: &out)
      }
      newline(indent)
      out.append(UInt8(ascii: "}"))
    default: write(value, into: &out, sorted: false)
    }
  }

  private static func writeScalar(_ value: PropertyValue, into out: inout [UInt8]) {
    switch value {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let bool): out.append(contentsOf: (bool ? "true" : "false").utf8)
    case .int(let int): out.append(contentsOf: String(int).utf8)
    case .double(let double):
      // 1e21 and beyond print with an exponent, which JSON allows; 3.0 stays 3.0.
      out.append(contentsOf: (double.isFinite ? String(double) : "null").utf8)
    case .string(let string): writeString(string, into: &out)
    case .unknown(let what): writeString("{{unknown: \(what)}}", into: &out)
    case .list, .object: preconditionFailure("not a scalar")
    }
  }

  /// Quotes and escapes one string.
  public static func writeString(_ string: String, into out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { bytes in
      var plain = 0
      for index in bytes.indices where needsEscape(bytes[index]) {
        out.append(contentsOf: bytes[plain..<index])
        writeEscape(bytes[index], into: &out)
        plain = index + 1
      }
      out.append(contentsOf: bytes[plain...])
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
  }

  private static func writeEscape(_ byte: UInt8, into out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
    case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
    case 0x0A: out.append(contentsOf: "\\n".utf8)
    case 0x0D: out.append(contentsOf: "\\r".utf8)
    case 0x09: out.append(contentsOf: "\\t".utf8)
    default:
      let hex = String(byte, radix: 16)
      out.append(contentsOf: ("\\u00" + (hex.count == 1 ? "0" : "") + hex).utf8)
    }
  }
}
