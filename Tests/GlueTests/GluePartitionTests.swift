import AWSModel
import PropertyTree
import Testing

@testable import Glue

@Suite struct GluePartitionTests {
  @Test(arguments: [
    ["2026", "11"], ["a/b", "c"], ["%", "%2F"], ["a%2Fb"], ["/", "/"], ["é", "100%"],
  ])
  func namesOfPartitionsGiveTheirValuesBack(_ values: [String]) {
    #expect(GluePartitionName.values(GluePartitionName.text(values)) == values)
  }

  @Test func pagesAndSegmentsHoldEachPartitionOnce() async throws {
    let bench = try GlueBench()
    try await bench.makeTable([("n", "int"), ("s", "string")])
    let all = (0..<250).map { [String($0), "x/\($0 % 7)"] }
    try await bench.makePartitions(all)
    let listed = try await bench.partitions(["MaxResults": 7])
    #expect(listed.count == 250)
    #expect(Set(listed) == Set(all))
    var parts: [[String]] = []
    for segment in 0..<4 {
      let part = try await bench.partitions([
        "MaxResults": 9, "Segment": ["SegmentNumber": .int(Int64(segment)), "TotalSegments": 4],
      ])
      #expect(part.count > 40)
      parts += part
    }
    #expect(parts.count == 250)
    #expect(Set(parts) == Set(all))
    let filtered = try await bench.partitions([
      "MaxResults": 2, "Expression": "n between 10 and 19",
    ])
    #expect(Set(filtered) == Set(all[10...19]))
    try bench.end()
  }

  @Test func anEntryOfABatchFailsAlone() async throws {
    let bench = try GlueBench()
    try await bench.makeTable([("n", "int")])
    let answer = try await bench.call(
      "BatchCreatePartition",
      [
        "DatabaseName": "d", "TableName": "t",
        "PartitionInputList": [
          ["Values": ["1"]], ["Values": ["1"]], ["Values": ["1", "2"]], ["Values": ["2"]],
        ],
      ])
    let codes = (answer["Errors"]?.listValue ?? []).map {
      $0["ErrorDetail"]?["ErrorCode"]?.stringValue
    }
    #expect(codes == ["AlreadyExistsException", "InvalidInputException"])
    #expect(try await bench.partitions() == [["1"], ["2"]])
    let got = try await bench.call(
      "BatchGetPartition",
      [
        "DatabaseName": "d", "TableName": "t",
        "PartitionsToGet": [["Values": ["2"]], ["Values": ["3"]]],
      ])
    #expect(got["Partitions"]?.listValue?.count == 1)
    #expect(got["UnprocessedKeys"] == [["Values": ["3"]]])
    try bench.end()
  }

  @Test func aDatabaseTakesEverythingInItAlong() async throws {
    let bench = try GlueBench()
    try await bench.makeTable([("n", "int")])
    try await bench.makePartitions([["1"], ["2"]])
    try await bench.call(
      "UpdateTable", ["DatabaseName": "d", "TableInput": ["Name": "t", "Description": "new"]])
    try await bench.call("DeleteDatabase", ["Name": "d"])
    try await bench.makeTable([("n", "int")])
    #expect(try await bench.partitions() == [])
    let versions = try await bench.call(
      "GetTableVersions", ["DatabaseName": "d", "TableName": "t"])
    #expect(versions["TableVersions"]?.listValue?.count == 1)
    try bench.end()
  }

  @Test func regionsHaveCatalogsOfTheirOwn() async throws {
    let bench = try GlueBench()
    try await bench.makeTable([("n", "int")])
    let other = try await bench.call("GetDatabases", [:], region: "eu-west-1")
    #expect(other["DatabaseList"] == .list([]))
    let missing = try await bench.fault("GetTable", ["DatabaseName": "x", "Name": "t"])
    #expect(missing == ServiceError("EntityNotFoundException", "Database x not found."))
    try bench.end()
  }
}
