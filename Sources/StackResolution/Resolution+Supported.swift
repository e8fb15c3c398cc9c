import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import TemplateParsing

/// The reason why a resource of a provisioned type is left out, where the user wants the others
/// nevertheless.
struct LeavingOut {
  var message: String
  var span: SourceSpan?
}

/// Validation that leaves out what Leat does not implement: a property where the rest stands by
/// itself, else the whole resource.
extension Resolution {
  func validateSupported(
    _ properties: PropertyValue, of resource: ResolvedResource, at index: Int,
    with provider: any ResourceProvider
  ) {
    let rules = rules(of: resource.type.text, provider)
    if let facts = rules.facts { checkIdentity(resource, facts, at: index) }
    let validation = PropertyValidation(
      facts: rules.facts, type: resource.type.text, supported: rules.supported, patterns: patterns)
    var properties = properties
    var issues = Self.issues(in: properties, validation, provider)
    // Faults behind an unsupported property show once it is gone.
    for _ in 0..<4 {
      let unsupported = issues.filter(\.isUnsupported)
      guard !unsupported.isEmpty else { break }
      let paths = unsupported.map(\.path)
      let rest = paths.reduce(properties) { $0.removing($1) }
      let left = Self.issues(in: rest, validation, provider)
      let known = Set(issues)
      let stands = left.allSatisfy { issue in
        issue.severity != .error || issue.isUnsupported
          || known.contains(issue) && !paths.contains { $0.isBelow(issue.path) }
      }
      guard rest != properties, stands else {
        leaveOutLater(index, unsupported[0])
        break
      }
      for issue in unsupported { reportLeftOut(issue, at: index) }
      leftOutProperties[index, default: []] += paths
      properties = rest
      issues = left
    }
    for issue in issues { report(issue, at: index, isExact: false) }
  }

  /// - Returns: what the facts of the type say, then, where the shape is right, the provider.
  private static func issues(
    in properties: PropertyValue, _ validation: PropertyValidation,
    _ provider: any ResourceProvider
  ) -> [PropertyIssue] {
    let issues = validation.issues(in: properties)
    let isShaped = issues.allSatisfy { $0.severity != .error || $0.isUnsupported }
    guard isShaped, !properties.isUnresolved else { return issues }
    return issues + provider.check(properties)
  }

  /// Has the next run leave the resource out: what refers to it has been looked at before.
  func leaveOutLater(_ index: Int, _ issue: PropertyIssue) {
    guard isProbing else { return }
    unprovisionable[index] = LeavingOut(message: issue.reason, span: place(of: issue, at: index))
  }

  private func reportLeftOut(_ issue: PropertyIssue, at index: Int) {
    report(
      issue.code, "\(issue.reason): `\(issue.path)` is left out", at: place(of: issue, at: index),
      severity: .warning)
  }
}

extension PropertyPath {
  /// True inside of what the other path leads to.
  fileprivate func isBelow(_ other: PropertyPath) -> Bool {
    steps.count > other.steps.count && steps.starts(with: other.steps)
  }
}

extension PropertyIssue {
  var isUnsupported: Bool {
    severity == .error && (code == .unsupportedProperty || code == .unsupportedValue)
  }

  /// The message without its "yet".
  fileprivate var reason: String {
    message.hasSuffix(" yet") ? String(message.dropLast(4)) : message
  }
}
