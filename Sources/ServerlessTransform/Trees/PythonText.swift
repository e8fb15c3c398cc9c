import PropertyTree

/// The text that deployments of REST APIs have always been hashed of: a dictionary as Python 2
/// prints it. The ids that users know come from it, down to the order of the keys.
enum PythonText {
  /// Text as it is, other values as they are printed.
  static func str(_ tree: Tree) -> String { tree.string ?? repr(tree) }

  static func repr(_ tree: Tree) -> String {
    switch tree.content {
    case .list(let elements): return "[" + elements.map(repr).joined(separator: ", ") + "]"
    case .object(let members):
      let pairs = PythonOrder.indices(of: members.map(\.key)).map { index in
        let member = members[index]
        return quoted(member.key, isUnicode: member.keySpan != nil) + ": " + repr(member.value)
      }
      return "{" + pairs.joined(separator: ", ") + "}"
    case .scalar(let scalar):
      switch scalar.value {
      case .null: return "None"
      case .bool(let bool): return bool ? "True" : "False"
      case .string(let text): return quoted(text, isUnicode: tree.span != nil)
      default: return scalar.value.scalarText ?? ""
      }
    }
  }

  /// JSON as Python writes it, with the keys in the order of a dictionary.
  static func json(_ tree: Tree) -> String {
    switch tree.content {
    case .list(let elements): return "[" + elements.map(json).joined(separator: ", ") + "]"
    case .object(let members):
      let pairs = PythonOrder.indices(of: members.map(\.key)).map { index in
        CanonicalJSON.quoted(members[index].key) + ": " + json(members[index].value)
      }
      return "{" + pairs.joined(separator: ", ") + "}"
    case .scalar(let scalar): return CanonicalJSON.scalarText(scalar.value)
    }
  }

  /// Text that the user wrote counts as Unicode, text that the transform adds does not.
  private static func quoted(_ text: String, isUnicode: Bool) -> String {
    let quote: Unicode.Scalar =
      text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var result = isUnicode ? "u" : ""
    result.unicodeScalars.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case quote: result += "\\" + String(quote)
      case " "..."~": result.unicodeScalars.append(scalar)
      default: result += escaped(scalar, isUnicode: isUnicode)
      }
    }
    result.unicodeScalars.append(quote)
    return result
  }

  private static func escaped(_ scalar: Unicode.Scalar, isUnicode: Bool) -> String {
    if !isUnicode, scalar.value > 0xA0 { return String(scalar) }
    let digits = String(scalar.value, radix: 16)
    let (mark, width) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\" + mark + String(repeating: "0", count: width - digits.count) + digits
  }
}

/// The order of keys in a dictionary of Python 2: a hash table with open addressing.
enum PythonOrder {
  /// The indices of keys in the order of their slots, after they were inserted one by one.
  static func indices(of keys: [String]) -> [Int] {
    keys.count > 1 ? indices(of: keys.map(hash)) : Array(keys.indices)
  }

  /// The same, of keys whose hashes are known.
  static func indices(of hashes: [UInt64]) -> [Int] {
    guard hashes.count > 1 else { return Array(hashes.indices) }
    var table = [Int?](repeating: nil, count: 8)
    var count = 0
    for index in hashes.indices {
      insert(index, hashes, into: &table)
      count += 1
      guard count * 3 >= table.count * 2 else { continue }
      var size = 8
      while size <= count * (count > 50_000 ? 2 : 4) { size <<= 1 }
      let old = table.compactMap { $0 }
      table = [Int?](repeating: nil, count: size)
      for index in old { insert(index, hashes, into: &table) }
    }
    return table.compactMap { $0 }
  }

  private static func insert(_ index: Int, _ hashes: [UInt64], into table: inout [Int?]) {
    let mask = UInt64(table.count - 1)
    var perturbation = hashes[index]
    var walker = perturbation & mask
    while table[Int(walker & mask)] != nil {
      walker = (walker << 2) &+ walker &+ perturbation &+ 1
      perturbation >>= 5
    }
    table[Int(walker & mask)] = index
  }

  static func hash(_ key: String) -> UInt64 {
    let scalars = Array(key.unicodeScalars)
    guard let first = scalars.first else { return 0 }
    var hash = UInt64(first.value) << 7
    for scalar in scalars { hash = (1_000_003 &* hash) ^ UInt64(scalar.value) }
    return hash ^ UInt64(scalars.count)
  }

  /// The order that keys have after they were copied into a new table several times. Copies
  /// matter: keys that collide may change places each time.
  static func indices(of hashes: [UInt64], copies: Int) -> [Int] {
    let initial = Array(hashes.indices)
    var order = initial
    var done = 0
    while done < copies {
      let step = indices(of: order.map { hashes[$0] })
      done += 1
      let next = step.map { order[$0] }
      if next == order { return order }
      order = next
      // Back at the start, the orders come round again.
      if order == initial { done = copies - copies % done }
    }
    return order
  }

  /// A tree whose objects were all copied `times` times, keys inserted in the order in which they
  /// stood.
  static func copied(_ tree: Tree, times: Int = 1) -> Tree {
    guard times > 0 else { return tree }
    var copy = tree
    switch tree.content {
    case .scalar: break
    case .list(let elements): copy.content = .list(elements.map { copied($0, times: times) })
    case .object(let members):
      let order = indices(of: members.map { hash($0.key) }, copies: times)
      copy.content = .object(
        order.map { index in
          var member = members[index]
          member.value = copied(member.value, times: times)
          return member
        })
    }
    return copy
  }
}
