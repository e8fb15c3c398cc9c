import AWSModel
import PropertyTree
import ServiceKit

/// Tags of log groups, by ARN and by name.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
struct LogsTagOperations: Sendable {
  let store: LogsStore

  var all: [Operation] {
    [
      Operation.typed("TagResource", tag), Operation.typed("UntagResource", untag),
      Operation.typed("ListTagsForResource", list), Operation.typed("TagLogGroup", tagGroup),
      Operation.typed("UntagLogGroup", untagGroup), Operation.typed("ListTagsLogGroup", listGroup),
    ]
  }

  private struct TagInput: Codable, Sendable {
    var resourceArn: String
    var tags: [String: String]
  }
  private struct UntagInput: Codable, Sendable {
    var resourceArn: String
    var tagKeys: [String]
  }
  private struct ListInput: Codable, Sendable { var resourceArn: String }
  private struct TagGroupInput: Codable, Sendable {
    var logGroupName: String
    var tags: [String: String]
  }
  private struct UntagGroupInput: Codable, Sendable {
    var logGroupName: String
    var tags: [String]
  }
  private struct ListGroupInput: Codable, Sendable { var logGroupName: String }
  private struct TagsOutput: Codable, Sendable { var tags: PropertyValue }

  private static func name(_ arn: String, _ context: RequestContext) throws -> String {
    guard let name = LogsPaging.groupName(arn: arn, context.scope) else {
      throw LogsFault.noResource
    }
    return name
  }

  private func change(
    _ name: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout PropertyObject) throws -> Void
  ) async throws -> EmptyOutput {
    try await store.write { rows in
      let group = try rows.group(name, in: context.scope)
      var tags = try LogsTags.read(group.tags)
      try body(&tags)
      try rows.setTags(tags, of: group)
    }
    return EmptyOutput()
  }

  private func add(_ tags: [String: String], _ name: String, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    let added = try LogsTags.check(tags)
    return try await change(name, context) { tags in
      for (key, value) in added { tags[key] = value }
      guard tags.filter({ !TagRules.isSystemKey($0.key) }).count <= LogsTags.max else {
        throw ServiceError(
          "TooManyTagsException", "A resource can have no more than \(LogsTags.max) tags.")
      }
    }
  }

  private func tag(_ input: TagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await add(input.tags, Self.name(input.resourceArn, context), context)
  }

  private func tagGroup(_ input: TagGroupInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await add(input.tags, input.logGroupName, context)
  }

  private func untag(_ input: UntagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try LogsTags.check(removed: input.tagKeys)
    return try await change(Self.name(input.resourceArn, context), context) { tags in
      for key in input.tagKeys { tags[key] = nil }
    }
  }

  private func untagGroup(_ input: UntagGroupInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try LogsTags.check(removed: input.tags)
    return try await change(input.logGroupName, context) { tags in
      for key in input.tags { tags[key] = nil }
    }
  }

  private func tags(_ name: String, _ context: RequestContext) throws -> TagsOutput {
    let stored = try store.read { try $0.group(name, in: context.scope).tags }
    return TagsOutput(tags: .object(try LogsTags.read(stored)))
  }

  private func list(_ input: ListInput, _ context: RequestContext) async throws -> TagsOutput {
    try tags(Self.name(input.resourceArn, context), context)
  }

  private func listGroup(_ input: ListGroupInput, _ context: RequestContext) async throws
    -> TagsOutput
  {
    try tags(input.logGroupName, context)
  }
}

/// Tags as they are stored: one JSON object.
enum LogsTags {
  static let max = 50

  static func check(removed keys: [String]) throws {
    if let key = keys.first(where: TagRules.isSystemKey) {
      throw LogsFault.invalidParameter("The tag `\(key)` is not valid.")
    }
  }

  static func check(_ tags: [String: String]) throws -> PropertyObject {
    switch TagRules().violation(of: [ValuedTag](table: tags)) {
    case .count(let max):
      throw LogsFault.invalidParameter("A resource can have no more than \(max) tags.")
    case .key(let key), .value(let key), .reserved(let key), .duplicate(let key):
      throw LogsFault.invalidParameter("The tag `\(key)` is not valid.")
    case nil: break
    }
    return PropertyObject(tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
  }

  static func stored(_ tags: PropertyObject) -> String? {
    tags.isEmpty ? nil : JSONWriter.compact(.object(tags))
  }

  static func read(_ text: String?) throws -> PropertyObject {
    guard let text else { return [:] }
    return try JSONReader.read(text).objectValue ?? [:]
  }
}
