import AWSModel
import ServiceKit

/// Event-source mappings: what makes them part of the service.
extension LambdaService {
  var mappingOperations: [Operation] {
    MappingOperations(
      environment: environment, store: mappings.store, functions: store, worker: mappings
    ).all
  }

  var mappingResource: EventSourceMappingResource {
    EventSourceMappingResource(
      store: mappings.store, functions: store, capabilities: environment.capabilities)
  }

  /// The way in which batches reach functions.
  static func mappingInvoke(
    _ caller: FunctionCaller, _ other: (any FunctionInvoker)?
  ) -> LaneWork.Invoke {
    { name, payload, requestID, scope in
      if let other { return try await other.invoke(name, payload: payload, scope: scope) }
      let reference = try FunctionReference(name, scope: scope)
      var options = CallOptions()
      options.isUnattended = true
      return try await caller.call(
        try caller.choose(reference), as: reference, payload: payload, requestID: requestID,
        options: options)
    }
  }

  /// Changes the tags of a mapping, in a transaction of its own.
  func changeMappingTags(
    _ mapping: MappingKey,
    _ body: @escaping @Sendable (inout [String: String]) throws -> Void
  ) async throws {
    try await environment.database.write { [mappings] transaction in
      var model = try mappings.store.require(mapping.uuid, in: mapping.scope, transaction)
      try body(&model.tags)
      try mappings.store.putQuietly(model, in: mapping.scope, transaction)
    }
  }

  func mappingTags(_ mapping: MappingKey) throws -> [String: String] {
    try environment.database.read {
      try mappings.store.require(mapping.uuid, in: mapping.scope, $0).tags
    }
  }
}
