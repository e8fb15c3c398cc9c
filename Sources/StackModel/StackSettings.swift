/// Choices about a stack that are none of its template, kept and shown.
public struct StackSettings: Sendable, Hashable, Codable {
  /// True where the stack can't be deleted.
  public var isProtected: Bool?
  /// The role that CloudFormation would assume: kept and shown, as the engine needs no permission.
  public var roleARN: String?
  /// Minutes that a creation may take on AWS: kept and shown.
  public var timeoutInMinutes: Int?
  /// True where the last deployment was to keep what succeeded.
  public var disablesRollback: Bool?
  /// True where the last deployment's rollback deletes all that it had made.
  public var retainsExceptOnCreate: Bool?
  /// The last deletion's `STANDARD` or `FORCE_DELETE_STACK`; nil before one.
  public var deletionMode: String?
  /// The stack policy's text; nil for none.
  public var policy: String?

  public init(isProtected: Bool? = nil, roleARN: String? = nil, timeoutInMinutes: Int? = nil) {
    self.isProtected = isProtected
    self.roleARN = roleARN
    self.timeoutInMinutes = timeoutInMinutes
  }
}

extension StackSettings {
  /// These with what others say in their place.
  func changed(by others: StackSettings) -> StackSettings {
    var changed = self
    changed.isProtected = others.isProtected ?? isProtected
    changed.roleARN = others.roleARN ?? roleARN
    changed.timeoutInMinutes = others.timeoutInMinutes ?? timeoutInMinutes
    changed.disablesRollback = others.disablesRollback ?? disablesRollback
    changed.retainsExceptOnCreate = others.retainsExceptOnCreate ?? retainsExceptOnCreate
    changed.deletionMode = others.deletionMode ?? deletionMode
    changed.policy = others.policy ?? policy
    return changed
  }
}

extension Plan {
  /// Adds to the choices that the stack takes over.
  public mutating func changeSettings(_ change: (inout StackSettings) -> Void) {
    var changed = settings ?? StackSettings()
    change(&changed)
    settings = changed
  }
}

extension StackState {
  public mutating func changeSettings(_ change: (inout StackSettings) -> Void) {
    var changed = settings ?? StackSettings()
    change(&changed)
    settings = changed
  }

  /// Takes the choices of a plan over that say something.
  public mutating func takeSettings(of plan: Plan) {
    if let others = plan.settings { settings = (settings ?? StackSettings()).changed(by: others) }
  }

  /// Takes the choices over that a deployment begins with: the stack shows those of its last one.
  public mutating func takeChoices(of plan: Plan) {
    let keeps = plan.keepsOnFailure
    let retains = plan.choices?.retainsExceptOnCreate == true
    if keeps || settings?.disablesRollback == true {
      changeSettings { $0.disablesRollback = keeps }
    }
    if retains || settings?.retainsExceptOnCreate == true {
      changeSettings { $0.retainsExceptOnCreate = retains ? true : nil }
    }
  }
}
