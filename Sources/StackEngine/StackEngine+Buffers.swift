import AWSModel
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// Records that resources hold back: looking at them, and sending them on.
extension StackEngine {
  public func buffers(ofStack name: String, in scope: Scope) async throws -> [StackBuffer] {
    // A large stack is not read where nothing holds records back.
    guard try bufferers.contains(where: { try $0.hasAny(in: scope) }),
      let state = try await stack(named: name, in: scope)
    else { return [] }
    return try buffers(of: state.resources, in: scope)
  }

  public func flush(_ request: FlushRequest) async throws -> [StackBuffer] {
    guard let state = try await stack(named: request.stackName, in: request.scope) else {
      return []
    }
    let chosen = state.resources.filter { request.logicalIDs?.contains($0.logicalID) ?? true }
    let waiting = try buffers(of: chosen, in: request.scope)
    for resource in chosen {
      for (handler, physicalID) in try holders(of: resource, in: request.scope) {
        do { try await handler.flush(physicalID, in: request.scope) } catch {
          throw StackFailure(storage: error)
            ?? StackFailure(
              .deliveryFailed, (error as? ServiceError)?.message ?? "\(error)",
              hint: "its records wait on; nothing of the stack was changed")
        }
      }
    }
    return waiting
  }

  private func buffers(of resources: [ResourceState], in scope: Scope) throws -> [StackBuffer] {
    var found: [StackBuffer] = []
    for resource in resources {
      for (handler, physicalID) in try holders(of: resource, in: scope) {
        let owner = resources.first {
          $0.type == handler.type && $0.identity.physicalID == physicalID
        }
        // A reader of the same stack is found by itself.
        if let owner, owner.logicalID != resource.logicalID { continue }
        found += try handler.buffers(physicalID, in: scope).map {
          StackBuffer(logicalID: owner?.logicalID, buffer: $0)
        }
      }
    }
    return found
  }

  /// The resource itself where it holds records back, and those that read from it.
  private func holders(of resource: ResourceState, in scope: Scope) throws
    -> [(handler: any BufferingResourceHandler, physicalID: String)]
  {
    if let handler = bufferers.first(where: { $0.type == resource.type }) {
      return [(handler, resource.identity.physicalID)]
    }
    guard let arn = resource.identity.attributes["Arn"]?.stringValue else { return [] }
    return try bufferers.flatMap { handler in
      try handler.readers(of: arn, in: scope).map { (handler, $0) }
    }
  }

  /// The losses that the deletion of a stream is to those that read from it.
  func readerLosses(of resource: ResourceState, in scope: Scope) throws -> [String] {
    var losses: [String] = []
    for (handler, physicalID) in try holders(of: resource, in: scope)
    where handler.type != resource.type {
      let input = try handler.buffers(physicalID, in: scope).first
      guard let input, input.records > 0 else { continue }
      losses.append(
        "\(input.records) record\(input.records == 1 ? "" : "s") that \(physicalID) has not "
          + "delivered")
    }
    return losses
  }
}
