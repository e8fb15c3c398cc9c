import AWSModel

/// Tags. Of what a catalog holds, AWS lets databases alone be tagged.
/// https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html
struct GlueTagOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [.typed("TagResource", tag), .typed("UntagResource", untag), .typed("GetTags", list)]
  }

  /// Throws `InvalidInputException` for what has no tags, `EntityNotFoundException` for what isn't.
  private static func database(_ text: String, _ session: GlueSession) throws
    -> GlueRow<GlueDatabase>
  {
    guard let arn = ARN(parsing: text), arn.service == "glue" else {
      throw GlueFault.invalid("Invalid ResourceArn: \(text)")
    }
    guard arn.resource.hasPrefix("database/") else {
      if ["table/", "userDefinedFunction/"].contains(where: { arn.resource.hasPrefix($0) })
        || arn.resource == "catalog"
      {
        throw GlueFault.invalid("Tagging is not supported for the resource \(text)")
      }
      throw GlueFault.notFound("Resource \(text) not found.")
    }
    guard arn.scope == session.scope else {
      throw GlueFault.notFound("Resource \(text) not found.")
    }
    return try session.database(String(arn.resource.dropFirst("database/".count)))
  }

  private struct TagInput: Decodable, Sendable {
    var ResourceArn: String
    var TagsToAdd: [String: String]
  }

  private func tag(_ input: TagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(nil, context) { session in
      let id = try Self.database(input.ResourceArn, session).id
      let tags = try session.tags(of: id).merging(input.TagsToAdd) { _, new in new }
      try session.put(tags: tags, of: id)
    }
  }

  private struct UntagInput: Decodable, Sendable {
    var ResourceArn: String
    var TagsToRemove: [String]
  }

  private func untag(_ input: UntagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(nil, context) { session in
      let id = try Self.database(input.ResourceArn, session).id
      let tags = try session.tags(of: id).filter { !input.TagsToRemove.contains($0.key) }
      try session.put(tags: tags, of: id)
    }
  }

  private struct ListInput: Decodable, Sendable { var ResourceArn: String }

  private struct ListOutput: Encodable, Sendable { var Tags: [String: String] }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    try catalog.read(nil, context) { session in
      ListOutput(Tags: try session.tags(of: Self.database(input.ResourceArn, session).id))
    }
  }
}
