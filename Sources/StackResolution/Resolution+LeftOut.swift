import AWSModel
import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel

/// Resources that nothing here provisions, where the user wants the others nevertheless.
///
/// References to them get names that nothing bears. They are marked: no check holds them against
/// the form that the real ones would have.
extension Resolution {
  /// Leaves a resource out, with a warning.
  ///
  /// - Parameters:
  ///   - reason: why, as a sentence without its end.
  ///   - span: the place of what can't be made.
  func leaveOut(_ index: Int, because reason: String, at span: SourceSpan?) {
    let resource = template.resources[index]
    leftOut.insert(index)
    holdsPlaceholders = true
    report(
      .unsupportedType, "\(reason): `\(resource.logicalID.value)` is left out", at: span,
      hint: "references to it give a placeholder, which names nothing here", severity: .warning)
    let reference =
      PlaceholderForm.refersByARN(resource.type.value)
      ? placeholderARN(index) : placeholderName(index)
    statuses[index] = .identified(
      ResourceIdentity(physicalID: placeholderName(index), reference: .string(reference)))
  }

  private func placeholderName(_ index: Int) -> String {
    "\(environment.stackName)-\(template.resources[index].logicalID.value)\(Placeholder.mark)"
  }

  private func placeholderARN(_ index: Int, _ attribute: String = "Arn") -> String {
    let name = placeholderName(index)
    let resource = attribute.count == 3 ? name : "\(name)/\(attribute)"
    let type = template.resources[index].type.value
    return PlaceholderForm.arn(of: resource, type: type, in: environment.scope)
  }

  /// An attribute of what is left out: a list where the type's facts say so, an ARN by its name.
  func placeholderAttribute(_ name: String, of index: Int) -> PropertyValue {
    let text =
      PlaceholderForm.isARN(name)
      ? placeholderARN(index, name) : "\(placeholderName(index)).\(name)"
    guard let facts = ResourceFacts.facts(of: template.resources[index].type.value),
      let shape = facts.shape(facts.root).facts.properties[name].map(facts.shape),
      shape.facts.kinds == .array
    else { return .string(text) }
    return .list([.string(text)])
  }

  /// The properties as they can be checked: what comes from something left out is not known.
  func checkable(_ properties: PropertyValue) -> PropertyValue {
    holdsPlaceholders ? properties.withPlaceholdersUnknown : properties
  }
}

/// The texts that stand for what is left out.
enum Placeholder {
  static let mark = "-left-out"

  static func isPart(of text: String) -> Bool {
    text.utf8.count > mark.utf8.count && text.firstRange(of: mark) != nil
  }
}

extension PropertyValue {
  /// True for text that stands for something left out, and for a list with such text.
  var isPlaceholder: Bool {
    switch self {
    case .string(let text): Placeholder.isPart(of: text)
    case .list(let list): list.contains(where: \.isPlaceholder)
    default: false
    }
  }

  fileprivate var withPlaceholdersUnknown: PropertyValue {
    switch self {
    case .string(let text): Placeholder.isPart(of: text) ? .unknown("left out") : self
    case .list(let list):
      .list(list.map(\.withPlaceholdersUnknown))
    case .object(let object):
      .object(PropertyObject(object.map { ($0.0, $0.1.withPlaceholdersUnknown) }))
    default: self
    }
  }
}
