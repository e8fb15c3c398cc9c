import Synchronization

/// The source of every identifier and token.
public protocol RandomSource: Sendable {
  func nextUInt64() -> UInt64
}

extension RandomSource {
  /// `count` characters, each drawn from `alphabet`, which is ASCII.
  public func text(_ count: Int, from alphabet: String) -> String {
    let letters = Array(alphabet.utf8)
    let drawn = (0..<count).map { _ in letters[Int(nextUInt64() % UInt64(letters.count))] }
    return String(decoding: drawn, as: UTF8.self)
  }

  /// A version-4 UUID in lower case.
  public func uuid() -> String {
    var high = nextUInt64()
    var low = nextUInt64()
    high = (high & ~0xF000) | 0x4000
    low = (low & ~(0b11 << 62)) | (0b10 << 62)
    let hex = Array(Self.hex16(high) + Self.hex16(low))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }
      .joined(separator: "-")
  }

  private static func hex16(_ value: UInt64) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}

/// The same sequence for the same seed (SplitMix64): tests, and names that must be known ahead.
public final class SeededRandomSource: RandomSource {
  private let state: Mutex<UInt64>

  public init(seed: UInt64) { state = Mutex(seed) }

  /// A seed from text (FNV-1a), so that a stack and a logical id give the same name every time.
  public convenience init(seed text: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    self.init(seed: hash)
  }

  public func nextUInt64() -> UInt64 {
    state.withLock { state in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
