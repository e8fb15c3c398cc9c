import AWSModel
import Effects
import Emulator
import PropertyTree
import ServiceKit
import Testing

@testable import StackEngine

/// Records beside the database in a data directory of an earlier version, read at the time that it
/// is from: records age.
@Suite struct KeptRecordsTests {
  private static let files = LiveFileSystem()
  private static let folder =
    #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined() + "/datadirs"

  /// `0.1.0`, …: every version that a directory is kept of.
  static let versions: [String] = {
    do { return try files.list(folder).filter { files.exists("\(folder)/\($0)/kept.json") } } catch
    {
      preconditionFailure("no kept data directories: \(error)")
    }
  }()

  private static func unpack(_ version: String, to directory: String) async throws {
    try files.createDirectory(directory)
    let spawner = LiveProcessSpawner()
    let tar = try #require(spawner.find("tar"))
    let process = try spawner.spawn(
      ProcessCommand(
        executable: tar,
        arguments: ["-xzf", "\(folder)/\(version)/whole.tar.gz", "-C", directory],
        environment: ["PATH": spawner.inherited("PATH") ?? ""], workingDirectory: directory))
    #expect(await process.wait() == 0)
  }

  @Test(arguments: versions) func recordsAreReadBackInOrder(_ version: String) async throws {
    let kept = try JSONReader.read(Self.files.read("\(Self.folder)/\(version)/kept.json"))
    let directory = TestEnvironment.newPath()
    try await Self.unpack(version, to: directory)
    let effects = Effects(
      clock: VirtualClock(
        startingAt: Timestamp(milliseconds: try #require(kept["milliseconds"]?.integerValue))),
      random: SeededRandomSource(seed: 1), files: Self.files, processes: LiveProcessSpawner())
    let local = try await LocalEnvironment.open(directory, command: "test", effects: effects)
    let stream = try #require(kept["outputs"]?["StreamName"])
    var found: [String: [String]] = [:]
    for shard in 0..<2 {
      let iterator = try await local.emulator.call(
        service: "kinesis", operation: "GetShardIterator",
        members: [
          "StreamName": stream, "ShardId": .string("shardId-00000000000\(shard)"),
          "ShardIteratorType": "TRIM_HORIZON",
        ])
      let answer = try await local.emulator.call(
        service: "kinesis", operation: "GetRecords",
        members: ["ShardIterator": try #require(iterator["ShardIterator"])])
      for record in answer["Records"]?.listValue ?? [] {
        let data = try #require(record["Data"]?.stringValue.flatMap { Base64.decode($0) })
        let key = try #require(record["PartitionKey"]?.stringValue)
        found[key, default: []].append(String(decoding: data, as: UTF8.self))
      }
    }
    var expected: [String: [String]] = [:]
    for record in kept["records"]?.listValue ?? [] {
      let texts = (record.listValue ?? []).compactMap(\.stringValue)
      expected[texts[0], default: []].append(texts[1])
    }
    #expect(expected.count == 20)
    #expect(found == expected)
    try await local.close()
    try Self.files.remove(directory)
  }
}
