import PropertyTree
import StackModel

/// Records of resources, for people and for programs.
struct StateView {
  var terminal: Terminal

  /// The resources of stacks, a line each.
  func lines(_ states: [StackState]) -> [String] {
    let rows = states.flatMap { state in
      state.resources.map {
        [
          "\(state.environment.stackName)/\($0.logicalID)", $0.type.text,
          SecretMask(state.parameters).hide($0.identity.physicalID), $0.status.rawValue,
        ]
      }
    }
    return rows.isEmpty ? ["No resources."] : Columns.aligned(rows)
  }

  func documents(_ state: StackState) -> [PropertyValue] {
    state.resources.map { document($0, of: state) }
  }

  /// One resource's record, line by line.
  func lines(_ resource: ResourceState, of state: StackState) -> [String] {
    let mask = SecretMask(state.parameters)
    let head = terminal.styled(resource.logicalID.text, .bold)
    var lines = ["\(head)  \(resource.type)  \(resource.status.rawValue)"]
    lines += Columns.aligned([
      ["  physical id", mask.hide(resource.identity.physicalID)],
      ["  Ref", mask.hide(resource.identity.reference.scalarText ?? "")],
      ["  needs", resource.dependsOn.map(\.text).joined(separator: ", ")],
      ["  DeletionPolicy", resource.deletionPolicy.rawValue],
      ["  UpdateReplacePolicy", resource.updateReplacePolicy.rawValue],
      ["  changed", resource.updatedAt.iso8601],
    ])
    if !resource.identity.attributes.isEmpty { lines.append("Attributes") }
    for (name, value) in resource.identity.attributes.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(name): \(LineDifference.text(mask.hide(value)))")
    }
    lines.append("Properties")
    lines += LineDifference.text(mask.hide(resource.properties))
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { "  \($0)" }
    return lines
  }

  func document(_ resource: ResourceState, of state: StackState) -> PropertyValue {
    SecretMask(state.parameters).hide([
      "stack": .string(state.environment.stackName),
      "logicalId": .string(resource.logicalID.text),
      "type": .string(resource.type.text),
      "physicalId": .string(resource.identity.physicalID),
      "status": .string(resource.status.rawValue),
      "ref": resource.identity.reference,
      "attributes": .object(
        PropertyObject(
          resource.identity.attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
      "properties": resource.properties,
      "dependsOn": .list(resource.dependsOn.map { .string($0.text) }),
      "deletionPolicy": .string(resource.deletionPolicy.rawValue),
      "updateReplacePolicy": .string(resource.updateReplacePolicy.rawValue),
      "changed": .string(resource.updatedAt.iso8601),
    ])
  }
}
