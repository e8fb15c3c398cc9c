/// Eight tables of one polynomial (slicing by eight): 16 KiB, made once.
///
/// Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based CRC
/// Generators", 2005.
final class SliceTables: Sendable {
  private let slices: [UInt64]
  /// Ones in the check's width: the register's start, and what its end is turned over with.
  let mask: UInt64

  /// - Parameter reflected: the polynomial with its bits reversed.
  private init(reflected: UInt64, bits: Int) {
    mask = bits == 64 ? .max : (1 << UInt64(bits)) - 1
    var slices = [UInt64](repeating: 0, count: 8 * 256)
    for index in 0..<256 {
      var value = UInt64(index)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ reflected : value >> 1 }
      slices[index] = value
    }
    for slice in 1..<8 {
      for index in 0..<256 {
        let previous = slices[(slice - 1) * 256 + index]
        slices[slice * 256 + index] = previous >> 8 ^ slices[Int(previous & 255)]
      }
    }
    self.slices = slices
  }

  static let crc32 = SliceTables(reflected: 0xEDB8_8320, bits: 32)
  static let crc32c = SliceTables(reflected: 0x82F6_3B78, bits: 32)
  static let crc64NVME = SliceTables(reflected: 0x9A6C_9329_AC4B_C9B5, bits: 64)

  func advance(_ register: UInt64, over bytes: UnsafeRawBufferPointer) -> UInt64 {
    slices.withUnsafeBufferPointer { tables in
      guard let table = tables.baseAddress else { return register }
      var crc = register
      var index = 0
      while index + 8 <= bytes.count {
        crc ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let low = table[1792 + Int(crc & 255)] ^ table[1536 + Int(crc >> 8 & 255)]
        let middle = table[1280 + Int(crc >> 16 & 255)] ^ table[1024 + Int(crc >> 24 & 255)]
        let upper = table[768 + Int(crc >> 32 & 255)] ^ table[512 + Int(crc >> 40 & 255)]
        let high = table[256 + Int(crc >> 48 & 255)] ^ table[Int(crc >> 56)]
        crc = low ^ middle ^ upper ^ high
        index += 8
      }
      while index < bytes.count {
        crc = crc >> 8 ^ table[Int((crc ^ UInt64(bytes[index])) & 255)]
        index += 1
      }
      return crc
    }
  }
}
