import PropertyTree
import StackModel

/// The difference between what two deployments were asked to make: template, parameters, tags.
struct RequestDifference {
  private let old: DeploymentRecord
  private let new: DeploymentRecord
  private let values: [(kind: String, name: String, before: String?, after: String?)]

  init(_ old: DeploymentRecord, _ new: DeploymentRecord) {
    self.old = old
    self.new = new
    values =
      Self.pairs("parameter", Self.shown(old), Self.shown(new))
      + Self.pairs("tag", old.tags, new.tags)
  }

  private static func shown(_ record: DeploymentRecord) -> [String: String] {
    Dictionary(
      record.parameters.map { ($0.name, $0.shownValue) }, uniquingKeysWith: { first, _ in first })
  }

  private static func pairs(_ kind: String, _ old: [String: String], _ new: [String: String]) -> [(
    kind: String, name: String, before: String?, after: String?
  )] {
    Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map {
      (kind, $0, old[$0], new[$0])
    }
  }

  private var template: [LineDifference.Line] {
    old.templateBody == new.templateBody
      ? [] : LineDifference(old.templateBody, new.templateBody).lines
  }

  func lines(_ terminal: Terminal) -> [String] {
    var lines = [
      terminal.styled("- deployment \(old.number)  \(old.startedAt.iso8601)", .red),
      terminal.styled("+ deployment \(new.number)  \(new.startedAt.iso8601)", .green),
    ]
    if template.isEmpty, values.isEmpty { return lines + ["They were asked for the same."] }
    for value in values {
      if let before = value.before {
        lines.append(terminal.styled("- \(value.kind) \(value.name): \(before)", .red))
      }
      if let after = value.after {
        lines.append(terminal.styled("+ \(value.kind) \(value.name): \(after)", .green))
      }
    }
    return lines
      + template.map { line in
        switch line {
        case .added: terminal.styled(line.text, .green)
        case .removed: terminal.styled(line.text, .red)
        case .same: line.text
        case .skipped: terminal.styled(line.text, .faint)
        }
      }
  }

  var document: PropertyValue {
    var values: [PropertyValue] = []
    for value in self.values {
      var members: PropertyObject = ["kind": .string(value.kind), "name": .string(value.name)]
      members["before"] = value.before.map { .string($0) }
      members["after"] = value.after.map { .string($0) }
      values.append(.object(members))
    }
    return [
      "from": .int(Int64(old.number)), "to": .int(Int64(new.number)), "values": .list(values),
      "template": .list(template.map { .string($0.text) }),
    ]
  }
}
