/// A reflected cyclic redundancy check of up to 64 bits, eight bytes a step.
struct S3CyclicRedundancy: Sendable {
  /// The tables of one polynomial; 16 KiB, made once.
  final class Tables: Sendable {
    let slices: [UInt64]
    let mask: UInt64
    let byteCount: Int

    /// - Parameter reflected: the polynomial with its bits reversed.
    init(reflected: UInt64, bits: Int) {
      mask = bits == 64 ? .max : (1 << UInt64(bits)) - 1
      byteCount = bits / 8
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

    static let crc32 = Tables(reflected: 0xEDB8_8320, bits: 32)
    static let crc32c = Tables(reflected: 0x82F6_3B78, bits: 32)
    static let crc64nvme = Tables(reflected: 0x9A6C_9329_AC4B_C9B5, bits: 64)
  }

  private let tables: Tables
  private var register: UInt64

  init(_ tables: Tables) {
    self.tables = tables
    register = tables.mask
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = register
    tables.slices.withUnsafeBufferPointer { table in
      var index = 0
      while index + 8 <= bytes.count {
        crc ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        var next: UInt64 = 0
        for byte in 0..<8 {
          next ^= table[(7 - byte) * 256 + Int(crc >> UInt64(byte * 8) & 255)]
        }
        crc = next
        index += 8
      }
      while index < bytes.count {
        crc = crc >> 8 ^ table[Int((crc ^ UInt64(bytes[index])) & 255)]
        index += 1
      }
    }
    register = crc
  }

  /// The check's bytes, most significant first.
  var value: [UInt8] {
    let result = register ^ tables.mask
    return (0..<tables.byteCount).reversed().map { UInt8(result >> UInt64($0 * 8) & 255) }
  }
}
