import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::Logs::LogGroup`.
struct LogsGroupResource: ResourceHandler {
  let store: LogsStore

  let schema = ResourceSchema(
    type: "AWS::Logs::LogGroup",
    naming: NamingRule(property: "LogGroupName", lengthMax: 512),
    createOnly: ["LogGroupName"],
    supported: ["LogGroupName", "RetentionInDays", "Tags.*"], attributes: ["Arn"])

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    let arn = ARN("logs", environment.scope, "log-group:\(physicalID):*")
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: ["Arn": .string(arn.description)])
  }

  private static func isName(_ text: String) -> Bool {
    (1...512).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || ".-_/#".utf8.contains(byte)
      }
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    var issues: [PropertyIssue] = []
    let root = PropertyPath()
    if let name = properties["LogGroupName"]?.stringValue, !Self.isName(name) {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: root.appending("LogGroupName"),
          "`\(name)` is not a log group name",
          hint: "1 to 512 of the characters a-z, A-Z, 0-9, `_`, `-`, `/`, `.` and `#`"))
    }
    if let value = properties["RetentionInDays"], !value.containsUnknown,
      !LogsLimits.retentionDays.contains(value.integerValue ?? 0)
    {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: root.appending("RetentionInDays"),
          "CloudWatch Logs keeps events for certain numbers of days only",
          hint: LogsLimits.retentionDays.sorted().map(String.init).joined(separator: ", ")))
    }
    return issues
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let rows = LogsRows(transaction)
    try rows.createGroup(request.physicalID, in: request.scope, tags: nil, now: request.now)
    try apply(request, rows)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try apply(request, LogsRows(transaction))
  }

  private func apply(_ request: ResourceRequest, _ rows: LogsRows) throws {
    let group = try rows.group(request.physicalID, in: request.scope)
    let days = request.properties["RetentionInDays"]
    if let days, !LogsLimits.retentionDays.contains(days.integerValue ?? 0) {
      throw LogsFault.invalidParameter("`RetentionInDays` is not one of the allowed values.")
    }
    try rows.setRetention(days?.integerValue, of: group)
    var tags = PropertyObject()
    for tag in request.properties["Tags"]?.listValue ?? [] {
      guard let key = tag["Key"]?.scalarText, let value = tag["Value"]?.scalarText else {
        throw LogsFault.invalidParameter("A tag needs `Key` and `Value`.")
      }
      tags[key] = .string(value)
    }
    try rows.setTags(tags, of: group)
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
    guard count > 0 else { return ResourceContents() }
    return ResourceContents(losses: ["\(count) log event\(count == 1 ? "" : "s")"])
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try LogsRows(transaction).findGroup(request.physicalID, in: request.scope) != nil
  }
}
