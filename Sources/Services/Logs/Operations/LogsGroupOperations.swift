import AWSModel
import PropertyTree

/// Log groups and their retention.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
struct LogsGroupOperations: Sendable {
  let store: LogsStore

  var all: [Operation] {
    [
      Operation.typed("CreateLogGroup", create),
      Operation.typed("DeleteLogGroup", delete),
      Operation.typed("DescribeLogGroups", describe),
      Operation.typed("PutRetentionPolicy", putRetention),
      Operation.typed("DeleteRetentionPolicy", deleteRetention),
    ]
  }

  private struct CreateInput: Codable, Sendable {
    var logGroupName: String
    var tags: [String: String]?
    var logGroupClass: String?
    var deletionProtectionEnabled: Bool?
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    if let name = input.logGroupClass, name != "STANDARD" {
      throw ServiceError.unsupported("`logGroupClass` = `\(name)` in CreateLogGroup")
    }
    if input.deletionProtectionEnabled == true {
      throw ServiceError.unsupported("the parameter `deletionProtectionEnabled` of CreateLogGroup")
    }
    let tags = try LogsTags.check(input.tags ?? [:])
    let now = store.now
    try await store.write { rows in
      try rows.createGroup(
        input.logGroupName, in: context.scope, tags: LogsTags.stored(tags), now: now)
    }
    return EmptyOutput()
  }

  private struct NameInput: Codable, Sendable { var logGroupName: String }

  private func delete(_ input: NameInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await store.write { try $0.delete($0.group(input.logGroupName, in: context.scope)) }
    return EmptyOutput()
  }

  private struct RetentionInput: Codable, Sendable {
    var logGroupName: String
    var retentionInDays: Int64
  }

  private func putRetention(_ input: RetentionInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    guard LogsLimits.retentionDays.contains(input.retentionInDays) else {
      throw LogsFault.invalidParameter(
        "1 validation error detected: Value '\(input.retentionInDays)' at 'retentionInDays' "
          + "failed to satisfy constraint: Member must satisfy enum value set: "
          + "\(LogsLimits.retentionDays.sorted())")
    }
    try await store.write {
      try $0.setRetention(
        input.retentionInDays, of: $0.group(input.logGroupName, in: context.scope))
    }
    return EmptyOutput()
  }

  private func deleteRetention(_ input: NameInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await store.write {
      try $0.setRetention(nil, of: $0.group(input.logGroupName, in: context.scope))
    }
    return EmptyOutput()
  }

  private struct DescribeInput: Codable, Sendable {
    var logGroupNamePrefix: String?
    var logGroupNamePattern: String?
    var nextToken: String?
    var limit: Int?
    var logGroupClass: String?
    var includeLinkedAccounts: Bool?
  }

  private struct DescribeOutput: Codable, Sendable {
    struct Group: Codable, Sendable {
      var logGroupName: String
      var creationTime: Int64
      var retentionInDays: Int64?
      var metricFilterCount = 0
      var arn: String
      var storedBytes: Int64
      var logGroupClass = "STANDARD"
      var logGroupArn: String
    }
    var logGroups: [Group]
    var nextToken: String?
  }

  private func describe(_ input: DescribeInput, _ context: RequestContext) async throws
    -> DescribeOutput
  {
    if input.logGroupNamePrefix != nil, input.logGroupNamePattern != nil {
      throw LogsFault.invalidParameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    }
    if input.includeLinkedAccounts == true {
      throw ServiceError.unsupported("the parameter `includeLinkedAccounts` of DescribeLogGroups")
    }
    let limit = input.limit ?? 50
    let prefix = input.logGroupNamePrefix ?? ""
    let pattern = input.logGroupNamePattern ?? ""
    // Every group is of the standard class.
    let isOtherClass = input.logGroupClass.map { $0 != "STANDARD" } ?? false
    var found = try store.read { rows in
      try rows.groups(
        in: context.scope, after: input.nextToken ?? "",
        where: { group in
          !isOtherClass && group.name.utf8.starts(with: prefix.utf8)
            && (pattern.isEmpty || group.name.contains(pattern))
        }, limit: limit + 1)
    }
    let isTruncated = found.count > limit
    if isTruncated { found.removeLast() }
    return DescribeOutput(
      logGroups: found.map {
        .init(
          logGroupName: $0.name, creationTime: $0.created.milliseconds,
          retentionInDays: $0.retentionDays, arn: $0.arn, storedBytes: $0.storedBytes,
          logGroupArn: $0.plainARN)
      }, nextToken: isTruncated ? found.last?.name : nil)
  }
}

enum LogsPaging {
  /// The group's name from a name or an identifier (a name or an ARN).
  static func groupName(_ name: String?, _ identifier: String?, _ scope: Scope) throws -> String {
    switch (name, identifier) {
    case (let name?, nil): return name
    case (nil, let identifier?):
      guard identifier.hasPrefix("arn:") else { return identifier }
      guard let name = groupName(arn: identifier, scope) else { throw LogsFault.noGroup }
      return name
    case (nil, nil):
      throw LogsFault.invalidParameter("Log group name or log group identifier is required.")
    case (_?, _?):
      throw LogsFault.invalidParameter(
        "Only one of logGroupName and logGroupIdentifier may be given.")
    }
  }

  /// nil when the ARN is not that of a group of this account and region.
  static func groupName(arn text: String, _ scope: Scope) -> String? {
    guard let arn = ARN(parsing: text), arn.service == "logs", arn.scope == scope,
      arn.resource.hasPrefix("log-group:")
    else { return nil }
    let name = arn.resource.dropFirst("log-group:".count)
    return String(name.hasSuffix(":*") ? name.dropLast(2) : name)
  }
}
