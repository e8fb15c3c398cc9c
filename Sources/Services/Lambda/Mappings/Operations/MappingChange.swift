import AWSModel
import Effects
import ServiceKit

/// The part that requests and templates have in common.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
struct MappingChange: Sendable {
  let store: MappingStore
  let functions: FunctionStore
  let capabilities: Capabilities

  /// The whole ARN of a function that is named in any way, with the qualifier where there is one.
  func functionARN(_ name: String, _ scope: Scope) throws -> String {
    try FunctionReference(name, scope: scope).arn
  }

  /// Throws for settings, sources and functions that make no mapping.
  func check(_ model: MappingModel, in scope: Scope, _ transaction: Transaction) throws {
    try MappingRules(capabilities: capabilities).check(model.settings)
    let reference = try FunctionReference(model.functionARN, scope: scope)
    do { _ = try functions.resolve(reference, transaction) } catch let error as ServiceError
      where error.code == "ResourceNotFoundException"
    {
      throw MappingError.invalid("Function does not exist")
    }
    do {
      _ = try capabilities.require(.streams).stream(of: model.sourceARN, in: transaction)
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {
      throw MappingError.invalid("Stream not found: \(model.sourceARN)")
    } catch let error as ServiceError where error.code == "InvalidArgumentException" {
      throw MappingError.invalid("Unrecognized event source.")
    }
    try store.checkUnique(model, in: scope, transaction)
  }

  /// The end of each shard of a stream, for mappings that begin with what comes. None where the
  /// stream is not there: the check says so.
  func ends(of arn: String) throws -> [LanePosition] {
    let source = StreamMappingSource(arn: arn, streams: try capabilities.require(.streams))
    let shards: [SourceShard]
    do throws(ServiceError) { shards = try source.shards() } catch {
      guard error.code == "ResourceNotFoundException" else { throw error }
      return []
    }
    return try shards.map { shard in
      LanePosition(
        shard: shard.id, stream: shard.streamID, generation: 0, lanes: 1, lane: 0,
        position: try source.end(of: shard.id))
    }
  }
}
