/// The operating system's randomness.
public struct LiveRandomSource: RandomSource {
  public init() {}

  public func nextUInt64() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}
