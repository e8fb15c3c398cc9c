import AWSModel
import Effects
import PropertyTree

/// A `Range` header against an object's size.
enum S3ByteRange {
  /// The bytes asked for; nil when the header is absent or not one well-formed range, which S3
  /// answers with the whole object. Throws `InvalidRange`, 416, when it lies outside.
  static func resolve(_ header: String?, size: Int64) throws -> Range<Int64>? {
    guard let header, header.hasPrefix("bytes=") else { return nil }
    let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let invalid = ServiceError(
      "InvalidRange", "The requested range is not satisfiable", status: 416,
      fields: ["RangeRequested": .string(header), "ActualObjectSize": .int(size)])
    if parts[0].isEmpty {
      guard let count = Int64(parts[1]), count >= 0 else { return nil }
      guard count > 0, size > 0 else { throw invalid }
      return max(0, size - count)..<size
    }
    guard let first = Int64(parts[0]), first >= 0 else { return nil }
    guard parts[1].isEmpty || Int64(parts[1]) != nil else { return nil }
    let last = Int64(parts[1]) ?? size - 1
    guard parts[1].isEmpty || last >= first else { return nil }
    guard first < size else { throw invalid }
    return first..<min(last, size - 1) + 1
  }
}

/// HTTP dates (`Sat, 21 Nov 2026 04:48:00 GMT`) and ISO 8601, to the second.
enum S3Date {
  static func parse(_ text: String) -> Timestamp? { parseHTTP(text) ?? parseISO(text) }

  private static func parseHTTP(_ text: String) -> Timestamp? {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = text.split(separator: " ")
    guard parts.count == 6, let day = Int(parts[1]), let year = Int(parts[3]),
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    return time(parts[4], year: year, month: month + 1, day: day)
  }

  private static func parseISO(_ text: String) -> Timestamp? {
    let halves = text.split(separator: "T")
    guard halves.count == 2 else { return nil }
    let date = halves[0].split(separator: "-").compactMap { Int($0) }
    guard date.count == 3 else { return nil }
    return time(halves[1].prefix(8), year: date[0], month: date[1], day: date[2])
  }

  private static func time(_ text: Substring, year: Int, month: Int, day: Int) -> Timestamp? {
    let clock = text.split(separator: ":").compactMap { Int($0) }
    guard clock.count == 3, (1...12).contains(month), (1...31).contains(day),
      (0...9999).contains(year), (0...23).contains(clock[0]), (0...59).contains(clock[1]),
      (0...60).contains(clock[2])
    else { return nil }
    return Timestamp(
      year: year, month: month, day: day, hour: clock[0], minute: clock[1], second: clock[2])
  }
}

/// One part of an object that was uploaded in parts; of any other, the whole is its first part.
enum S3PartRange {
  /// nil for the whole of an empty object. Throws `InvalidPartNumber`, 416, past the last part.
  static func resolve(_ number: Int64, of object: S3Object, _ attributes: PropertyObject) throws
    -> Range<Int64>?
  {
    let sizes = (attributes["PartSizes"]?.listValue ?? []).compactMap(\.integerValue)
    if sizes.isEmpty, attributes["PartsCount"] != nil {
      throw ServiceError.unsupported(
        "part numbers of an object that an earlier Leat put together: it kept no sizes of parts")
    }
    let count = Int64(max(1, sizes.count))
    guard number <= count else {
      throw ServiceError(
        "InvalidPartNumber", "The requested partnumber is not satisfiable", status: 416,
        fields: ["ActualPartCount": .int(count), "PartNumberRequested": .int(number)])
    }
    guard object.size > 0 else { return nil }
    guard !sizes.isEmpty else { return 0..<object.size }
    let start = sizes.prefix(Int(number) - 1).reduce(0, +)
    return start..<start + sizes[Int(number) - 1]
  }
}
