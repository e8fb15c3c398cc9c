import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Logs::LogGroup`.
struct LogsGroupResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var LogGroupName: String?
    var RetentionInDays: Int64?
    var Tags: [ValuedTag]?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Logs::LogGroup", naming: .property("LogGroupName"),
    attributes: ["Arn": "arn:aws:logs:{region}:{account}:log-group:{name}:*"])

  let store: LogsStore

  private static func isName(_ text: String) -> Bool {
    (1...512).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || ".-_/#".utf8.contains(byte)
      }
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if let name = properties.LogGroupName, !Self.isName(name) {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: PropertyPath().appending("LogGroupName"),
          "`\(name)` is not a log group name",
          hint: "1 to 512 of the characters a-z, A-Z, 0-9, `_`, `-`, `/`, `.` and `#`"))
    }
    if let days = properties.RetentionInDays, !LogsLimits.retentionDays.contains(days) {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: PropertyPath().appending("RetentionInDays"),
          "CloudWatch Logs keeps events for certain numbers of days only",
          hint: LogsLimits.retentionDays.sorted().map(String.init).joined(separator: ", ")))
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try LogsRows(transaction)
      .createGroup(step.physicalID, in: step.scope, tags: nil, now: step.now)
    try update(step, in: transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let rows = LogsRows(transaction)
    let group = try rows.group(step.physicalID, in: step.scope)
    try rows.setRetention(step.properties.RetentionInDays, of: group)
    try rows.setTags(step.allTags(step.properties.Tags).stored, of: group)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let rows = LogsRows(transaction)
    guard let group = try rows.findGroup(request.physicalID, in: request.scope) else { return }
    try rows.delete(group)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws
    -> ResourceContents
  {
    let rows = LogsRows(transaction)
    guard let group = try rows.findGroup(request.physicalID, in: request.scope) else {
      return ResourceContents()
    }
    let count = try rows.eventCount(of: group)
    return ResourceContents(
      losses: count == 0 ? [] : ["\(count) log event\(count == 1 ? "" : "s")"])
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try LogsRows(transaction).findGroup(request.physicalID, in: request.scope).map { group in
      Properties(
        LogGroupName: group.name, RetentionInDays: group.retentionDays,
        Tags: [ValuedTag](stored: try LogsTags.read(group.tags)))
    }
  }
}
