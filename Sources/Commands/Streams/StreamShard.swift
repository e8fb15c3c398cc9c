import Diagnostics
import PropertyTree
import StackContracts

/// A shard as ListShards tells it.
struct StreamShard: Sendable, Hashable {
  var id: String
  var parents: [String]
  var isOpen: Bool
  /// Decimal digits.
  var firstHash: String
  var lastHash: String

  /// `12` of `shardId-000000000012`; the whole id where it has another form.
  static func number(_ id: String) -> String {
    guard id.hasPrefix("shardId-"), let number = Int(id.dropFirst(8)) else { return id }
    return String(number)
  }

  /// All shards of a stream, closed ones too, parents before their children.
  static func list(_ stream: StreamName, over connection: any EnvironmentConnection) async throws
    -> [StreamShard]
  {
    var shards: [StreamShard] = []
    var input = PropertyValue.object(stream.members)
    while true {
      let answer = try await connection.call("kinesis", "ListShards", input)
      shards += (answer["Shards"]?.listValue ?? []).map { shard in
        let range = shard["HashKeyRange"]
        return StreamShard(
          id: shard["ShardId"]?.stringValue ?? "",
          parents: [shard["ParentShardId"], shard["AdjacentParentShardId"]]
            .compactMap { $0?.stringValue },
          isOpen: shard["SequenceNumberRange"]?["EndingSequenceNumber"] == nil,
          firstHash: range?["StartingHashKey"]?.stringValue ?? "",
          lastHash: range?["EndingHashKey"]?.stringValue ?? "")
      }
      guard let token = answer["NextToken"] else { return shards }
      input = ["NextToken": token]
    }
  }

  /// - Parameter text: an id, or its number.
  /// - Throws: `StackFailure` that says which there are.
  static func find(_ text: String, among shards: [StreamShard]) throws -> StreamShard {
    if let shard = shards.first(where: { $0.id == text || number($0.id) == text }) {
      return shard
    }
    let numbers = shards.map { number($0.id) }
    throw StackFailure(
      .invalidArgument, "the stream has no shard `\(text)`",
      hint: Suggestion.didYouMean(text, among: shards.map(\.id))
        ?? "it has: \(numbers.prefix(20).joined(separator: ", "))"
        + (numbers.count > 20 ? " and \(numbers.count - 20) more" : ""))
  }
}
