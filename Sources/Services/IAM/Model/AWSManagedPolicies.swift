import AWSModel
import Archives
import Effects
import PropertyTree

/// AWS's own managed policies, as facts. Nothing of them is kept in memory: an index in the program
/// is searched where it lies, and documents are unpacked when one is asked for.
enum AWSManagedPolicies {
  struct Entry: Sendable, Hashable {
    var name: String
    /// Starts and ends with `/`.
    var path: String
    /// The number of the version that counts, the only one that is known.
    var version: Int
    var createdAt: Timestamp
    var updatedAt: Timestamp
    fileprivate var ordinal: Int

    var arn: String { "arn:aws:iam::aws:policy\(path)\(name)" }

    /// AWS publishes none: derived from the name.
    var uniqueID: String { IAMText.uniqueID("ANPA", SeededRandomSource(seed: "aws/\(name)")) }
  }

  /// The policy of an ARN; nil where AWS has none.
  static func entry(_ arn: String) -> Entry? {
    guard let found = find(Array(IAMPolicyARN.name(of: arn).utf8)), found.arn == arn else {
      return nil
    }
    return found
  }

  /// All of them, names ascending by bytes.
  static func all() -> [Entry] {
    var entries: [Entry] = []
    withIndex { index in
      var start = 0
      while start < index.count {
        let line = line(at: start, index)
        if let entry = entry(of: line) { entries.append(entry) }
        start = line.endIndex + 1
      }
    }
    return entries
  }

  /// The document of a policy's version that counts, as JSON text.
  static func document(of entry: Entry) throws(ServiceError) -> String {
    let (chunk, place) = entry.ordinal.quotientAndRemainder(dividingBy: documentsPerText)
    guard awsPolicyDocumentTexts.indices.contains(chunk),
      let packed = Base64.decode("\(awsPolicyDocumentTexts[chunk])"),
      let bytes = Gzip.decompress(packed, countMax: 4 << 20)
    else { throw .internalFailure("the documents of AWS's policies are damaged") }
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    guard lines.indices.contains(place) else {
      throw .internalFailure("the document of \(entry.name) is missing")
    }
    return String(decoding: lines[place], as: UTF8.self)
  }

  private static let documentsPerText = 64

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  private static func withIndex<Result>(_ body: (Bytes) -> Result) -> Result {
    awsPolicyIndexText.withUTF8Buffer(body)
  }

  /// Binary search over lines of any length: the middle is that of bytes.
  private static func find(_ name: [UInt8]) -> Entry? {
    withIndex { index in
      var low = 0
      var high = index.count
      while low < high {
        var start = (low + high) / 2
        while start > low, index[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        let line = line(at: start, index)
        let found = line.prefix { $0 != UInt8(ascii: " ") }
        if found.elementsEqual(name) { return entry(of: line) }
        if found.lexicographicallyPrecedes(name) {
          low = line.endIndex + 1
        } else {
          high = start
        }
      }
      return nil
    }
  }

  private static func line(at start: Int, _ index: Bytes) -> Slice<Bytes> {
    let end = index[start...].firstIndex(of: UInt8(ascii: "\n")) ?? index.endIndex
    return index[start..<end]
  }

  private static func entry(of line: Slice<Bytes>) -> Entry? {
    let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard parts.count == 6, let version = Int(parts[2]), let created = Int64(parts[3]),
      let updated = Int64(parts[4]), let ordinal = Int(parts[5])
    else { return nil }
    return Entry(
      name: String(parts[0]), path: String(parts[1]), version: version,
      createdAt: Timestamp(milliseconds: created * 1000),
      updatedAt: Timestamp(milliseconds: updated * 1000), ordinal: ordinal)
  }
}
