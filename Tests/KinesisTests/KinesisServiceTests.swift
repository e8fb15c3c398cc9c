import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import Testing

@testable import Kinesis

@Suite struct KinesisServiceTests {
  @Test func recordsComeBackInOrder() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    #expect(try fixture.folders.isEmpty, "an idle stream has no files")
    var numbers: [String] = []
    for key in ["a", "ä", "c"] { numbers.append(try await fixture.put("s", key)) }
    #expect(numbers == numbers.sorted() && Set(numbers).count == 3)
    let iterator = try await fixture.iterator("s")
    let answer = try await fixture.call("GetRecords", ["ShardIterator": .string(iterator)])
    let records = try #require(answer["Records"]?.listValue)
    #expect(records.map { $0["PartitionKey"]?.stringValue } == ["a", "ä", "c"])
    #expect(records.map { $0["SequenceNumber"]?.stringValue } == numbers)
    #expect(records.allSatisfy { $0["Data"] == "ZGF0YQ==" })
    #expect(answer["MillisBehindLatest"] == 0)
    let next = try #require(answer["NextShardIterator"]?.stringValue)
    #expect(try await fixture.keys(next).isEmpty)
    try await fixture.put("s", "d")
    #expect(try await fixture.keys(next) == ["d"])
  }

  @Test func iteratorTypesStartWhereTheySay() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    let begin = fixture.clock.now.epochSeconds
    var numbers: [String] = []
    for key in ["a", "b", "c"] {
      numbers.append(try await fixture.put("s", key))
      await fixture.clock.advance(milliseconds: 10_000)
    }
    let cases: [(String, PropertyObject, [String])] = [
      ("TRIM_HORIZON", [:], ["a", "b", "c"]), ("LATEST", [:], []),
      ("AT_SEQUENCE_NUMBER", ["StartingSequenceNumber": .string(numbers[1])], ["b", "c"]),
      ("AFTER_SEQUENCE_NUMBER", ["StartingSequenceNumber": .string(numbers[1])], ["c"]),
      ("AT_TIMESTAMP", ["Timestamp": .double(begin)], ["a", "b", "c"]),
      ("AT_TIMESTAMP", ["Timestamp": .double(begin + 10)], ["b", "c"]),
      ("AT_TIMESTAMP", ["Timestamp": .double(begin + 10.001)], ["c"]),
      ("AT_TIMESTAMP", ["Timestamp": .double(begin + 29)], []),
    ]
    for (type, more, expected) in cases {
      let iterator = try await fixture.iterator("s", type, more: more)
      #expect(try await fixture.keys(iterator) == expected, "\(type) \(more)")
    }
  }

  @Test func limitsAndLag() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    for number in 0..<5 {
      try await fixture.put("s", "k\(number)")
      await fixture.clock.advance(milliseconds: 1000)
    }
    let iterator = try await fixture.iterator("s")
    let answer = try await fixture.call(
      "GetRecords", ["ShardIterator": .string(iterator), "Limit": 2])
    #expect(answer["Records"]?.listValue?.count == 2)
    #expect(answer["MillisBehindLatest"] == 4000)
  }

  @Test func iteratorsExpireAfterFiveMinutes() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    let iterator = try await fixture.iterator("s")
    await fixture.clock.advance(milliseconds: 300_000)
    #expect(try await fixture.keys(iterator).isEmpty)
    await fixture.clock.advance(milliseconds: 1)
    let error = try await fixture.failure("GetRecords", ["ShardIterator": .string(iterator)])
    #expect(error.code == "ExpiredIteratorException")
  }

  @Test func errorsCarryTheirCodes() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    let cases: [(String, PropertyValue, String)] = [
      ("CreateStream", ["StreamName": "s", "ShardCount": 1], "ResourceInUseException"),
      ("CreateStream", ["StreamName": "a b", "ShardCount": 1], "ValidationException"),
      ("CreateStream", ["StreamName": "t", "ShardCount": 0], "ValidationException"),
      (
        "CreateStream", ["StreamName": "t", "ShardCount": 1, "WarmThroughputMiBps": 1],
        "InvalidArgumentException"
      ),
      ("DescribeStream", ["StreamName": "none"], "ResourceNotFoundException"),
      ("DescribeStream", [:], "InvalidArgumentException"),
      ("DeleteStream", ["StreamName": "none"], "ResourceNotFoundException"),
      (
        "PutRecord", ["StreamName": "none", "Data": "", "PartitionKey": "a"],
        "ResourceNotFoundException"
      ),
      ("PutRecord", ["StreamName": "s", "Data": "", "PartitionKey": ""], "ValidationException"),
      ("PutRecord", ["StreamName": "s", "Data": "?", "PartitionKey": "a"], "ValidationException"),
      (
        "PutRecord",
        [
          "StreamName": "s", "Data": "", "PartitionKey": "a",
          "ExplicitHashKey": "340282366920938463463374607431768211456",
        ],
        "InvalidArgumentException"
      ),
      ("PutRecords", ["StreamName": "s", "Records": []], "ValidationException"),
      ("GetRecords", ["ShardIterator": "nonsense"], "InvalidArgumentException"),
      (
        "GetShardIterator",
        ["StreamName": "s", "ShardId": "shardId-000000000009", "ShardIteratorType": "LATEST"],
        "ResourceNotFoundException"
      ),
      (
        "GetShardIterator",
        ["StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "MIDDLE"],
        "ValidationException"
      ),
      (
        "GetShardIterator",
        [
          "StreamName": "s", "ShardId": "shardId-000000000000",
          "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "12",
        ],
        "InvalidArgumentException"
      ),
      (
        "DecreaseStreamRetentionPeriod", ["StreamName": "s", "RetentionPeriodHours": 48],
        "InvalidArgumentException"
      ),
      (
        "IncreaseStreamRetentionPeriod", ["StreamName": "s", "RetentionPeriodHours": 9000],
        "InvalidArgumentException"
      ),
    ]
    for (operation, input, code) in cases {
      let error = try await fixture.failure(operation, input)
      #expect(error.code == code, "\(operation) \(JSONWriter.compact(input)): \(error.message)")
      #expect((400..<500).contains(error.status))
    }
  }

  /// The fast way answers as the thorough one does, whatever comes.
  @Test func hotPutsBehaveLikeThoroughOnes() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 3])
    let big = String(repeating: "A", count: (1 << 20) / 3 * 4 + 4)
    let one = [
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":"a"}"#,
      #" { "PartitionKey" : "b" , "Data" : "" , "StreamName" : "s" } "#,
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":"é"}"#,
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":"a\"b"}"#,
      #"{"StreamName":"s","Data":"aG\u006b=","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"\/\/8=","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"aGk","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"a=k=","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"aGl=","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"\#(big)","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":"a","Extra":"b"}"#,
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":"a","ExplicitHashKey":"0"}"#,
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":"a","ExplicitHashKey":"00"}"#,
      #"{"StreamName":"s","Data":"aGk=","PartitionKey":7}"#,
      #"{"StreamName":"s","Data":"aGk=","Data":"aGk=","PartitionKey":"a"}"#,
      #"{"StreamName":"nowhere","Data":"aGk=","PartitionKey":"a"}"#,
      #"{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s","Data":"aGk=","PartitionKey":"a"}"#,
      #"{"StreamName":"s","Data":"aGk="}"#, #"{}"#,
    ]
    for json in one { try await compare("PutRecord", json, fixture) }
    let many = [
      #"{"StreamName":"s","Records":[{"Data":"aGk=","PartitionKey":"a"},{"PartitionKey":"b","Data":""}]}"#,
      #"{"Records":[{"Data":"aGk=","PartitionKey":"a"}],"StreamName":"s"}"#,
      #"{"StreamName":"s","Records":[]}"#,
      #"{"StreamName":"s","Records":[{"Data":"aGk=","PartitionKey":"a"},{"Data":"aGk="}]}"#,
      #"{"StreamName":"s","Records":[{"Data":"?","PartitionKey":"a"}]}"#,
      #"{"StreamName":"s","Records":[\#(Array(repeating: #"{"Data":"aGk=","PartitionKey":"k"}"#, count: 501).joined(separator: ","))]}"#,
    ]
    for json in many { try await compare("PutRecords", json, fixture) }
    let broken = try await fixture.hot("PutRecord", #"{"StreamName":"s","Data":"#)
    #expect(throws: ServiceError.self) { try broken.get() }
  }

  private func compare(_ name: String, _ json: String, _ fixture: KinesisBench) async throws {
    let hot = try await fixture.hot(name, json)
    let thorough: Result<PropertyValue, ServiceError>
    do {
      thorough = .success(try await fixture.call(name, JSONReader.read(json)))
    } catch let error as ServiceError { thorough = .failure(error) }
    #expect(
      hot.map(Self.withoutNumbers) == thorough.map(Self.withoutNumbers), "\(json.prefix(200))")
  }

  private static func withoutNumbers(_ value: PropertyValue) -> PropertyValue {
    switch value {
    case .object(let object):
      .object(
        PropertyObject(
          object.map { ($0.key, $0.key == "SequenceNumber" ? "n" : withoutNumbers($0.value)) }))
    case .list(let list): .list(list.map(withoutNumbers))
    default: value
    }
  }

  @Test func putRecordsSpreadsOverShardsAndAnswersInOrder() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 4])
    let records = (0..<200).map { #"{"Data":"aGk=","PartitionKey":"key-\#($0)"}"# }
    let answer = try await fixture.hot(
      "PutRecords", #"{"StreamName":"s","Records":[\#(records.joined(separator: ","))]}"#
    ).get()
    let entries = try #require(answer["Records"]?.listValue)
    #expect(entries.count == 200 && answer["FailedRecordCount"] == 0)
    var found: [String: String] = [:]
    for shard in 0..<4 {
      let id = "shardId-00000000000\(shard)"
      let read = try await fixture.call(
        "GetRecords", ["ShardIterator": .string(try await fixture.iterator("s", shard: shard))])
      for record in read["Records"]?.listValue ?? [] {
        found[record["PartitionKey"]?.stringValue ?? ""] =
          "\(id) \(record["SequenceNumber"]?.stringValue ?? "")"
      }
    }
    for (number, entry) in entries.enumerated() {
      let place =
        "\(entry["ShardId"]?.stringValue ?? "") \(entry["SequenceNumber"]?.stringValue ?? "")"
      #expect(found["key-\(number)"] == place)
    }
  }

  @Test func recordsOutliveARestartAndNotTheirStream() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    try await fixture.put("s", "a")
    let again = try KinesisBench(fixture.world.afterKill())
    #expect(try await again.keys(again.iterator("s")) == ["a"])
    try await again.put("s", "b")
    #expect(try await again.keys(again.iterator("s")) == ["a", "b"])
    try await again.call("DeleteStream", ["StreamName": "s"])
    try await again.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    #expect(try await again.keys(again.iterator("s")).isEmpty)
    await again.environment.recordFlusher.drain()
    #expect(try again.folders.isEmpty)
  }

  @Test func foldersWithoutAStreamAreSwept() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    try await fixture.put("s", "a")
    let owned = try fixture.folders
    try fixture.environment.effects.files.createDirectory("\(fixture.directory)/kinesis/orphan/0")
    try await fixture.service.start()
    #expect(try fixture.folders == owned)
    await fixture.service.stop()
  }

  @Test func retentionHidesAndDropsRecords() async throws {
    let fixture = try KinesisBench()
    try await fixture.service.start()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    try await fixture.put("s", "old")
    await fixture.clock.advance(milliseconds: 12 * 3_600_000)
    try await fixture.put("s", "young")
    await fixture.clock.advance(milliseconds: 12 * 3_600_000)
    #expect(try await fixture.keys(fixture.iterator("s")) == ["old", "young"])
    await fixture.clock.advance(milliseconds: 1)
    #expect(try await fixture.keys(fixture.iterator("s")) == ["young"])
    try await fixture.call(
      "IncreaseStreamRetentionPeriod", ["StreamName": "s", "RetentionPeriodHours": 48])
    #expect(try await fixture.keys(fixture.iterator("s")) == ["old", "young"])
    await fixture.service.stop()
  }

  @Test func splitsAndMergesKeepLineage() async throws {
    let fixture = try KinesisBench()
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    try await fixture.put("s", "before")
    try await fixture.call(
      "SplitShard",
      [
        "StreamName": "s", "ShardToSplit": "shardId-000000000000",
        "NewStartingHashKey": "170141183460469231731687303715884105728",
      ])
    let parent = try await fixture.call(
      "GetRecords", ["ShardIterator": .string(try await fixture.iterator("s"))])
    #expect(parent["Records"]?.listValue?.count == 1)
    #expect(parent["NextShardIterator"] == nil)
    #expect(
      parent["ChildShards"]?.listValue?.map { $0["ShardId"]?.stringValue } == [
        "shardId-000000000001", "shardId-000000000002",
      ])
    let answer = try await fixture.hot(
      "PutRecord", #"{"StreamName":"s","Data":"","PartitionKey":"x","ExplicitHashKey":"0"}"#
    ).get()
    #expect(answer["ShardId"] == "shardId-000000000001")
    try await fixture.call(
      "MergeShards",
      [
        "StreamName": "s", "ShardToMerge": "shardId-000000000001",
        "AdjacentShardToMerge": "shardId-000000000002",
      ])
    let shards = try await fixture.call("ListShards", ["StreamName": "s"])["Shards"]?.listValue
    let merged = try #require(shards?.last)
    #expect(merged["ParentShardId"] == "shardId-000000000001")
    #expect(merged["AdjacentParentShardId"] == "shardId-000000000002")
    #expect(shards?.first?["SequenceNumberRange"]?["EndingSequenceNumber"] != nil)
    #expect(merged["SequenceNumberRange"]?["EndingSequenceNumber"] == nil)
  }

  @Test func listingsPage() async throws {
    let fixture = try KinesisBench()
    for name in ["a", "b", "c"] {
      try await fixture.call("CreateStream", ["StreamName": .string(name), "ShardCount": 3])
    }
    let first = try await fixture.call("ListStreams", ["Limit": 2])
    #expect(first["StreamNames"] == ["a", "b"] && first["HasMoreStreams"] == true)
    let token = try #require(first["NextToken"])
    #expect(try await fixture.call("ListStreams", ["NextToken": token])["StreamNames"] == ["c"])
    let page = try await fixture.call("ListShards", ["StreamName": "a", "MaxResults": 2])
    #expect(page["Shards"]?.listValue?.count == 2)
    let more = try #require(page["NextToken"])
    let rest = try await fixture.call("ListShards", ["NextToken": more])
    #expect(rest["Shards"]?.listValue?.map { $0["ShardId"] } == ["shardId-000000000002"])
    #expect(
      try await fixture.call("ListStreams", [:], account: "111111111111")["StreamNames"] == [])
  }

  @Test func tagsBothWays() async throws {
    let fixture = try KinesisBench()
    try await fixture.call(
      "CreateStream", ["StreamName": "s", "ShardCount": 1, "Tags": ["b": "2"]])
    let arn: PropertyValue = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    try await fixture.call("AddTagsToStream", ["StreamName": "s", "Tags": ["a": "1"]])
    try await fixture.call("TagResource", ["ResourceARN": arn, "Tags": ["c": "3"]])
    try await fixture.call("RemoveTagsFromStream", ["StreamName": "s", "TagKeys": ["b"]])
    let expected: PropertyValue = [["Key": "a", "Value": "1"], ["Key": "c", "Value": "3"]]
    #expect(try await fixture.call("ListTagsForStream", ["StreamName": "s"])["Tags"] == expected)
    try await fixture.call("UntagResource", ["ResourceARN": arn, "TagKeys": ["a"]])
    #expect(
      try await fixture.call("ListTagsForResource", ["ResourceARN": arn])["Tags"] == [
        ["Key": "c", "Value": "3"]
      ])
  }

  @Test func templatesMakeChangeAndRemoveStreams() async throws {
    let fixture = try KinesisBench()
    let handler = try #require(fixture.service.resources.first)
    func request(_ properties: PropertyValue) -> ResourceRequest {
      ResourceRequest(
        environment: StackEnvironment(scope: .standard, stackName: "st", stackID: "id"),
        logicalID: "S", physicalID: "s", properties: properties, now: fixture.clock.now)
    }
    let properties: PropertyValue = [
      "ShardCount": "2", "RetentionPeriodHours": 48, "Tags": [["Key": "k", "Value": "v"]],
    ]
    let made = request(properties)
    #expect(handler.check(properties).isEmpty)
    try await fixture.environment.database.write { try handler.create(made, in: $0) }
    try await fixture.put("s", "a")
    let described = try await fixture.call("DescribeStream", ["StreamName": "s"])
    #expect(described["StreamDescription"]?["Shards"]?.listValue?.count == 2)
    #expect(described["StreamDescription"]?["RetentionPeriodHours"] == 48)
    let losses = try await fixture.environment.database.write {
      try handler.contents(made, in: $0).losses
    }
    #expect(losses == ["1 record"])
    let changed = request(["ShardCount": 3])
    try await fixture.environment.database.write { try handler.update(changed, in: $0) }
    let summary = try await fixture.call("DescribeStreamSummary", ["StreamName": "s"])
    #expect(summary["StreamDescriptionSummary"]?["OpenShardCount"] == 3)
    #expect(summary["StreamDescriptionSummary"]?["RetentionPeriodHours"] == 24)
    try await fixture.environment.database.write { try handler.delete(changed, in: $0) }
    #expect(
      try await fixture.failure("DescribeStream", ["StreamName": "s"]).code
        == "ResourceNotFoundException")
    #expect(!handler.check(["RetentionPeriodHours": 3]).isEmpty)
  }
}
