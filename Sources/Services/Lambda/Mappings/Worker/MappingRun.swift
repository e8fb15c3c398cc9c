import AWSModel
import Effects
import ServiceKit
import Synchronization

/// A mapping among all accounts and regions.
struct MappingKey: Sendable, Hashable {
  var scope: Scope
  var uuid: String
}

/// One configuration of a mapping at work. A changed mapping is another run, which begins when the
/// batches of the one before have come to their end.
final class MappingRun: Sendable {
  let key: MappingKey
  let model: MappingModel
  let source: any MappingSource
  let filters: [MappingFilter]

  /// Lanes by shard.
  private let opened = Mutex<[String: [MappingLane]]>([:])
  /// The result as the row has it.
  private let lastResult: Mutex<String>

  init(_ key: MappingKey, _ model: MappingModel, source: any MappingSource)
    throws(ServiceError)
  {
    self.key = key
    self.model = model
    self.source = source
    var filters: [MappingFilter] = []
    for pattern in model.settings.filters { filters.append(try MappingFilter(pattern)) }
    self.filters = filters
    lastResult = Mutex(model.lastResult)
  }

  var settings: MappingSettings { model.settings }
  var lanes: [String: [MappingLane]] { opened.withLock { $0 } }

  func open(_ lanes: [MappingLane], of shard: String) {
    opened.withLock { $0[shard] = lanes }
  }

  /// Forgets the lanes of shards that can't be read any more.
  func close(all shards: Set<String>) {
    opened.withLock { opened in for shard in shards { opened[shard] = nil } }
  }

  /// nil where the row says so already.
  func news(_ result: String) -> String? { lastResult.withLock { $0 == result ? nil : result } }
  func told(_ result: String) { lastResult.withLock { $0 = result } }

  func origin(of shard: String, role: String) -> RecordOrigin {
    RecordOrigin(
      shard: shard, sourceARN: model.sourceARN, region: key.scope.region.text, role: role)
  }
}
