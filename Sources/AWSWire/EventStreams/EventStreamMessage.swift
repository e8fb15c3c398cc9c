import Checksums

/// One message of `application/vnd.amazon.eventstream`: typed headers and a payload between two
/// checksums.
///
/// `total length u32 · length of headers u32 · CRC-32 of these u32 · headers · payload · CRC-32 of
/// all before u32`, big-endian.
/// <https://smithy.io/2.0/aws/amazon-eventstream.html>
public struct EventStreamMessage: Sendable, Hashable {
  public enum HeaderValue: Sendable, Hashable {
    case bool(Bool)
    case byte(Int8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    /// At most 65,535 bytes.
    case bytes([UInt8])
    /// At most 65,535 bytes of UTF-8.
    case text(String)
    /// Milliseconds since 1970.
    case timestamp(Int64)
    /// 16 bytes.
    case uuid([UInt8])
  }

  public struct Header: Sendable, Hashable {
    /// 1 to 255 bytes.
    public var name: String
    public var value: HeaderValue
    public init(_ name: String, _ value: HeaderValue) {
      self.name = name
      self.value = value
    }
  }

  public static let headerBytesMax = 128 << 10
  public static let payloadBytesMax = 24 << 20

  public var headers: [Header]
  public var payload: [UInt8]

  public init(headers: [Header], payload: [UInt8] = []) {
    self.headers = headers
    self.payload = payload
  }

  /// The message as it goes out. Headers and payload must stay within the format's bounds.
  public var bytes: [UInt8] {
    var block: [UInt8] = []
    for header in headers { Self.append(header, to: &block) }
    precondition(block.count <= Self.headerBytesMax, "headers of an event message are bounded")
    precondition(payload.count <= Self.payloadBytesMax, "an event's payload is bounded")
    var out: [UInt8] = []
    out.reserveCapacity(16 + block.count + payload.count)
    Self.append(UInt32(16 + block.count + payload.count), to: &out)
    Self.append(UInt32(block.count), to: &out)
    Self.append(CyclicRedundancyCheck.crc32(out), to: &out)
    out += block
    out += payload
    Self.append(CyclicRedundancyCheck.crc32(out), to: &out)
    return out
  }

  private static func append(_ header: Header, to out: inout [UInt8]) {
    precondition((1...255).contains(header.name.utf8.count), "a header's name is bounded")
    out.append(UInt8(header.name.utf8.count))
    out += header.name.utf8
    switch header.value {
    case .bool(let bool): out.append(bool ? 0 : 1)
    case .byte(let number):
      out.append(2)
      append(number, to: &out)
    case .short(let number):
      out.append(3)
      append(number, to: &out)
    case .int(let number):
      out.append(4)
      append(number, to: &out)
    case .long(let number):
      out.append(5)
      append(number, to: &out)
    case .bytes(let bytes): append(6, bytes, to: &out)
    case .text(let text): append(7, Array(text.utf8), to: &out)
    case .timestamp(let milliseconds):
      out.append(8)
      append(milliseconds, to: &out)
    case .uuid(let bytes):
      precondition(bytes.count == 16, "a UUID has 16 bytes")
      out.append(9)
      out += bytes
    }
  }

  private static func append(_ type: UInt8, _ bytes: [UInt8], to out: inout [UInt8]) {
    precondition(bytes.count <= 65_535, "a header's value is bounded")
    out.append(type)
    append(UInt16(bytes.count), to: &out)
    out += bytes
  }

  private static func append(_ number: some FixedWidthInteger, to out: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { out += $0 }
  }
}
