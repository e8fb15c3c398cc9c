import AWSModel
import Glue
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

typealias GlueBench = ServiceBench<GlueService>

extension ServiceBench<GlueService> {
  convenience init() throws {
    try self.init { GlueService(environment: $0) }
  }

  @discardableResult
  func call(_ name: String, _ members: PropertyObject, region: String = "us-east-1") async throws
    -> PropertyValue
  {
    let context = RequestContext(scope: Scope(region: Region(region)))
    return try await invoke(name, .object(members), context: context).members
  }

  /// The error that the call must end in.
  func fault(_ name: String, _ members: PropertyObject) async throws -> ServiceError {
    try await failure(name, .object(members))
  }

  /// Makes the table `t` in the database `d`, partitioned by these keys: (name, type).
  func makeTable(_ keys: [(String, String)]) async throws {
    try await call("CreateDatabase", ["DatabaseInput": ["Name": "d"]])
    let columns = keys.map { PropertyValue.object(["Name": .string($0.0), "Type": .string($0.1)]) }
    try await call(
      "CreateTable",
      ["DatabaseName": "d", "TableInput": ["Name": "t", "PartitionKeys": .list(columns)]])
  }

  func makePartitions(_ partitions: [[String]]) async throws {
    for start in stride(from: 0, to: partitions.count, by: 100) {
      let inputs = partitions[start..<min(start + 100, partitions.count)].map {
        PropertyValue.object(["Values": .list($0.map(PropertyValue.string))])
      }
      let answer = try await call(
        "BatchCreatePartition",
        ["DatabaseName": "d", "TableName": "t", "PartitionInputList": .list(inputs)])
      #expect(answer["Errors"] == .list([]))
    }
  }

  /// The values of the partitions that a request finds, of all pages.
  func partitions(_ more: PropertyObject = [:]) async throws -> [[String]] {
    var request: PropertyObject = ["DatabaseName": "d", "TableName": "t"]
    for (key, value) in more { request[key] = value }
    var found: [[String]] = []
    repeat {
      let answer = try await call("GetPartitions", request)
      for partition in answer["Partitions"]?.listValue ?? [] {
        found.append((partition["Values"]?.listValue ?? []).compactMap(\.stringValue))
      }
      request["NextToken"] = answer["NextToken"]
    } while request["NextToken"] != nil
    return found
  }
}
