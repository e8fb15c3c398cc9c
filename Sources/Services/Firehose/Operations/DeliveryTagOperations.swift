import AWSModel
import ServiceKit

/// Tags of delivery streams.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html
struct DeliveryTagOperations: Sendable {
  let catalog: DeliveryCatalog

  var all: [Operation] {
    [
      .typed("TagDeliveryStream", tag), .typed("UntagDeliveryStream", untag),
      .typed("ListTagsForDeliveryStream", list),
    ]
  }

  struct TagInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var Tags: [Tag]
  }

  private func tag(_ input: TagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.DeliveryStreamName, in: context.scope) { model, _ in
      let merged = model.tags.merging(input.Tags)
      guard merged.count <= DeliverySpecification.tagCountMax else {
        throw ServiceError("LimitExceededException", "A delivery stream can have at most 50 tags.")
      }
      model.tags = merged.sorted { $0.Key < $1.Key }
    }
    return EmptyOutput()
  }

  struct UntagInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var TagKeys: [String]
  }

  private func untag(_ input: UntagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.DeliveryStreamName, in: context.scope) { model, _ in
      model.tags.removeAll { input.TagKeys.contains($0.Key) }
    }
    return EmptyOutput()
  }

  struct ListInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var ExclusiveStartTagKey: String?
    var Limit: Int?
  }

  struct ListOutput: Encodable, Sendable {
    var Tags: [Tag]
    var HasMoreTags: Bool
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let start = input.ExclusiveStartTagKey ?? ""
    let rest = try catalog.require(input.DeliveryStreamName, in: context.scope).model.tags
      .filter { $0.Key > start }
    let page = rest.prefix(input.Limit ?? 50)
    return ListOutput(Tags: Array(page), HasMoreTags: page.count < rest.count)
  }
}
