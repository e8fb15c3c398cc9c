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

  /// `count` hexadecimal digits in lower case, sixteen to a number drawn.
  public func hex(_ count: Int) -> String {
    String(unsafeUninitializedCapacity: count) { buffer in
      var value: UInt64 = 0
      for index in 0..<count {
        if index % 16 == 0 { value = nextUInt64() }
        buffer.initializeElement(at: index, to: Self.digit(value >> 60))
        value <<= 4
      }
      return count
    }
  }

  /// A version-4 UUID in lower case.
  public func uuid() -> String {
    var high = nextUInt64()
    var low = nextUInt64()
    high = (high & ~0xF000) | 0x4000
    low = (low & ~(0b11 << 62)) | (0b10 << 62)
    return String(unsafeUninitializedCapacity: 36) { buffer in
      for index in 0..<36 {
        switch index {
        case 8, 13, 18, 23: buffer.initializeElement(at: index, to: UInt8(ascii: "-"))
        case ..<18:
          buffer.initializeElement(at: index, to: Self.digit(high >> 60))
          high <<= 4
        default:
          buffer.initializeElement(at: index, to: Self.digit(low >> 60))
          low <<= 4
        }
      }
      return 36
    }
  }

  private static func digit(_ value: UInt64) -> UInt8 {
    UInt8(value) + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
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
