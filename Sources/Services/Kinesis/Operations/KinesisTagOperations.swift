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

  struct TagInput: Decodable, Sendable, StreamReference {
    var ResourceARN: String
    var Tags: [String: String]
    var StreamName: String? { nil }
    var StreamARN: String? { ResourceARN }
    private enum CodingKeys: CodingKey { case ResourceARN, Tags }
  }

  private func tag(_ input: TagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input, context) { model, _ in try model.setTags(input.Tags) }
    return EmptyOutput()
  }

  struct UntagInput: Decodable, Sendable, StreamReference {
    var ResourceARN: String
    var TagKeys: [String]
    var StreamName: String? { nil }
    var StreamARN: String? { ResourceARN }
    private enum CodingKeys: CodingKey { case ResourceARN, TagKeys }
  }

  private func untag(_ input: UntagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try StreamTagRules.validate(removing: input.TagKeys)
    try await catalog.change(input, context) { model, _ in
      model.tags.removeAll { input.TagKeys.contains($0.Key) }
    }
    return EmptyOutput()
  }

  struct ResourceInput: Decodable, Sendable, StreamReference {
    var ResourceARN: String
    var StreamName: String? { nil }
    var StreamARN: String? { ResourceARN }
    private enum CodingKeys: CodingKey { case ResourceARN }
  }

  struct ResourceOutput: Encodable, Sendable { var Tags: [Tag] }

  private func listForResource(_ input: ResourceInput, _ context: RequestContext) throws
    -> ResourceOutput
  {
    ResourceOutput(Tags: try catalog.resolve(input, context).model.tags)
  }
}

extension StreamModel {
  /// Adds or replaces tags; they stay sorted by key.
  mutating func setTags(_ new: [String: String]) throws(ServiceError) {
    let added = new.map { Tag(Key: $0.key, Value: $0.value) }
    try StreamTagRules.validate(added)
    let merged = tags.merging(added).sorted { $0.Key < $1.Key }
    try StreamTagRules.validate(merged.own)
    tags = merged
  }
}
