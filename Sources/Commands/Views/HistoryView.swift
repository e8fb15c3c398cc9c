import PropertyTree
import StackModel

/// A stack's deployments, as people read them.
struct HistoryView {
  var terminal: Terminal

  /// The newest first.
  func lines(_ records: [DeploymentRecord]) -> [String] {
    if records.isEmpty { return ["No deployments are known."] }
    let rows = records.reversed().map { record in
      [
        String(record.number), record.startedAt.iso8601, Self.status(record), Self.summary(record),
        record.origin?.user ?? "", record.origin?.commit.map { String($0.prefix(10)) } ?? "",
        record.origin?.command ?? "",
      ]
    }
    let head = ["no.", "began", "status", "changes", "by", "commit", "with"]
    let lines = Columns.aligned([head] + rows).map(Self.trimmed)
    return [terminal.styled(lines[0], .faint)] + lines.dropFirst()
  }

  /// One of them, with what it was asked to do.
  func lines(_ record: DeploymentRecord) -> [String] {
    let mask = SecretMask(record.parameters)
    var lines = ["\(terminal.styled("Deployment \(record.number)", .bold)): \(Self.status(record))"]
    if let reason = record.statusReason { lines.append(Self.trimmed("  \(mask.hide(reason))")) }
    var facts = [["began", record.startedAt.iso8601]]
    if let end = record.endedAt { facts.append(["ended", end.iso8601]) }
    facts.append(["stack", record.stackID])
    if let origin = record.origin {
      if let user = origin.user { facts.append(["by", user]) }
      if let commit = origin.commit { facts.append(["commit", commit]) }
      facts.append(["with", origin.command])
    }
    for parameter in record.parameters {
      facts.append(["parameter \(parameter.name)", mask.hide(parameter.shownValue)])
    }
    for (key, value) in record.tags.sorted(by: { $0.key < $1.key }) {
      facts.append(["tag \(key)", value])
    }
    lines += Columns.aligned(facts).map { "  \($0)" }
    let changes = record.changes.map { change in
      [
        "\(change.action.sign) \(change.logicalID.text)", change.type.text,
        change.physicalID.map(mask.hide) ?? "", change.properties.joined(separator: ", "),
      ]
    }
    if !changes.isEmpty { lines.append("") }
    return lines + Columns.aligned(changes).map { Self.trimmed("  \($0)") }
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  static func status(_ record: DeploymentRecord) -> String {
    record.status?.rawValue ?? "under way"
  }

  /// `+2 ~1 -1`
  static func summary(_ record: DeploymentRecord) -> String {
    let order: [ChangeAction] = [
      .create, .update, .replace, .move, .import, .adopt, .delete, .retain,
    ]
    let counts = order.compactMap { action -> String? in
      let count = record.changes.count { $0.action == action }
      return count == 0 ? nil : "\(action.sign)\(count)"
    }
    return counts.isEmpty ? "none" : counts.joined(separator: " ")
  }

  /// Without the template's text, which `leat history STACK N --template` prints.
  static func document(_ record: DeploymentRecord) -> PropertyValue {
    let mask = SecretMask(record.parameters)
    var members: PropertyObject = [
      "number": .int(Int64(record.number)), "stackId": .string(record.stackID),
      "kind": .string(record.kind.rawValue), "startedAt": .string(record.startedAt.iso8601),
    ]
    members["endedAt"] = record.endedAt.map { .string($0.iso8601) }
    members["status"] = record.status.map { .string($0.rawValue) }
    members["statusReason"] = record.statusReason.map { .string(mask.hide($0)) }
    members["user"] = record.origin?.user.map { .string($0) }
    members["commit"] = record.origin?.commit.map { .string($0) }
    members["command"] = record.origin.map { .string($0.command) }
    members["parameters"] = .object(
      PropertyObject(record.parameters.map { ($0.name, .string(mask.hide($0.shownValue))) }))
    members["tags"] = .object(
      PropertyObject(
        record.tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    members["changes"] = .list(
      record.changes.map { change in
        var members: PropertyObject = [
          "logicalId": .string(change.logicalID.text), "type": .string(change.type.text),
          "action": .string(change.action.rawValue),
        ]
        members["previousLogicalId"] = change.previousLogicalID.map { .string($0.text) }
        members["physicalId"] = change.physicalID.map { .string(mask.hide($0)) }
        members["properties"] = .list(change.properties.map { .string($0) })
        return .object(members)
      })
    return .object(members)
  }
}
