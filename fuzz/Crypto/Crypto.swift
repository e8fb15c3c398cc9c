/// The parts of swift-crypto that the serverless transform uses, whose C sources would take most of
/// the fuzzer's build. Nothing here looks at which digest comes out.
public enum Insecure {
  public enum SHA1 {
    /// Twenty bytes that depend on all of the input (FNV-1a).
    public static func hash(data: [UInt8]) -> [UInt8] {
      var state: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in data { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return (0..<20).map { UInt8(truncatingIfNeeded: (state &* (2 * $0 + 1)) >> 24) }
    }
  }
}
