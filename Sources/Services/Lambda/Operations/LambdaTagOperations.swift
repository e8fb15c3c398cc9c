import AWSModel
import PropertyTree
import ServiceKit

private struct TagRequest: Decodable, Sendable {
  var Resource: String
  var Tags: [String: String]?
  var TagKeys: [String]?
}

/// Tags of functions, mappings and code-signing configurations.
/// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
extension LambdaService {
  private static let tagsMax = 50

  var tagOperations: [Operation] {
    [
      .typed("ListTags") {
        [self] (request: TagRequest, context) -> PropertyValue in
        if let mapping = MappingKey(arn: request.Resource) {
          let tags = [ValuedTag](table: try mappingTags(mapping))
          return ["Tags": .object(tags.stored)]
        }
        if CodeSigningStore.id(request.Resource) != nil {
          let found = try environment.database.read {
            try signing.require(request.Resource, in: context.scope, $0)
          }
          return ["Tags": .object(PropertyObject(found.tags.map { ($0, .string($1)) }))]
        }
        return ["Tags": .object(try require(tagged(request, context)).shownTags)]
      },
      .typed("TagResource") {
        [self] (request: TagRequest, context) -> EmptyOutput in
        try await changeTags(request, context) { tags in
          try Self.checkReserved((request.Tags ?? [:]).keys.sorted())
          for (key, value) in request.Tags ?? [:] { tags[key] = value }
        }
        return EmptyOutput()
      },
      .typed("UntagResource") { [self] (request: TagRequest, context) -> EmptyOutput in
        try await changeTags(request, context) { tags in
          try Self.checkReserved(request.TagKeys ?? [])
          for key in request.TagKeys ?? [] { tags[key] = nil }
        }
        return EmptyOutput()
      },
    ]
  }

  /// Throws for keys that AWS keeps for itself.
  static func checkReserved(_ keys: [String]) throws {
    guard let key = keys.first(where: TagRules.isSystemKey) else { return }
    throw ServiceError(
      "InvalidParameterValueException",
      "The tag key \(key) is not valid: keys that begin with aws: are reserved.",
      fields: ["Type": "User"])
  }

  private func tagged(_ request: TagRequest, _ context: RequestContext) throws
    -> FunctionReference
  {
    guard request.Resource.hasPrefix("arn:") else {
      throw ServiceError.validation("The resource `\(request.Resource.prefix(200))` is not an ARN.")
    }
    return try FunctionReference(request.Resource, scope: context.scope)
  }

  /// Tags are no part of a revision: warm processes stay.
  private func changeTags(
    _ request: TagRequest, _ context: RequestContext,
    _ body: @escaping @Sendable (inout [String: String]) throws -> Void
  ) async throws {
    if let mapping = MappingKey(arn: request.Resource) {
      return try await changeMappingTags(mapping) { tags in
        try body(&tags)
        try Self.checkCount(tags)
      }
    }
    if CodeSigningStore.id(request.Resource) != nil {
      return try await environment.database.write { [signing] transaction in
        var model = try signing.require(request.Resource, in: context.scope, transaction)
        try body(&model.tags)
        try Self.checkCount(model.tags)
        try signing.put(model, in: context.scope, transaction)
      }
    }
    let reference = try tagged(request, context)
    try await environment.database.write { [store] transaction in
      let key = reference.key
      guard var model = try store.find(key.name, in: key.scope, transaction) else {
        throw reference.notFound
      }
      try body(&model.tags)
      try Self.checkCount(model.tags)
      try store.putQuietly(model, in: key.scope, transaction)
    }
  }

  private static func checkCount(_ tags: [String: String]) throws {
    guard tags.filter({ !TagRules.isSystemKey($0.key) }).count <= tagsMax else {
      throw ServiceError.parameter("Number of tags exceeds function tag limit of \(tagsMax).")
    }
  }
}
