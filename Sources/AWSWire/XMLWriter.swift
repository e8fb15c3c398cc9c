import AWSModel
import PropertyTree

/// Writes a tree as XML elements. Keys that start with `@` are attributes of their element.
struct XMLWriter {
  /// The name of a list's elements: `member` in the Query protocol, `item` in EC2's. nil for flat
  /// lists, where the element that carries the list's name repeats.
  let listElement: String?
  private(set) var bytes: [UInt8] = []

  init(listElement: String? = nil) {
    self.listElement = listElement
    bytes.reserveCapacity(512)
  }

  mutating func declaration() {
    bytes += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8
  }

  /// `<name xmlns="…">` around what `inside` writes.
  mutating func element(
    _ name: String, namespace: String? = nil, _ inside: (inout XMLWriter) -> Void
  ) {
    bytes += "<\(name)".utf8
    if let namespace {
      bytes += " xmlns=\"".utf8
      escape(namespace)
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(UInt8(ascii: ">"))
    inside(&self)
    bytes += "</\(name)>".utf8
  }

  /// A value under its name; null and unknown values write nothing. Entries of a map are named in
  /// `<entry>`s, the members of a structure are elements.
  mutating func value(_ value: PropertyValue, named name: String, shape: MemberShape = .plain) {
    if case .map(let item) = shape, case .object(let object) = value {
      element(name) { $0.entries(object, item) }
      return
    }
    switch value {
    case .null, .unknown: return
    case .list(let list):
      guard let listElement else {
        for item in list { self.value(item, named: name, shape: shape.element) }
        return
      }
      element(name) { writer in
        for item in list { writer.value(item, named: listElement, shape: shape.element) }
      }
    case .object(let object):
      bytes += "<\(name)".utf8
      for (key, attribute) in object where key.hasPrefix("@") {
        bytes += " \(key.dropFirst())=\"".utf8
        escape(attribute.scalarText ?? "")
        bytes.append(UInt8(ascii: "\""))
      }
      bytes.append(UInt8(ascii: ">"))
      members(object, shape: shape)
      bytes += "</\(name)>".utf8
    default:
      element(name) { $0.escape(value.scalarText ?? "") }
    }
  }

  mutating func members(_ object: PropertyObject, shape: MemberShape = .plain) {
    for (key, value) in object where !key.hasPrefix("@") {
      self.value(value, named: key, shape: shape.member(key))
    }
  }

  private mutating func entries(_ object: PropertyObject, _ shape: MemberShape) {
    for (key, value) in object {
      element("entry") { entry in
        entry.value(.string(key), named: "key")
        entry.value(value, named: "value", shape: shape)
      }
    }
  }

  mutating func text(_ text: String) { escape(text) }

  private mutating func escape(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += "&amp;".utf8
      case UInt8(ascii: "<"): bytes += "&lt;".utf8
      case UInt8(ascii: ">"): bytes += "&gt;".utf8
      case UInt8(ascii: "\""): bytes += "&quot;".utf8
      // A bare carriage return would be read back as a line feed.
      case 0x00..<0x09, 0x0B..<0x20: bytes += "&#x\(String(byte, radix: 16));".utf8
      default: bytes.append(byte)
      }
    }
  }
}
