import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import Testing

@Suite struct LogsServiceTests {
  @Test func groupsAndStreams() async throws {
    let logs = try LogsBench()
    try await logs.make("/aws/lambda/f", "a", "b")
    let again = try await logs.failure("CreateLogGroup", ["logGroupName": "/aws/lambda/f"])
    #expect(again.code == "ResourceAlreadyExistsException")
    let stream = try await logs.failure(
      "CreateLogStream", ["logGroupName": "/aws/lambda/f", "logStreamName": "a"])
    #expect(stream.code == "ResourceAlreadyExistsException")
    let groups = try await logs.call("DescribeLogGroups", ["logGroupNamePrefix": "/aws/"])
    let group = try #require(groups["logGroups"]?.listValue?.first)
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f"
    #expect(group["arn"]?.stringValue == "\(arn):*")
    #expect(group["logGroupArn"]?.stringValue == arn)
    #expect(group["retentionInDays"] == nil)
    let streams = try await logs.call("DescribeLogStreams", ["logGroupIdentifier": .string(arn)])
    #expect(
      streams["logStreams"]?.listValue?.compactMap { $0["arn"]?.stringValue } == [
        "\(arn):log-stream:a", "\(arn):log-stream:b",
      ])
    try await logs.call("DeleteLogGroup", ["logGroupName": "/aws/lambda/f"])
    let missing = try await logs.failure("DescribeLogStreams", ["logGroupName": "/aws/lambda/f"])
    #expect(missing.code == "ResourceNotFoundException")
    #expect(missing.message == "The specified log group does not exist.")
    try logs.end()
  }

  private static let faultCases: [(String, PropertyObject, String)] = [
    ("CreateLogGroup", ["logGroupName": "bad name"], "InvalidParameterException"),
    ("CreateLogGroup", ["logGroupName": ""], "InvalidParameterException"),
    ("CreateLogGroup", ["logGroupName": "n", "kmsKeyId": "k"], "UnsupportedOperation"),
    (
      "CreateLogStream", ["logGroupName": "g", "logStreamName": "a:b"], "InvalidParameterException"
    ),
    ("CreateLogStream", ["logGroupName": "no", "logStreamName": "a"], "ResourceNotFoundException"),
    (
      "PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 2], "InvalidParameterException"
    ),
    ("GetLogEvents", ["logGroupName": "g", "logStreamName": "no"], "ResourceNotFoundException"),
    (
      "GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "nextToken": "x"],
      "InvalidParameterException"
    ),
    ("FilterLogEvents", ["logGroupName": "g", "limit": 0], "InvalidParameterException"),
    (
      "FilterLogEvents", ["logGroupName": "g", "filterPattern": "[a, b"],
      "InvalidParameterException"
    ),
    ("FilterLogEvents", ["logGroupName": "g", "filterPattern": "%x"], "InvalidParameterException"),
    (
      "FilterLogEvents", ["logGroupName": "g", "filterPattern": "a.b"], "InvalidParameterException"
    ),
    (
      "FilterLogEvents", ["logGroupName": "g", "filterPattern": "{ $.a = }"],
      "InvalidParameterException"
    ),
    (
      "DescribeLogStreams",
      ["logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "s"],
      "InvalidParameterException"
    ),
    ("ListTagsForResource", ["resourceArn": "arn:aws:s3:::b"], "ResourceNotFoundException"),
  ]

  @Test(arguments: faultCases)
  func faults(_ operation: String, _ members: PropertyObject, _ code: String) async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    #expect(try await logs.failure(operation, .object(members)).code == code)
    try logs.end()
  }

  @Test func eventsAreReadForwardsAndBackwards() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s", "other")
    try await logs.put("g", "other", (0, "noise"))
    for number in 0..<7 { try await logs.put("g", "s", (Int64(number / 2), "m\(number)")) }
    var members: PropertyObject = [
      "logGroupName": "g", "logStreamName": "s", "limit": 3, "startFromHead": true,
    ]
    var forwards: [[String]] = []
    var answer = try await logs.call("GetLogEvents", members)
    while !logs.messages(answer).isEmpty {
      forwards.append(logs.messages(answer))
      members["nextToken"] = answer["nextForwardToken"]
      answer = try await logs.call("GetLogEvents", members)
    }
    #expect(forwards == [["m0", "m1", "m2"], ["m3", "m4", "m5"], ["m6"]])
    // At the end the token stays, and later events come through it.
    #expect(answer["nextForwardToken"] == members["nextToken"])
    try await logs.put("g", "s", (9, "later"))
    #expect(logs.messages(try await logs.call("GetLogEvents", members)) == ["later"])
    // And back from there.
    members["nextToken"] = answer["nextBackwardToken"]
    #expect(
      logs.messages(try await logs.call("GetLogEvents", members)) == ["m4", "m5", "m6"])

    members = ["logGroupName": "g", "logStreamName": "s", "limit": 3]
    var backwards: [[String]] = []
    answer = try await logs.call("GetLogEvents", members)
    while !logs.messages(answer).isEmpty {
      backwards.append(logs.messages(answer))
      members["nextToken"] = answer["nextBackwardToken"]
      answer = try await logs.call("GetLogEvents", members)
    }
    #expect(backwards == [["m5", "m6", "later"], ["m2", "m3", "m4"], ["m0", "m1"]])
    #expect(answer["nextBackwardToken"] == members["nextToken"])
    try logs.end()
  }

  @Test func timesBoundTheEvents() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    try await logs.put("g", "s", (0, "a"), (10, "b"), (20, "c"))
    for (start, end, expected) in [
      (Int64(0), Int64(20), ["a", "b"]), (10, 21, ["b", "c"]), (11, 20, []),
    ] {
      let bounds: PropertyObject = [
        "logGroupName": "g", "startTime": .int(LogsBench.start + start),
        "endTime": .int(LogsBench.start + end),
      ]
      #expect(logs.messages(try await logs.call("FilterLogEvents", bounds)) == expected)
      var stream = bounds
      stream["logStreamName"] = "s"
      #expect(logs.messages(try await logs.call("GetLogEvents", stream)) == expected)
    }
    try logs.end()
  }

  @Test func filteringInterleavesStreamsAndPages() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "x-1", "x-2", "y")
    for number in 0..<30 {
      try await logs.put("g", ["x-1", "x-2", "y"][number % 3], (Int64(number), "n\(number) end"))
    }
    var members: PropertyObject = [
      "logGroupName": "g", "logStreamNamePrefix": "x-", "limit": 7, "filterPattern": "end",
    ]
    var found: [String] = []
    for _ in 0..<10 {
      let answer = try await logs.call("FilterLogEvents", members)
      found += logs.messages(answer)
      guard let token = answer["nextToken"] else { break }
      members["nextToken"] = token
    }
    #expect(found == (0..<30).filter { $0 % 3 != 2 }.map { "n\($0) end" })
    let named = try await logs.call(
      "FilterLogEvents", ["logGroupName": "g", "logStreamNames": ["y"]])
    #expect(logs.messages(named).count == 10)
    try logs.end()
  }

  @Test func badBatchesAreRefusedAndBadEventsRejected() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    let disordered = try await logs.failure(
      "PutLogEvents",
      [
        "logGroupName": "g", "logStreamName": "s",
        "logEvents": [
          ["timestamp": .int(LogsBench.start), "message": "a"],
          ["timestamp": .int(LogsBench.start - 1), "message": "b"],
        ],
      ])
    #expect(disordered.message.contains("chronological order"))
    let old: Int64 = -15 * 86_400_000
    let rejected = try await logs.put("g", "s", (old, "too old"))
    #expect(rejected["rejectedLogEventsInfo"]?["tooOldLogEventEndIndex"]?.integerValue == 1)
    let new = try await logs.put("g", "s", (0, "fine"), (3 * 3_600_000, "too new"))
    #expect(new["rejectedLogEventsInfo"]?["tooNewLogEventStartIndex"]?.integerValue == 1)
    let all = try await logs.call("FilterLogEvents", ["logGroupName": "g"])
    #expect(logs.messages(all) == ["fine"])
    try logs.end()
  }

  @Test func messagesKeepEveryCharacter() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    let odd = "a\u{0}b\n\tä😀\u{7F}"
    try await logs.put("g", "s", (0, odd))
    #expect(logs.messages(try await logs.call("FilterLogEvents", ["logGroupName": "g"])) == [odd])
    try logs.end()
  }

  @Test func retentionHidesAndThenRemoves() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    try await logs.call("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 1])
    try await logs.put("g", "s", (0, "old"))
    try await logs.service.start()
    await logs.clock.advance(milliseconds: 23 * 3_600_000)
    #expect(logs.messages(try await logs.call("FilterLogEvents", ["logGroupName": "g"])) == ["old"])
    await logs.clock.advance(milliseconds: 3 * 3_600_000)
    let hidden = try await logs.call("GetLogEvents", ["logGroupName": "g", "logStreamName": "s"])
    #expect(logs.messages(hidden).isEmpty)
    // Removed for good: without a policy it does not come back, and its bytes count no more.
    try await logs.call("DeleteRetentionPolicy", ["logGroupName": "g"])
    #expect(logs.messages(try await logs.call("FilterLogEvents", ["logGroupName": "g"])).isEmpty)
    let groups = try await logs.call("DescribeLogGroups", [:])
    #expect(groups["logGroups"]?.listValue?.first?["storedBytes"]?.integerValue == 0)
    await logs.service.stop()
    try logs.end()
  }

  @Test func theSinkMakesWhatIsMissing() async throws {
    let logs = try LogsBench()
    let message = LogMessage(timestamp: Timestamp(milliseconds: LogsBench.start), message: "START")
    for _ in 0..<2 {
      try await logs.service.logs.append(
        [message], group: "/aws/lambda/f", stream: "2026/11/21/[$LATEST]1", scope: .standard)
    }
    let events = try await logs.call("FilterLogEvents", ["logGroupName": "/aws/lambda/f"])
    #expect(logs.messages(events) == ["START", "START"])
    let ids = (events["events"]?.listValue ?? []).compactMap { $0["eventId"]?.stringValue }
    #expect(Set(ids).count == 2)
    let others = try await logs.call("DescribeLogGroups", [:], account: "111111111111")
    #expect(others["logGroups"]?.listValue == [])
    try logs.end()
  }

  @Test func streamsInOrderOfTheirLastEvent() async throws {
    let logs = try LogsBench()
    try await logs.make("g", "a", "b", "c")
    try await logs.put("g", "b", (100, "x"))
    try await logs.put("g", "a", (200, "x"))
    try await logs.put("g", "c", (50, "x"))
    var members: PropertyObject = [
      "logGroupName": "g", "orderBy": "LastEventTime", "descending": true, "limit": 1,
    ]
    var names: [String] = []
    for _ in 0..<5 {
      let page = try await logs.call("DescribeLogStreams", members)
      names += (page["logStreams"]?.listValue ?? []).compactMap { $0["logStreamName"]?.stringValue }
      guard let token = page["nextToken"] else { break }
      members["nextToken"] = token
    }
    #expect(names == ["a", "b", "c"])
    try logs.end()
  }

  @Test func tags() async throws {
    let logs = try LogsBench()
    try await logs.call("CreateLogGroup", ["logGroupName": "g", "tags": ["a": "1"]])
    let arn: PropertyValue = "arn:aws:logs:us-east-1:000000000000:log-group:g"
    try await logs.call("TagResource", ["resourceArn": arn, "tags": ["b": "2"]])
    try await logs.call("UntagLogGroup", ["logGroupName": "g", "tags": ["a"]])
    #expect(
      try await logs.call("ListTagsForResource", ["resourceArn": arn]) == ["tags": ["b": "2"]])
    try logs.end()
  }

  @Test func theResourceMakesChangesAndRemovesAGroup() async throws {
    let logs = try LogsBench()
    let handler = try #require(logs.service.resources.first)
    let environment = StackEnvironment(
      scope: .standard, stackName: "stack", stackID: "arn:aws:cloudformation:::stack/stack/1")
    @Sendable func request(_ properties: PropertyValue) -> ResourceRequest {
      ResourceRequest(
        environment: environment, logicalID: "Group", physicalID: "stack-Group-ABC",
        properties: properties, now: Timestamp(milliseconds: LogsBench.start))
    }
    try await logs.database.write { try handler.create(request(["RetentionInDays": 14]), in: $0) }
    try await logs.service.logs.append(
      [LogMessage(timestamp: Timestamp(milliseconds: LogsBench.start), message: "x")],
      group: "stack-Group-ABC", stream: "s", scope: .standard)
    let contents = try await logs.database.write { try handler.contents(request([:]), in: $0) }
    #expect(contents.losses == ["1 log event"] && !contents.blocksDeletion)
    let groups = try await logs.call("DescribeLogGroups", [:])
    #expect(groups["logGroups"]?.listValue?.first?["retentionInDays"]?.integerValue == 14)
    try await logs.database.write { try handler.update(request([:]), in: $0) }
    let updated = try await logs.call("DescribeLogGroups", [:])
    #expect(updated["logGroups"]?.listValue?.first?["retentionInDays"] == nil)
    #expect(handler.check(["RetentionInDays": 2]).count == 1)
    let identity = handler.identity(
      physicalID: "stack-Group-ABC", properties: [:], in: environment)
    #expect(
      identity.attributes["Arn"]?.stringValue
        == "arn:aws:logs:us-east-1:000000000000:log-group:stack-Group-ABC:*")
    try await logs.database.write { try handler.delete(request([:]), in: $0) }
    #expect(try await logs.database.write { try handler.exists(request([:]), in: $0) } == false)
    try logs.end()
  }
}
