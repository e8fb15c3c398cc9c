import AWSModel
import PropertyTree

/// CBOR bodies of AWS's protocols as trees of members and back. In trees blobs are base64 and
/// timestamps numbers of seconds, as in JSON, so that an operation need not know its protocol.
public struct CBORTree: Sendable {
  /// Epoch timestamps are whole milliseconds in `application/x-amz-cbor-1.1`, seconds in
  /// smithy-rpc-v2-cbor.
  var countsMilliseconds: Bool

  public init(_ wireProtocol: WireProtocol) { countsMilliseconds = wireProtocol == .cbor11 }

  private static let timestampTag: UInt64 = 1
  private static let bigNumberTags: ClosedRange<UInt64> = 2...3

  // MARK: Reading

  /// The members of a body; an empty body has none. Throws `SerializationException`.
  public func members(_ body: [UInt8]) throws(ServiceError) -> PropertyObject {
    if body.isEmpty { return [:] }
    let item: CBORValue
    do {
      item = try CBORReader.read(body)
    } catch {
      throw Self.damaged("\(error.message) (at byte \(error.offset) of the request)")
    }
    guard case .object(let members) = try tree(item) else {
      throw Self.damaged("The request must be a CBOR map.")
    }
    return members
  }

  private static func damaged(_ message: String) -> ServiceError {
    ServiceError("SerializationException", message)
  }

  private func tree(_ item: CBORValue) throws(ServiceError) -> PropertyValue {
    switch item {
    case .unsigned(let number):
      guard let integer = Int64(exactly: number) else {
        throw Self.damaged("\(number) is too large")
      }
      return .int(integer)
    case .negative(let number):
      guard let integer = Int64(exactly: number) else {
        throw Self.damaged("-1-\(number) is too small")
      }
      return .int(-1 - integer)
    case .bytes(let bytes): return .string(Base64.encode(bytes))
    case .text(let text): return .string(text)
    case .array(let list):
      return .list(try list.map { item throws(ServiceError) in try tree(item) })
    case .map(let pairs): return .object(try object(pairs))
    case .tag(Self.timestampTag, let item): return try seconds(item)
    case .tag(let tag, _) where Self.bigNumberTags.contains(tag):
      throw .unsupported("integers of more than 64 bits (CBOR tag \(tag))")
    // Every other tag only says more about an item that can be read without it.
    case .tag(_, let item): return try tree(item)
    case .bool(let bool): return .bool(bool)
    case .null, .undefined: return .null
    case .simple(let number): throw Self.damaged("the simple value \(number) has no meaning")
    case .double(let double): return number(double)
    }
  }

  private func object(_ pairs: [CBORPair]) throws(ServiceError) -> PropertyObject {
    var object = PropertyObject()
    for pair in pairs {
      guard case .text(let key) = pair.key else { throw Self.damaged("a key is not text") }
      guard object[key] == nil else { throw Self.damaged("the key \(key) stands twice") }
      object[key] = try tree(pair.value)
    }
    return object
  }

  /// Numbers that JSON lacks become words there.
  private func number(_ double: Double) -> PropertyValue {
    if double.isFinite { return .double(double) }
    return double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity"
  }

  private func seconds(_ item: CBORValue) throws(ServiceError) -> PropertyValue {
    switch try tree(item) {
    case .int(let number):
      return countsMilliseconds ? .double(Double(number) / 1000) : .int(number)
    case .double(let number): return .double(countsMilliseconds ? number / 1000 : number)
    default: throw Self.damaged("a timestamp is not a number")
    }
  }

  // MARK: Writing

  /// The bytes of an answer's members. Members that are null are left out.
  public func bytes(_ members: PropertyValue, shape: MemberShape) -> [UInt8] {
    var writer = CBORWriter()
    write(members, shape, to: &writer)
    return writer.bytes
  }

  private func write(_ value: PropertyValue, _ shape: MemberShape, to writer: inout CBORWriter) {
    switch (value, shape) {
    case (.string(let text), .blob):
      // Text that is no base64 was never a blob.
      if let bytes = Base64.decode(text) {
        writer.write(bytes: bytes)
      } else {
        writer.write(text: text)
      }
    case (.int, .timestamp), (.double, .timestamp): write(timestamp: value, to: &writer)
    case (.null, _), (.unknown, _): writer.writeNull()
    case (.bool(let bool), _): writer.write(bool: bool)
    case (.int(let integer), _): writer.write(integer)
    case (.double(let double), _): writer.write(double)
    case (.string(let text), _): writer.write(text: text)
    case (.list(let list), _):
      writer.array(count: list.count)
      for item in list { write(item, shape.element, to: &writer) }
    case (.object(let object), _):
      writer.map(count: object.values.count { $0 != .null })
      for (key, item) in object where item != .null {
        writer.write(text: key)
        write(item, shape.member(key), to: &writer)
      }
    }
  }

  private func write(timestamp value: PropertyValue, to writer: inout CBORWriter) {
    writer.tag(Self.timestampTag)
    let scale: Int64 = countsMilliseconds ? 1000 : 1
    switch value {
    case .int(let seconds) where !seconds.multipliedReportingOverflow(by: scale).overflow:
      writer.write(seconds * scale)
    case .double(let seconds):
      let whole = (seconds * Double(scale)).rounded()
      // Java's SDK reads milliseconds as a whole number only.
      if countsMilliseconds, let integer = Int64(exactly: whole) {
        writer.write(integer)
      } else {
        writer.write(seconds)
      }
    default: writer.writeNull()
    }
  }
}
