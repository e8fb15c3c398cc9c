import AWSModel
import ServiceKit

/// Resource policies of streams and consumers: kept and shown, not enforced.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
struct PolicyOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("PutResourcePolicy", put), .typed("GetResourcePolicy", get),
      .typed("DeleteResourcePolicy", delete),
    ]
  }

  struct PutInput: Decodable, Sendable {
    var ResourceARN: String
    var Policy: String
  }

  private func put(_ input: PutInput, _ context: RequestContext) async throws -> EmptyOutput {
    try ResourcePolicy.validate(input.Policy)
    let place = ResourcePlace(input.ResourceARN)
    try await catalog.change(place, context) { model, scope in
      try model.setPolicy(input.Policy, of: place, in: scope)
    }
    return EmptyOutput()
  }

  struct ResourceInput: Decodable, Sendable { var ResourceARN: String }

  struct PolicyOutput: Encodable, Sendable { var Policy: String }

  private func get(_ input: ResourceInput, _ context: RequestContext) throws -> PolicyOutput {
    let place = ResourcePlace(input.ResourceARN)
    let stream = try catalog.resolve(place, context)
    return PolicyOutput(Policy: try stream.model.policy(of: place, in: stream.scope) ?? "{}")
  }

  private func delete(_ input: ResourceInput, _ context: RequestContext) async throws -> EmptyOutput
  {
    let place = ResourcePlace(input.ResourceARN)
    try await catalog.change(place, context) { model, scope in
      guard try model.policy(of: place, in: scope) != nil else {
        throw ServiceError(
          "ResourceNotFoundException",
          "No resource policy found for resource ARN \(input.ResourceARN).")
      }
      try model.setPolicy(nil, of: place, in: scope)
    }
    return EmptyOutput()
  }
}

extension StreamModel {
  /// Throws for a consumer that is not registered.
  func policy(of place: ResourcePlace, in scope: Scope) throws(ServiceError) -> String? {
    guard let consumer = try place.consumer(of: self, in: scope) else { return policy }
    return consumer.policy
  }

  mutating func setPolicy(
    _ text: String?, of place: ResourcePlace, in scope: Scope
  ) throws(ServiceError) {
    guard var consumer = try place.consumer(of: self, in: scope) else {
      policy = text
      return
    }
    consumer.policy = text
    replace(consumer)
  }
}
