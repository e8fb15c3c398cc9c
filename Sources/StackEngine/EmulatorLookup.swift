import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit
import StackModel
import StackPlanning

/// Asks the emulator whether it holds a resource; keeps the first failure for after the planning.
final class EmulatorLookup {
  private let handlers: [ResourceType: any ResourceHandler]
  private let environment: StackEnvironment
  private let transaction: Transaction
  private(set) var failure: (any Error)?
  /// Resources of a type that are asked after one by one before all are read.
  private static let askedMax = 8
  private var asked: [ResourceType: Int] = [:]
  /// nil inside for types that can't tell all.
  private var known: [ResourceType: Set<String>?] = [:]

  /// Answers of `lookedFor`: to ask a handler for its protocols takes long.
  private var holders: [ResourceType: (any ResourceHandler)?] = [:]

  init(
    handlers: [ResourceType: any ResourceHandler], environment: StackEnvironment,
    _ transaction: Transaction
  ) {
    self.handlers = handlers
    self.environment = environment
    self.transaction = transaction
  }

  func exists(
    _ type: ResourceType, _ physicalID: String, _ properties: PropertyValue, now: Timestamp
  ) -> Bool {
    ask(type, physicalID, properties, now) { try $0.exists($1, in: transaction) } ?? false
  }

  /// True for a resource that is gone. Of a nested stack its own plan tells; custom resources and
  /// waits are not the emulator's, and CDK's metadata are nowhere.
  func lacks(_ resource: ResourceState, now: Timestamp) -> Bool {
    guard failure == nil, let handler = lookedFor(resource.type) else { return false }
    if let known = known[resource.type] {
      if let known { return !known.contains(resource.identity.physicalID) }
    } else {
      asked[resource.type, default: 0] += 1
      if asked[resource.type] == Self.askedMax {
        do {
          known.updateValue(
            try handler.physicalIDs(in: environment.scope, transaction), forKey: resource.type)
        } catch {
          failure = error
          return false
        }
      }
    }
    return !exists(resource.type, resource.identity.physicalID, resource.properties, now: now)
  }

  /// The handler of a type whose resources the emulator holds; nil for all others.
  private func lookedFor(_ type: ResourceType) -> (any ResourceHandler)? {
    if let handler = holders[type] { return handler }
    var holder = handlers[type]
    if !(holder is any ResourceDefinition) || holder is CDKMetadataResource { holder = nil }
    holders.updateValue(holder, forKey: type)
    return holder
  }

  /// The live resource, for an import.
  func found(
    _ type: ResourceType, _ physicalID: String, _ properties: PropertyValue, now: Timestamp,
    owner: () throws -> String?
  ) -> Takeovers.Found? {
    ask(type, physicalID, properties, now) { handler, request in
      guard let live = try handler.liveProperties(request, in: transaction) else { return nil }
      return Takeovers.Found(
        properties: live, writeOnly: handler.writeOnly, owner: try owner())
    } ?? nil
  }

  private func ask<Answer>(
    _ type: ResourceType, _ physicalID: String, _ properties: PropertyValue, _ now: Timestamp,
    _ body: (any ResourceHandler, ResourceRequest) throws -> Answer
  ) -> Answer? {
    guard failure == nil, let handler = handlers.handler(of: type) else { return nil }
    do {
      return try body(
        handler,
        ResourceRequest(
          environment: environment, type: type, logicalID: "", physicalID: physicalID,
          properties: properties, now: now))
    } catch {
      failure = error
      return nil
    }
  }
}
