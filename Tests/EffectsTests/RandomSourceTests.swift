import Effects
import Testing

struct RandomSourceTests {
  /// Draws what it is given.
  private final class Given: RandomSource {
    private let value: UInt64
    init(_ value: UInt64) { self.value = value }
    func nextUInt64() -> UInt64 { value }
  }

  @Test(
    arguments: [
      (0x0123_4567_89AB_CDEF, "01234567-89ab-4def-8123-456789abcdef"),
      (0, "00000000-0000-4000-8000-000000000000"),
      (.max, "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    ] as [(UInt64, String)])
  func aUUIDIsOfVersion4(drawn: UInt64, text: String) {
    #expect(Given(drawn).uuid() == text)
  }

  @Test func digitsAreThoseOfTheNumbersDrawn() {
    let source = Given(0x0123_4567_89AB_CDEF)
    #expect(source.hex(0).isEmpty)
    #expect(source.hex(3) == "012")
    #expect(source.hex(18) == "0123456789abcdef01")
  }
}
