import AWSModel
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Answers of functions that mean the same are taken the same, however they are written.
@Suite struct AnswerFormTests {

  static let forms: [String] = [
    "plain", "spaced", "with other members", "escaped", "in pieces", "reversed", "around",
  ]

  private static func write(_ form: String, _ id: String, _ result: String, _ data: String)
    -> String
  {
    switch form {
    case "spaced":
      "{ \"result\" : \"\(result)\",\n \"data\": \"\(data)\", \"recordId\": \"\(id)\" }"
    case "with other members":
      #"{"recordId":"\#(id)","result":"\#(result)","data":"\#(data)","metadata":{}}"#
    case "escaped":
      #"{"recordId":"\u00\#(String(Array(id.utf8)[0], radix: 16))\#(id.dropFirst())","result":"\#(result)","data":"\#(data)"}"#
    case "in pieces": #"{"recordId":"\#(id)","result":"\#(result)","data":"\#(data)\n"}"#
    default: #"{"recordId":"\#(id)","result":"\#(result)","data":"\#(data)"}"#
    }
  }

  /// Doubles a record's text; drops those that say so.
  private static func answer(_ event: PropertyValue, _ form: String) -> [UInt8] {
    var results: [String] = []
    for record in event["records"]?.listValue ?? [] {
      let text = String(
        decoding: Base64.decode(record["data"]?.stringValue ?? "") ?? [], as: UTF8.self)
      let id = record["recordId"]?.stringValue ?? ""
      if text == "same" {
        results.append(write(form, id, "Ok", Base64.encode(Array(text.utf8))))
      } else {
        results.append(
          write(
            form, id, text == "drop" ? "Dropped" : "Ok", Base64.encode(Array((text + text).utf8))))
      }
    }
    if form == "reversed" { results.reverse() }
    let tail = form == "around" ? #","more":1"# : ""
    return Array(#"{"records":[\#(results.joined(separator: ","))]\#(tail)}"#.utf8)
  }

  @Test(arguments: forms, ["", #"\n"#]) func theyAreTakenTheSame(
    _ form: String, _ delimiter: String
  ) async throws {
    let fixture = try await FirehoseFixture { event in
      FunctionResult(payload: Self.answer(event, form))
    }
    var processors = [
      FirehoseFixture.processor("Lambda", ["LambdaArn": "fn", "BufferIntervalInSeconds": "0"])
    ]
    if !delimiter.isEmpty {
      processors.append(
        FirehoseFixture.processor("AppendDelimiterToRecord", ["Delimiter": delimiter]))
    }
    try await fixture.create([
      "ProcessingConfiguration": ["Enabled": true, "Processors": .list(processors)]
    ])
    try await fixture.put("a", "drop", "same", "", "xyz")
    await fixture.clock.advance(milliseconds: 60_000)
    let end = delimiter.isEmpty ? "" : "\n"
    let expected = ["aa", "same", "", "xyzxyz"].map { $0 + end }.joined()
    #expect(fixture.surroundings.objects.map(\.text) == [expected])
    let ids = fixture.surroundings.invocations.flatMap { $0["records"]?.listValue ?? [] }
      .compactMap { $0["recordId"]?.stringValue }
    #expect(ids.count == 5 && Set(ids).count == 5 && ids == ids.sorted())
    #expect(ids.allSatisfy { $0.utf8.count == 56 && $0.hasSuffix("000000") })
  }

  /// Results that are read the short way wait in the same bytes as those read the thorough one.
  @Test(arguments: [false, true]) func plainResultsWaitAsOthersDo(_ isFromStream: Bool) throws {
    var piece = RecordPiece()
    for (number, text) in ["skipped", "changed", "same", "", "drop"].enumerated() {
      let origin = BufferedRecord.Origin(
        shardID: "shardId-1", partitionKey: "key", sequenceNumber: "49\(number)")
      if isFromStream {
        piece.append(Array(text.utf8), FirehoseFixture.start, origin, part: number)
      } else {
        Array(text.utf8).withUnsafeBytes {
          piece.append(
            $0, FirehoseFixture.start, index: 1_000_000_009 + UInt64(number),
            created: FirehoseFixture.start)
        }
      }
    }
    let ids = piece.ids(1..<5)
    #expect(
      (0..<4).map { String(decoding: ids[$0], as: UTF8.self) }
        == (1..<5).map { piece.record($0).id })
    let texts = ["twice twice", "same", "x", ""]
    let results = zip(piece.records.dropFirst(), texts).map { record, text in
      Self.write(
        "plain", record.id, record.payload == Array("drop".utf8) ? "Dropped" : "Ok",
        Base64.encode(Array(text.utf8)))
    }
    let answer = Array(#"{"records":[\#(results.joined(separator: ","))]}"#.utf8)
    let found = try #require(
      PlainAnswer.items(answer, piece, 1..<5, ids, delimiter: [0x0A]))
    var expected = FrameItems()
    for (record, text) in zip(piece.records.dropFirst().dropLast(), texts) {
      var item = DeliveryItem(record)
      item.payload = Array((text + "\n").utf8)
      expected.append(item)
    }
    #expect(found.bytes == expected.bytes)
    #expect(found.count == 3 && found.payloadBytes == expected.payloadBytes)
    #expect(found.oldest == FirehoseFixture.start)
    #expect(
      PlainAnswer.items(answer, piece, 0..<4, piece.ids(0..<4), delimiter: []) == nil,
      "ids of other records")
    #expect(PlainAnswer.items(answer, piece, 1..<4, ids, delimiter: []) == nil, "one too many")
  }
}
