import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import TemplateParsing

/// `CreationPolicy` and `UpdatePolicy`.
///
/// Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
extension Resolution {
  private static let waitCondition = "AWS::CloudFormation::WaitCondition"

  /// The types on which `CreationPolicy` and `UpdatePolicy` do something. On any other type
  /// CloudFormation takes them without effect, and so does Leat: there is nothing to wait for and
  /// nothing that is updated in steps.
  private static let lifecycleTypes: [String: Set<String>] = [
    "CreationPolicy": [
      "AWS::AppStream::Fleet", "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance",
    ],
    "UpdatePolicy": [
      "AWS::AppStream::Fleet", "AWS::AutoScaling::AutoScalingGroup",
      "AWS::ElastiCache::ReplicationGroup", "AWS::Elasticsearch::Domain", "AWS::Lambda::Alias",
      "AWS::OpenSearchService::Domain",
    ],
  ]

  func checkLifecycle(_ policy: ExpressionEntry, of type: String) {
    guard Self.lifecycleTypes[policy.key.value]?.contains(type) == true else { return }
    let what = "Leat does not implement `\(policy.key.value)` of \(type)"
    if allowsUnsupported {
      report(
        .unsupportedProperty, "\(what): it is left out", at: policy.key.span, severity: .warning)
    } else {
      report(
        .unsupportedProperty, what, at: policy.key.span,
        hint: "remove it, or leave it out with `--allow-unsupported`")
    }
  }

  /// A wait condition waits for the signals of a handle or for those of its `CreationPolicy`.
  func checkWaitCondition(_ resource: TemplateResource) {
    guard resource.type.value == Self.waitCondition else { return }
    let policy = resource.lifecyclePolicies.first { $0.key.value == "CreationPolicy" }
    var written: [String] = []
    if case .object(let entries)? = resource.properties?.kind { written = entries.map(\.key.value) }
    if let policy {
      guard let property = ["Handle", "Timeout", "Count"].first(where: written.contains) else {
        return
      }
      return report(
        .invalidPropertyValue,
        "a wait condition waits for signals of its `CreationPolicy` or for those of a `Handle`, not "
          + "for both", at: policy.key.span, hint: "remove `\(property)`, or `CreationPolicy`")
    }
    for property in ["Handle", "Timeout"] where !written.contains(property) {
      report(
        .missingProperty, "a wait condition needs `\(property)`", at: resource.logicalID.span,
        hint: "or a `CreationPolicy` with the signals that it waits for")
    }
  }

  /// The signals that a wait condition's `CreationPolicy` asks for; nil where there is none.
  func creationSignals(of index: Int) -> CreationSignals? {
    guard template.resources[index].type.value == Self.waitCondition,
      let policy = template.resources[index].lifecyclePolicies.first(where: {
        $0.key.value == "CreationPolicy"
      }), let written = value(policy.value), !written.isUnresolved
    else { return nil }
    var signals = CreationSignals()
    let span = policy.value.span
    for (key, value) in written.objectValue ?? [:] {
      guard key == "ResourceSignal" else {
        report(
          .unsupportedProperty,
          "Leat does not implement `CreationPolicy.\(key)` of \(Self.waitCondition)", at: span)
        continue
      }
      for (name, value) in value.objectValue ?? [:] { read(name, value, into: &signals, at: span) }
    }
    return signals
  }

  private func read(
    _ name: String, _ value: PropertyValue, into signals: inout CreationSignals,
    at span: SourceSpan
  ) {
    let text = value.scalarText ?? ""
    switch name {
    case "Count":
      guard let count = Int(text), count > 0 else {
        return report(
          .invalidPropertyValue, "`\(text)` is not a number of signals", at: span,
          hint: "`Count` is 1 or more")
      }
      signals.count = count
    case "Timeout":
      guard let seconds = CreationSignals.seconds(of: text),
        seconds <= CreationSignals.secondsMax
      else {
        return report(
          .invalidPropertyValue, "`\(text)` is not a time to wait", at: span,
          hint: "write it like `PT1H30M`, at most `PT12H`")
      }
      signals.seconds = seconds
    default:
      report(
        .unknownAttribute, "`\(name)` is not an attribute of `ResourceSignal`", at: span,
        hint: "it has `Count` and `Timeout`")
    }
  }
}
