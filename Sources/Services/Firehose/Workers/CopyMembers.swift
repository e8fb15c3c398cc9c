import PropertyTree

/// Takes JSON objects apart as COPY does: members into columns, by name or by path.
///
/// https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
struct CopyMembers {
  /// A step of a path into an object.
  enum Step: Sendable, Hashable {
    case member(String)
    case element(Int)
  }

  /// The objects, one behind the other, each by itself; nil where there is anything else.
  static func objects(_ bytes: [UInt8]) -> [[UInt8]]? {
    if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return [] }
    return RecordSeparation.objects(bytes)?.map { Array($0) }
  }

  /// An object's members. Numbers right in it are texts as they are written, so that no digit is
  /// lost; nil where it is no JSON.
  static func members(_ object: [UInt8]) -> PropertyObject? {
    // The reason is told as COPY tells it.
    (try? JSONReader.read(quotingNumbers(object)))?.objectValue
  }

  private static func quotingNumbers(_ object: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(object.count + 16)
    var depth = 0
    var index = 0
    while index < object.count {
      let byte = object[index]
      switch byte {
      case UInt8(ascii: "\""):
        let start = index
        index += 1
        while index < object.count, object[index] != byte {
          index += object[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index = min(index + 1, object.count)
        out += object[start..<index]
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard depth == 1, let text = number(object, &index) else { break }
        out += [UInt8(ascii: "\"")] + Array(text.utf8) + [UInt8(ascii: "\"")]
        continue
      default: break
      }
      out.append(byte)
      index += 1
    }
    return out
  }

  private static func number(_ object: [UInt8], _ index: inout Int) -> String? {
    object.withUnsafeBufferPointer { bytes in
      var scanner = JSONScanner(bytes)
      scanner.index = index
      guard let number = scanner.number() else { return nil }
      index = scanner.index
      return number.text
    }
  }

  /// The text for a column; nil is NULL. What is nested is JSON.
  static func text(_ value: PropertyValue?) -> String? {
    switch value {
    case nil, .null: nil
    case .list, .object: value.map { JSONWriter.compact($0) }
    default: value?.scalarText
    }
  }

  static func value(_ path: [Step], in object: PropertyObject) -> PropertyValue? {
    var place: PropertyValue? = .object(object)
    for step in path {
      switch step {
      case .member(let name): place = place?[name]
      case .element(let number):
        guard let list = place?.listValue, list.indices.contains(number) else { return nil }
        place = list[number]
      }
    }
    return place
  }

  // MARK: Files of paths

  /// The paths of a file `{"jsonpaths": ["$.a", "$['b'][0]"]}`; nil for anything else.
  static func paths(_ file: [UInt8]) -> [[Step]]? {
    // The reason is told as COPY tells it.
    guard let tree = try? JSONReader.read(file), let texts = tree["jsonpaths"]?.listValue else {
      return nil
    }
    var found: [[Step]] = []
    for text in texts {
      guard let path = text.stringValue.flatMap(path) else { return nil }
      found.append(path)
    }
    return found.isEmpty ? nil : found
  }

  private static func path(_ text: String) -> [Step]? {
    guard text.hasPrefix("$") else { return nil }
    var rest = text.dropFirst()
    var steps: [Step] = []
    while let first = rest.popFirst() {
      if first == "." {
        let name = rest.prefix { $0 != "." && $0 != "[" }
        guard !name.isEmpty else { return nil }
        rest.removeFirst(name.count)
        steps.append(.member(String(name)))
      } else if first == "[", let end = rest.firstIndex(of: "]") {
        let inside = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if let number = Int(inside), number >= 0 {
          steps.append(.element(number))
        } else if inside.count > 2, let quote = inside.first, quote == "'" || quote == "\"",
          inside.last == quote
        {
          steps.append(.member(String(inside.dropFirst().dropLast())))
        } else {
          return nil
        }
      } else {
        return nil
      }
    }
    return steps.isEmpty ? nil : steps
  }
}
