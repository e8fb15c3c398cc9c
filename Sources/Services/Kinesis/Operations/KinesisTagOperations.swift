import AWSModel
import ServiceKit

/// Tags of streams, by the older operations and by the newer ones.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html
struct TagOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("AddTagsToStream", add), .typed("RemoveTagsFromStream", remove),
      .typed("ListTagsForStream", list), .typed("TagResource", tag),
      .typed("UntagResource", untag), .typed("ListTagsForResource", listForResource),
    ]
  }

  struct AddInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var Tags: [String: String]
  }

  private func add(_ input: AddInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input, context) { model, _ in try model.setTags(input.Tags) }
    return EmptyOutput()
  }

  struct RemoveInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var TagKeys: [String]
  }

  private func remove(_ input: RemoveInput, _ context: RequestContext) async throws -> EmptyOutput {
    try StreamTagRules.validate(removing: input.TagKeys)
    try await catalog.change(input, context) { model, _ in
      model.tags.removeAll { input.TagKeys.contains($0.Key) }
    }
    return EmptyOutput()
  }

  struct ListInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var ExclusiveStartTagKey: String?
    var Limit: Int?
  }

  struct ListOutput: Encodable, Sendable {
    var Tags: [Tag]
    var HasMoreTags: Bool
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let start = input.ExclusiveStartTagKey ?? ""
    let rest = try catalog.resolve(input, context).model.tags.filter { $0.Key > start }
    let page = rest.prefix(input.Limit ?? 50)
    return ListOutput(Tags: Array(page), HasMoreTags: page.count < rest.count)
  }

  // MARK: By ARN: streams and their consumers

  struct TagInput: Decodable, Sendable {
    var ResourceARN: String
    var Tags: [String: String]
  }

  private func tag(_ input: TagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await change(input.ResourceARN, context) { tags throws(ServiceError) in
      tags = try StreamModel.tags(tags, adding: input.Tags)
    }
  }

  struct UntagInput: Decodable, Sendable {
    var ResourceARN: String
    var TagKeys: [String]
  }

  private func untag(_ input: UntagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try StreamTagRules.validate(removing: input.TagKeys)
    return try await change(input.ResourceARN, context) { tags in
      tags.removeAll { input.TagKeys.contains($0.Key) }
    }
  }

  private func change(
    _ arn: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout [Tag]) throws(ServiceError) -> Void
  ) async throws -> EmptyOutput {
    let place = ResourcePlace(arn)
    try await catalog.change(place, context) { model, scope -> Void in
      guard var found = try place.consumer(of: model, in: scope) else {
        return try body(&model.tags)
      }
      try body(&found.tags)
      model.replace(found)
    }
    return EmptyOutput()
  }

  struct ResourceInput: Decodable, Sendable { var ResourceARN: String }

  struct ResourceOutput: Encodable, Sendable { var Tags: [Tag] }

  private func listForResource(_ input: ResourceInput, _ context: RequestContext) throws
    -> ResourceOutput
  {
    let place = ResourcePlace(input.ResourceARN)
    let stream = try catalog.resolve(place, context)
    let consumer = try place.consumer(of: stream.model, in: stream.scope)
    return ResourceOutput(Tags: consumer?.tags ?? stream.model.tags)
  }
}

extension StreamModel {
  /// Adds or replaces tags; they stay sorted by key.
  mutating func setTags(_ new: [String: String]) throws(ServiceError) {
    tags = try Self.tags(tags, adding: new)
  }

  static func tags(_ tags: [Tag], adding new: [String: String]) throws(ServiceError) -> [Tag] {
    let added = new.map { Tag(Key: $0.key, Value: $0.value) }
    try StreamTagRules.validate(added)
    let merged = tags.merging(added).sorted { $0.Key < $1.Key }
    try StreamTagRules.validate(merged.own)
    return merged
  }
}
