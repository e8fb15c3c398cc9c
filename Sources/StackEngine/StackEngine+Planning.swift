import AWSModel
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import StackPlanning

/// Planning against what the database holds at one moment.
extension StackEngine {
  public func plan(_ request: DeployRequest) async throws -> PlanResult {
    try database.read { try makePlan(request, $0) }
  }

  public func planDestroy(_ request: DestroyRequest) async throws -> PlanResult {
    try database.read { transaction in
      guard
        let state = try stacks.stack(named: request.stackName, in: request.scope, transaction)
      else {
        return PlanResult(
          plan: nil, diagnostics: [try unknown(request.stackName, in: request.scope, transaction)])
      }
      if state.status.isInProgress {
        return PlanResult(plan: nil, diagnostics: [busy(state)])
      }
      if state.settings?.isProtected == true {
        let finding = Diagnostic(
          .stackNotUpdatable,
          "the stack `\(request.stackName)` can't be deleted: its termination protection is on",
          at: nil, hint: "switch it off: `aws cloudformation update-termination-protection`")
        return PlanResult(plan: nil, diagnostics: [finding])
      }
      var plan = StackPlanner.destruction(of: state, discardsContents: request.discardsContents)
      let gone = Set(request.goneBefore ?? [])
      let obstacles =
        try planNestedDeletions(
          in: &plan, gone: gone.union([request.stackName]), transaction)
        + exportObstacles(
          from: state, to: [], others: [:], in: request.scope,
          gone: gone.union(plan.nestedStackNames), transaction)
        + addLosses(to: &plan, transaction)
      return PlanResult(plan: obstacles.isEmpty ? plan : nil, diagnostics: obstacles)
    }
  }

  /// The finding for a stack that is not there, with the nearest that is.
  func unknown(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Diagnostic {
    let all = try stacks.heads(transaction).map(\.environment)
    let here = all.filter { $0.scope == scope }.map(\.stackName)
    var hint = Suggestion.didYouMean(name, among: here)
    if let other = all.first(where: { $0.stackName == name })?.scope {
      hint =
        "it is in \(other.region), account \(other.account): "
        + "add `--region \(other.region) --account \(other.account)`"
    }
    return Diagnostic(
      .unknownStack,
      "there is no stack `\(name)` in \(scope.region), "
        + "account \(scope.account)", at: nil, hint: hint)
  }

  /// Plans inside a transaction, so that what is planned against stands still.
  ///
  /// - Parameter fixed: the environment of a stack that another one's resource stands for.
  func makePlan(
    _ request: DeployRequest, _ transaction: Transaction, as fixed: StackEnvironment?,
    _ budget: NestingBudget = NestingBudget()
  ) throws -> PlanResult {
    if let finding = Self.checkName(request.stackName) {
      return PlanResult(plan: nil, diagnostics: [finding])
    }
    var choices = PlanChoices(replaced: Set(request.replacements.map { LogicalID($0) }))
    let selection = ChangeSelection(
      targets: request.targets.map { LogicalID($0) },
      exclusions: request.exclusions.map { LogicalID($0) })
    let whole = try makePlan(request, choices, transaction, as: fixed, budget)
    guard !selection.isWhole, let plan = whole.plan else { return whole }
    let (leftOut, findings) = selection.leftOut(of: plan)
    if findings.hasErrors {
      return PlanResult(plan: nil, diagnostics: whole.diagnostics + findings)
    }
    if leftOut.isEmpty { return whole }
    // Resources that are left out keep their values: what refers to them is resolved again.
    choices.leftOut = Set(leftOut.map(\.logicalID))
    choices.replaced.subtract(choices.leftOut)
    var part = try makePlan(request, choices, transaction, as: fixed, budget)
    part.plan?.omitted = leftOut
    return part
  }

  private func makePlan(
    _ request: DeployRequest, _ choices: PlanChoices, _ transaction: Transaction,
    as fixed: StackEnvironment?, _ budget: NestingBudget
  ) throws -> PlanResult {
    let current = try stacks.stack(named: request.stackName, in: request.scope, transaction)
    let standing = standing(of: current)
    if let finding = standing.finding, finding.severity == .error {
      return PlanResult(plan: nil, diagnostics: [finding])
    }
    var environment =
      try fixed ?? stackEnvironment(request, current, standing.state, transaction)
    environment.endpoint = endpoint
    let lookup = EmulatorLookup(handlers: handlers, environment: environment, transaction)
    let now = effects.clock.now
    let tags = request.tags ?? standing.state?.tags ?? [:]
    if let finding = Self.checkTags(tags) { return PlanResult(plan: nil, diagnostics: [finding]) }
    let drift = PlannedDrift(request.drift, of: standing.state, self, transaction)
    var planner = StackPlanner(
      state: standing.state, environment: environment, catalog: catalog,
      takeovers: takeovers(request, lookup, transaction), choices: choices, tags: tags,
      isMissing: { request.restoresRemoved && lookup.lacks($0, now: now) },
      drifted: drift.reverted,
      isTaken: { !request.isStandalone && lookup.exists($0, $1, $2, now: now) })
    let others = try exports(besides: request.stackName, in: request.scope, transaction)
    var source = TemplateSource(
      body: request.templateBody, file: request.templateFile, environment: environment,
      parameters: request.parameters, previousParameters: previousParameters(request, current),
      exports: request.isStandalone ? nil : others.mapValues(\.value),
      assets: request.assets ?? [])
    source.allowsUnsupported = request.allowsUnsupported
    source.outputs = request.isStandalone ? nil : try outputs(for: source, transaction)
    let nested = NestedPlans(self, request, in: environment, transaction, budget)
    let references = PlannedReferences(
      stores, scope: request.scope, now: now, isBlind: request.isStandalone, transaction)
    let (resolved, ownFindings) = compiler.resolve(
      source, catalog: catalog, lookup: references.answer
    ) { written in
      let resource = planner.tagged(written)
      var identity = planner.identify(resource)
      nested.add(resource, &identity, isLeftOut: planner.leavesOut(resource.logicalID))
      references.note(resource, identity)
      return identity
    }
    if let failure = lookup.failure ?? nested.failure ?? references.failure { throw failure }
    let findings = nested.explained(ownFindings) + nested.diagnostics
    let notes = findings + (standing.finding.map { [$0] } ?? [])
    guard let resolved, !findings.hasErrors else {
      return PlanResult(plan: nil, diagnostics: notes.inSourceOrder())
    }
    let planRequest = PlanRequest(
      templateBody: request.templateBody, capabilities: request.capabilities, tags: tags)
    let (plan, diagnostics) = planner.finish(
      resolved: resolved, request: planRequest, notes: notes)
    guard var plan else { return PlanResult(plan: nil, diagnostics: diagnostics) }
    plan.noteImports(from: others.mapValues(\.value))
    nested.complete(&plan)
    try drift.complete(&plan)
    plan.adopt(request.assets ?? [])
    let obstacles =
      try planNestedDeletions(in: &plan, gone: [], transaction)
      + exportObstacles(
        from: standing.state, to: resolved.outputs, others: others, in: request.scope, transaction)
      + addLosses(to: &plan, transaction)
      + policyObstacles(of: &plan, standing.state, request, resolved.resources)
    return PlanResult(
      plan: obstacles.isEmpty ? plan : nil,
      diagnostics: (diagnostics + obstacles).inSourceOrder())
  }

  private func takeovers(
    _ request: DeployRequest, _ lookup: EmulatorLookup, _ transaction: Transaction
  ) -> Takeovers {
    func ids<Value>(_ table: [String: String], _ value: (String) -> Value) -> [LogicalID: Value] {
      Dictionary(
        table.map { (LogicalID($0.key), value($0.value)) }, uniquingKeysWith: { first, _ in first })
    }
    let (now, stacks) = (effects.clock.now, stacks)
    return Takeovers(
      moves: ids(request.moves) { LogicalID($0) }, imports: ids(request.imports) { $0 }
    ) { type, physicalID, properties in
      lookup.found(type, physicalID, properties, now: now) {
        try stacks.owner(of: physicalID, type, in: request.scope, transaction)
      }
    }
  }

  // MARK: The stack's standing

  /// The state that an update would start from, or nil for a creation; and what stands against it.
  func standing(of current: StackState?) -> (state: StackState?, finding: Diagnostic?) {
    guard let current else { return (nil, nil) }
    let name = current.environment.stackName
    switch current.status {
    case .createComplete, .updateComplete, .updateRollbackComplete, .updateRollbackFailed,
      .importComplete, .importRollbackComplete:
      return (current, nil)
    case .createFailed, .updateFailed:
      let note = Diagnostic(
        .stackNotUpdatable,
        "the last deployment of stack `\(name)` failed and was left so; this one goes on from there",
        at: nil, severity: .note)
      return (current, note)
    case .reviewInProgress: return (nil, nil)
    case .rollbackComplete where current.resources.isEmpty:
      let note = Diagnostic(
        .stackNotUpdatable,
        "the creation of stack `\(name)` had failed and was rolled back; it is made anew",
        at: nil, severity: .note)
      return (nil, note)
    case let status where status.isInProgress: return (current, busy(current))
    default:
      let finding = Diagnostic(
        .stackNotUpdatable,
        "the stack `\(name)` is in \(current.status.rawValue) and can't be updated", at: nil,
        hint: "delete it first: `leat destroy`")
      return (current, finding)
    }
  }

  private func busy(_ state: StackState) -> Diagnostic {
    Diagnostic(
      .stackNotUpdatable,
      "the stack `\(state.environment.stackName)` is in \(state.status.rawValue)", at: nil,
      hint: "wait until it is done")
  }

  private static func checkName(_ name: String) -> Diagnostic? {
    let letters = Array(name.utf8)
    let isLetter = { (byte: UInt8) in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    let isValid =
      (1...128).contains(letters.count) && isLetter(letters[0])
      && letters.allSatisfy {
        isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-")
      }
    if isValid { return nil }
    return Diagnostic(
      .invalidName, "`\(name)` can't be a stack's name", at: nil,
      hint: "a letter first, then letters, digits and hyphens, at most 128 in all")
  }

  /// Tags of a stack go to its resources: each service would refuse what none may set.
  private static func checkTags(_ tags: [String: String]) -> Diagnostic? {
    let problem: String
    switch TagRules().violation(of: [ValuedTag](table: tags)) {
    case nil, .duplicate: return nil
    case .reserved(let key): problem = "`\(key)` is not valid: keys that begin with aws: are AWS's"
    case .key(let key): problem = "`\(key.prefix(60))` is not valid: keys have 1 to 128 characters"
    case .value(let key): problem = "`\(key)` is not valid: values have at most 256 characters"
    case .count(let max): return tagFinding("a stack has at most \(max) tags")
    }
    return tagFinding("the stack's tag \(problem)")
  }

  private static func tagFinding(_ message: String) -> Diagnostic {
    Diagnostic(.invalidParameter, message, at: nil)
  }

  // MARK: Parts

  /// A new stack's id is a function of its name and of how many have borne it: planning twice gives
  /// the same plan.
  private func stackEnvironment(
    _ request: DeployRequest, _ current: StackState?, _ base: StackState?,
    _ transaction: Transaction
  ) throws -> StackEnvironment {
    if let base { return base.environment }
    if let current, current.status == .reviewInProgress { return current.environment }
    return try newEnvironment(request.stackName, request.scope, transaction)
  }

  package func newEnvironment(_ name: String, _ scope: Scope, _ transaction: Transaction) throws
    -> StackEnvironment
  {
    let ordinal = try stacks.count(named: name, in: scope, transaction)
    let random = SeededRandomSource(
      seed: "stack/\(scope.account)/\(scope.region)/\(name)/\(ordinal)")
    let arn = ARN("cloudformation", scope, "stack/\(name)/\(random.uuid())")
    return StackEnvironment(scope: scope, stackName: name, stackID: arn.description)
  }

  private func previousParameters(_ request: DeployRequest, _ current: StackState?)
    -> [String: String]
  {
    let kept = (current?.parameters ?? []).filter { request.previousParameters.contains($0.name) }
    return Dictionary(kept.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Says what each deletion loses; returns errors for those that AWS would refuse.
  func addLosses(to plan: inout Plan, _ transaction: Transaction) throws -> [Diagnostic] {
    guard plan.kind != .create else { return [] }
    var obstacles: [Diagnostic] = []
    let leaving = plan.changes.indices.filter { plan.changes[$0].deletesOld }
    for index in leaving {
      guard let before = plan.changes[index].before, let handler = handlers.handler(of: before.type)
      else {
        continue
      }
      let contents = try handler.contents(
        ResourceRequest(
          environment: plan.environment, logicalID: before.logicalID,
          physicalID: before.identity.physicalID, properties: before.properties,
          now: effects.clock.now, discardsContents: plan.discardsContents),
        in: transaction)
      plan.changes[index].losses =
        try contents.losses + readerLosses(of: before, in: plan.environment.scope)
      if contents.blocksDeletion, !plan.discardsContents {
        obstacles.append(obstacle(before, contents, plan.kind))
      }
    }
    return obstacles
  }

  private func obstacle(
    _ resource: ResourceState, _ contents: ResourceContents, _ kind: Plan.Kind
  ) -> Diagnostic {
    let what =
      contents.losses.isEmpty ? "" : ": it holds \(contents.losses.joined(separator: ", "))"
    let hint =
      kind == .delete
      ? "empty it with `--empty-buckets`, or keep it with `DeletionPolicy: Retain`"
      : "empty it first, or keep it with `DeletionPolicy: Retain`"
    return Diagnostic(
      .bucketNotEmpty,
      "`\(resource.logicalID)` (`\(resource.identity.physicalID)`) can't be deleted\(what)",
      at: nil, hint: hint)
  }
}

extension Plan {
  /// Keeps the values that the plan was made with.
  fileprivate mutating func noteImports(from exports: [String: String]) {
    guard let imported = imports?.after else { return }
    imports?.values = exports.filter { imported.contains($0.key) }
  }

  /// The stacks behind resources, and those behind theirs.
  var nestedStackNames: [String] {
    changes.compactMap(\.nestedPlan).flatMap { nested in
      [nested.environment.stackName] + nested.nestedStackNames
    }
  }
}
