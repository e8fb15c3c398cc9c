import AWSModel
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::Kinesis::Stream`.
struct StreamResource: ResourceHandler {
  let catalog: StreamCatalog

  let schema = ResourceSchema(
    type: "AWS::Kinesis::Stream", naming: NamingRule(property: "Name", lengthMax: 128),
    createOnly: ["Name"],
    supported: [
      "Name", "ShardCount", "RetentionPeriodHours", "StreamModeDetails",
      "StreamModeDetails.StreamMode", "Tags", "Tags.Key", "Tags.Value",
    ],
    attributes: ["Arn"])

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: [
        "Arn": .string(ARN("kinesis", environment.scope, "stream/\(physicalID)").description)
      ])
  }

  private func specification(_ name: String, _ properties: PropertyValue) -> StreamSpecification {
    let mode = properties["StreamModeDetails"]?["StreamMode"]?.scalarText
    let count = properties["ShardCount"]?.integerValue.map { Int($0) }
    let tags = (properties["Tags"]?.listValue ?? []).compactMap { tag -> Tag? in
      guard let key = tag["Key"]?.scalarText else { return nil }
      return Tag(Key: key, Value: tag["Value"]?.scalarText)
    }
    return StreamSpecification(
      name: name, shardCount: count ?? (mode == StreamMode.onDemand.rawValue ? nil : 1), mode: mode,
      retentionHours: properties["RetentionPeriodHours"]?.integerValue.map { Int($0) },
      tags: tags.sorted { $0.Key < $1.Key })
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    if properties.containsUnknown { return [] }
    do throws(ServiceError) {
      let name = properties["Name"]?.scalarText ?? "generated"
      try specification(name, properties).validate()
      return []
    } catch {
      return [PropertyIssue(.invalidPropertyValue, at: PropertyPath(), error.message)]
    }
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let specification = specification(request.physicalID, request.properties)
    try specification.validate()
    try specification.create(in: catalog, request.scope, at: request.now, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    let specification = specification(request.physicalID, request.properties)
    try specification.validate()
    guard var model = try catalog.get(request.physicalID, in: request.scope, transaction) else {
      throw KinesisError.streamNotFound(request.physicalID, request.scope)
    }
    model.mode = try StreamSpecification.mode(specification.mode)
    model.retentionHours = specification.retentionHours ?? StreamModel.retentionHoursDefault
    model.tags = specification.tags
    if model.mode == .provisioned, let count = specification.shardCount {
      model.scale(to: count, request.now)
    }
    try catalog.put(model, in: request.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try catalog.delete(request.physicalID, in: request.scope, transaction)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  {
    guard let stream = try catalog.find(request.physicalID, in: request.scope) else {
      return ResourceContents()
    }
    let count = try stream.recordCount()
    return ResourceContents(losses: count == 0 ? [] : ["\(count) record\(count == 1 ? "" : "s")"])
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try catalog.get(request.physicalID, in: request.scope, transaction) != nil
  }
}
