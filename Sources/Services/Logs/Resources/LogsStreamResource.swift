import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Logs::LogStream`. The physical id is the stream's name, which is one within its group.
struct LogsStreamResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    /// nil only while a plan does not know it.
    var LogGroupName: String?
    var LogStreamName: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Logs::LogStream", naming: .property("LogStreamName", lengthMax: 512))

  let store: LogsStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if let name = properties.LogStreamName, name.isEmpty || name.contains(where: ":*".contains) {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: PropertyPath().appending("LogStreamName"),
          "`\(name)` is not a log stream name", hint: "1 to 512 characters without `:` and `*`"))
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let rows = LogsRows(transaction)
    let group = try rows.group(step.properties.LogGroupName ?? "", in: step.scope)
    try rows.createStream(step.physicalID, of: group, now: step.now)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (group, stream) = try find(request, transaction) else { return }
    try LogsRows(transaction).delete(stream, of: group)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws
    -> ResourceContents
  {
    guard let (_, stream) = try find(request, transaction) else { return ResourceContents() }
    let count = try LogsRows(transaction).eventCount(of: stream)
    return ResourceContents(
      losses: count == 0 ? [] : ["\(count) log event\(count == 1 ? "" : "s")"])
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try find(request, transaction).map {
      Properties(LogGroupName: $0.group.name, LogStreamName: $0.stream.name)
    }
  }

  private func find(_ request: ResourceRequest, _ transaction: Transaction) throws
    -> (group: LogsGroup, stream: LogsStream)?
  {
    let rows = LogsRows(transaction)
    guard let name = try typed(request)?.LogGroupName,
      let group = try rows.findGroup(name, in: request.scope),
      let stream = try rows.findStream(request.physicalID, of: group)
    else { return nil }
    return (group, stream)
  }
}
