import AWSWire
import PropertyTree
import Testing

@Suite struct EventStreamMessageTests {
  /// Read back by botocore when they were written down.
  @Test(arguments: [
    (EventStreamMessage(headers: []), "000000100000000005c248eb7d98c8ff"),
    (
      EventStreamMessage(
        headers: [
          .init("t", .bool(true)), .init("f", .bool(false)), .init("b", .byte(-1)),
          .init("s", .short(-2)), .init("i", .int(-3)), .init("l", .long(-4)),
          .init("y", .bytes([1, 2])), .init("x", .text("é!")), .init("d", .timestamp(1500)),
          .init("u", .uuid(Array(0...15))),
        ], payload: Array("payload".utf8)),
      "000000650000004ea5944bc3017400016601016202ff017303fffe016904fffffffd016c05fffffffffffffffc"
        + "017906000201020178070003c3a92101640800000000000005dc017509000102030405060708090a0b0c0d0e0f"
        + "7061796c6f61648e398957"
    ),
  ]) func bytes(_ message: EventStreamMessage, _ hex: String) {
    #expect(Hex.encode(message.bytes) == hex)
  }
}
