import Glibc

/// Bytes moved as memory: byte by byte would cost a build without optimization minutes.
extension [UInt8] {
  /// Cut, or filled up with zeroes.
  mutating func resize(to size: Int) {
    if count >= size {
      removeLast(count - size)
      return
    }
    let more = size - count
    append(
      contentsOf: [UInt8](unsafeUninitializedCapacity: more) { target, written in
        if let start = target.baseAddress { memset(start, 0, more) }
        written = more
      })
  }

  /// Within the size that it has.
  mutating func overwrite(at start: Int, with bytes: UnsafeRawBufferPointer) {
    withUnsafeMutableBytes { target in
      UnsafeMutableRawBufferPointer(rebasing: target[start..<(start + bytes.count)])
        .copyMemory(from: bytes)
    }
  }

  /// The same place of other bytes.
  mutating func copy(_ place: Range<Int>, of other: [UInt8]) {
    other.withUnsafeBytes { overwrite(at: place.lowerBound, with: .init(rebasing: $0[place])) }
  }
}
