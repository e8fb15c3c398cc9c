import Effects
import PropertyTree
import ServiceKit

/// Records on their way to a function, already written as its event says them, so that their bytes
/// are encoded once and any part of the batch is a copy of a range.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
struct EventBatch: Sendable {
  struct Record: Sendable {
    /// Its text within `bytes`.
    var text: Range<Int>
    /// Its sequence number within `bytes`.
    var sequence: Range<Int>
    /// Its place in the shard.
    var position: UInt64
    var arrival: Timestamp
  }

  private static let opening = Array(#"{"Records":["#.utf8)
  static let closing = Array("]}".utf8)

  private var bytes = EventBatch.opening
  private(set) var records: [Record] = []
  private let form: RecordForm
  /// The room that is made with the first record, in records like it.
  private let countMax: Int
  /// The most bytes that are made room for ahead.
  private static let aheadMax = 512 << 10
  /// Digits of the record at hand, and those of the second that records arrive in.
  private var number: [UInt8] = []
  private var second = (of: Int64.min, digits: [UInt8]())

  init(form: RecordForm, countMax: Int) {
    self.form = form
    self.countMax = countMax
  }

  var count: Int { records.count }
  var isEmpty: Bool { records.isEmpty }
  /// Bytes of the event so far.
  var byteCount: Int { bytes.count + Self.closing.count }

  mutating func append(_ record: SourceRecordView) {
    number.removeAll(keepingCapacity: true)
    record.writeSequenceNumber(into: &number)
    if records.isEmpty { makeRoom(for: record) } else { bytes.append(UInt8(ascii: ",")) }
    let start = bytes.count
    bytes += form.beforeKey
    Self.write(record.partitionKey, into: &bytes)
    bytes += form.beforeSequence
    let sequence = bytes.count..<(bytes.count + number.count)
    bytes += number
    bytes += form.beforeData
    Base64.encode(record.data, into: &bytes)
    bytes += form.beforeArrival
    write(record.arrival)
    bytes += form.beforeID
    bytes += number
    bytes += form.afterID
    records.append(
      Record(
        text: start..<bytes.count, sequence: sequence, position: record.position,
        arrival: record.arrival))
  }

  /// Makes room for as many records as there may be, so that they are not moved as they grow.
  private mutating func makeRoom(for first: SourceRecordView) {
    let size =
      form.byteCount + 2 * number.count + first.partitionKey.count + first.data.count / 3 * 4 + 32
    bytes.reserveCapacity(min(Self.aheadMax, bytes.count + size * countMax * 17 / 16))
    records.reserveCapacity(min(countMax, Self.aheadMax / size + 1))
  }

  /// Takes the last record out again.
  mutating func removeLast() {
    guard let last = records.popLast() else { return }
    bytes.removeLast(bytes.count - last.text.lowerBound)
    if !records.isEmpty { bytes.removeLast() }
  }

  /// The event of some of the records.
  ///
  /// - Parameter closing: the text behind the last record.
  func event(_ range: Range<Int>, closing: [UInt8] = EventBatch.closing) -> [UInt8] {
    var event: [UInt8] = []
    guard let first = records[range].first, let last = records[range].last else {
      return Self.opening + closing
    }
    let text = first.text.lowerBound..<last.text.upperBound
    event.reserveCapacity(Self.opening.count + text.count + closing.count)
    event += Self.opening
    event += bytes[text]
    event += closing
    return event
  }

  func sequenceNumber(_ index: Int) -> String {
    String(decoding: bytes[records[index].sequence], as: UTF8.self)
  }

  /// The place among the records of the one with this number.
  func index(ofSequence number: String) -> Int? {
    records.firstIndex { bytes[$0.sequence].elementsEqual(number.utf8) }
  }

  // MARK: Writing

  /// A key as a JSON string.
  private static func write(_ key: UnsafeRawBufferPointer, into out: inout [UInt8]) {
    let isPlain = key.allSatisfy {
      $0 >= 0x20 && $0 < 0x80 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    guard isPlain else {
      return JSONWriter.writeString(String(decoding: key, as: UTF8.self), into: &out)
    }
    out.append(UInt8(ascii: "\""))
    out += key
    out.append(UInt8(ascii: "\""))
  }

  /// Seconds since 1970 with three decimals.
  private mutating func write(_ moment: Timestamp) {
    let (whole, rest) = moment.milliseconds.quotientAndRemainder(dividingBy: 1000)
    // Records that follow one another mostly arrived within one second.
    if second.of != whole { second = (whole, Array(String(whole).utf8)) }
    bytes += second.digits
    bytes.append(UInt8(ascii: "."))
    for digit in [rest / 100, rest / 10 % 10, rest % 10] {
      bytes.append(UInt8(ascii: "0") + UInt8(digit))
    }
  }
}

/// The text of a record's event around what differs from record to record.
struct RecordForm: Sendable, Hashable {
  let beforeKey = Array(#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"#.utf8)
  let beforeSequence = Array(#","sequenceNumber":""#.utf8)
  let beforeData = Array(#"","data":""#.utf8)
  let beforeArrival = Array(#"","approximateArrivalTimestamp":"#.utf8)
  let beforeID: [UInt8]
  let afterID: [UInt8]

  var byteCount: Int {
    beforeKey.count + beforeSequence.count + beforeData.count + beforeArrival.count
      + beforeID.count + afterID.count
  }

  init(_ origin: RecordOrigin) {
    beforeID = Array(
      #"},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"\#(origin.shard):"#.utf8)
    var rest = Array(#"","eventName":"aws:kinesis:record","invokeIdentityArn":"#.utf8)
    JSONWriter.writeString(origin.role, into: &rest)
    rest += Array(#","awsRegion":"\#(origin.region)","eventSourceARN":"#.utf8)
    JSONWriter.writeString(origin.sourceARN, into: &rest)
    rest.append(UInt8(ascii: "}"))
    afterID = rest
  }
}
