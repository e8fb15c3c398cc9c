import AWSModel
import Diagnostics
import PropertyTree
import StackModel

/// Resources that nothing here provisions, where the user wants the others all the same.
extension Resolution {
  /// Leaves a resource out, with a warning. What refers to it gets a name that nothing bears.
  func leaveOut(_ index: Int) {
    let resource = template.resources[index]
    leftOut.insert(index)
    report(
      .unsupportedType,
      "Leat does not provision \(resource.type.value): `\(resource.logicalID.value)` is left out",
      at: resource.type.span, hint: "what refers to it gets a name that nothing here bears",
      severity: .warning)
    let name = placeholderName(index)
    statuses[index] = .identified(
      ResourceIdentity(physicalID: name, reference: .string(name)))
  }

  private func placeholderName(_ index: Int) -> String {
    "\(environment.stackName)-\(template.resources[index].logicalID.value)"
  }

  /// An attribute of what is left out; ARNs have their form, since properties check it.
  func placeholderAttribute(_ name: String, of index: Int) -> PropertyValue {
    let resource = placeholderName(index)
    guard name.hasSuffix("Arn") || name.hasSuffix("ARN") else {
      return .string("\(resource).\(name)")
    }
    let parts = template.resources[index].type.value.split(separator: ":")
    let service = parts.count > 1 ? parts[1].lowercased() : "custom"
    return .string(ARN(service, environment.scope, resource).description)
  }
}
