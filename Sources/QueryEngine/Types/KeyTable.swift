import Glibc

/// The way in which JSON keys are taken before they are looked up.
struct KeyFolding: Sendable, Hashable {
  var lowers: Bool
  /// `.` is `_`.
  var convertsDots: Bool
}

/// Finds the members of a struct by their JSON keys.
struct KeyTable {
  private let folding: KeyFolding
  private let names: [[UInt8]]
  /// Places of names by their hash; a power of two, at most half full; -1 for none.
  private let slots: [Int32]

  /// - Parameter names: the keys, in the order of the members.
  init(_ names: [String], _ folding: KeyFolding) {
    self.folding = folding
    self.names = names.map { name in
      (folding.lowers ? name.lowercased() : name).utf8.map { Self.fold($0, folding) }
    }
    var size = 4
    while size < names.count * 2 { size *= 2 }
    var slots = [Int32](repeating: -1, count: size)
    for (index, name) in self.names.enumerated() {
      var slot = name.withUnsafeBufferPointer { Self.hash($0, folding) } & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(index)
    }
    self.slots = slots
  }

  /// The place of the member with that key, or nil.
  ///
  /// - Parameter hint: the place where it probably is; keys of one producer come in one order.
  func find(_ key: UnsafeBufferPointer<UInt8>, hint: Int) -> Int? {
    if hint < names.count, matches(key, names[hint]) { return hint }
    if names.isEmpty { return nil }
    if folding.lowers, key.contains(where: { $0 >= 0x80 }) {
      let lowered = Array(String(decoding: key, as: UTF8.self).lowercased().utf8)
      return lowered.withUnsafeBufferPointer { look($0) }
    }
    return look(key)
  }

  private func look(_ key: UnsafeBufferPointer<UInt8>) -> Int? {
    var slot = Self.hash(key, folding) & (slots.count - 1)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if matches(key, names[index]) { return index }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func matches(_ key: UnsafeBufferPointer<UInt8>, _ name: [UInt8]) -> Bool {
    guard key.count == name.count else { return false }
    if let start = key.baseAddress, memcmp(start, name, name.count) == 0 { return true }
    for index in 0..<name.count where Self.fold(key[index], folding) != name[index] {
      return false
    }
    return true
  }

  @inline(__always) private static func fold(_ byte: UInt8, _ folding: KeyFolding) -> UInt8 {
    if folding.lowers, byte >= 0x41, byte <= 0x5A { return byte | 0x20 }
    return folding.convertsDots && byte == UInt8(ascii: ".") ? UInt8(ascii: "_") : byte
  }

  private static func hash(_ key: UnsafeBufferPointer<UInt8>, _ folding: KeyFolding) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in key { hash = (hash ^ UInt32(fold(byte, folding))) &* 16_777_619 }
    return Int(hash)
  }
}
