import AWSModel
import ServiceKit
import StackModel

/// Members that several operations take, beside the template.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
extension CloudFormationService {
  /// Choices about a deployment that a request makes; nil where it makes none.
  func choices(
    onFailure: String?, disablesRollback: Bool?, _ retainsExceptOnCreate: Bool?
  ) throws -> DeploymentChoices? {
    if onFailure != nil, disablesRollback != nil {
      throw Self.validation("You can specify either DisableRollback or OnFailure, but not both.")
    }
    var choice = disablesRollback == true ? FailureChoice.keep : nil
    if let onFailure {
      guard let known = FailureChoice(rawValue: onFailure) else {
        throw Self.validation("`\(onFailure)` is not a choice for failures.")
      }
      choice = known
    }
    if choice == nil, retainsExceptOnCreate == nil { return nil }
    return DeploymentChoices(
      onFailure: choice, retainsExceptOnCreate: retainsExceptOnCreate == true ? true : nil)
  }

  /// Throws where the template has a resource of a type that the request does not name; `AWS::*` and
  /// `AWS::S3::*` name many.
  func checkTypes(of body: String, _ allowed: [String]?) throws {
    guard let allowed, !allowed.isEmpty else { return }
    let types = engine.outline(of: body).outline?.resources.map(\.type.text) ?? []
    let refused = types.first { type in
      !allowed.contains { pattern in
        pattern.hasSuffix("*") ? type.hasPrefix(pattern.dropLast()) : type == pattern
      }
    }
    if let refused {
      throw Self.validation("Resource type \(refused) is not among the request's ResourceTypes.")
    }
  }

  /// A stack policy's text: given, or an object of the emulator; nil for none.
  func policyText(
    _ body: String?, _ url: String?, in scope: Scope, _ transaction: Transaction
  ) throws -> String? {
    guard body == nil || url == nil else {
      throw Self.validation("You cannot specify both StackPolicyBody and StackPolicyURL.")
    }
    let text = try body ?? url.map { try engine.template(at: $0, in: scope, transaction) }
    if let text { try checkPolicy(text) }
    return text
  }
}

extension Plan {
  /// Takes a request's choices over. What the plan has chosen already stands where the request says
  /// nothing.
  mutating func take(_ choices: DeploymentChoices?) {
    guard let choices else { return }
    choose {
      $0.onFailure = choices.onFailure ?? $0.onFailure
      $0.retainsExceptOnCreate = choices.retainsExceptOnCreate ?? $0.retainsExceptOnCreate
    }
  }
}
