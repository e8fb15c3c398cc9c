import AWSModel
import CloudAssembly
import Diagnostics
import Packaging
import PropertyTree
import StackContracts
import StackEngine
import StackModel

/// A stack of an assembly, ready to be planned.
struct AssemblyTarget {
  var stack: AssemblyStack
  var scope: Scope
  var reference: StackReference
  var request: DeployRequest
}

/// Deploying, planning and removing what `cdk synth` has written.
extension CommandContext {
  /// The assembly that the argument names; nil where it names something else.
  func assembly(_ options: StackOptions, _ selection: [String]) throws -> CloudAssembly? {
    guard CloudAssembly.isAssembly(options.stack, files: effects.files) else {
      guard selection.isEmpty else {
        throw StackFailure(
          .invalidArgument,
          "`\(options.stack)` is not a cloud assembly, so that `\(selection[0])` "
            + "names nothing in it")
      }
      return nil
    }
    for (flag, value) in [("--stack-name", options.stackName), ("--env", options.environment)]
    where value != nil {
      throw StackFailure(
        .invalidArgument, "\(flag) does not go with a cloud assembly, which names its stacks itself"
      )
    }
    return try reading { try CloudAssembly(options.stack, files: effects.files) }
  }

  func reading<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let failure as AssemblyFailure {
      throw StackFailure(
        .unreadableFile, "\(failure.file) \(failure.reason)", hint: failure.hint)
    }
  }

  /// The plans to make, one a stack. `--parameters` reach every stack that declares the name, and
  /// `Stack:Name=Value` one alone.
  func targets(_ stacks: [AssemblyStack], _ options: TemplateOptions) throws -> [AssemblyTarget] {
    for (flag, texts) in [("--move", options.moves), ("--import", options.imports)]
    where stacks.count > 1 && !texts.isEmpty {
      throw StackFailure(
        .invalidArgument, "\(flag) is about the resources of one stack",
        hint: "name the stack of the assembly that it is about")
    }
    var unused = Set(TemplateOptions.pairs(options.parameters).keys)
    let targets = try stacks.map { stack in
      try target(stack, options, unused: &unused)
    }
    if let name = unused.min() {
      throw StackFailure(.unknownParameter, "no stack that is selected has the parameter `\(name)`")
    }
    return targets
  }

  private func target(
    _ stack: AssemblyStack, _ options: TemplateOptions, unused: inout Set<String>
  ) throws -> AssemblyTarget {
    let scope = scope(of: stack)
    let fill = { (pattern: String) in
      AssemblyAsset.fill(pattern, account: scope.account.text, region: scope.region.text)
    }
    let reference = try StackReference(stack, files: effects.files)
    let declared = reference.parameterNames
    var parameters = stack.parameters.mapValues(fill)
    let given = TemplateOptions.pairs(options.parameters)
    for (name, value) in given where declared.contains(name) {
      parameters[name] = value
      unused.remove(name)
    }
    for (name, value) in given {
      for label in [stack.displayName, stack.stackName] where name.hasPrefix("\(label):") {
        parameters[String(name.dropFirst(label.count + 1))] = value
        unused.remove(name)
      }
    }
    var request = reference.deployRequest(options, scope: scope)
    request.drift = drift
    request.parameters = parameters
    request.tags = stack.tags.merging(request.tags ?? [:]) { $1 }
    request.assets = try stack.assets.map { asset in
      var named = Asset(bucket: fill(asset.bucketPattern), key: fill(asset.keyPattern), size: 0)
      // Nested stacks are planned from their templates.
      if asset.isTemplate, asset.source != stack.templateFile {
        named.contents = Base64.encode(try effects.files.read(asset.source))
      }
      return named
    }
    return AssemblyTarget(stack: stack, scope: scope, reference: reference, request: request)
  }

  func scope(of stack: AssemblyStack) -> Scope {
    Scope(
      account: stack.account.map { AccountID($0) } ?? common.scope.account,
      region: stack.region.map { Region($0) } ?? common.scope.region)
  }

  /// The plan with the files that it brings along, packaged now.
  func loaded(_ plan: Plan, _ target: AssemblyTarget) throws -> Plan {
    guard let names = plan.assets, let candidates = target.request.assets else { return plan }
    var loaded: [Asset] = []
    for (source, asset) in zip(target.stack.assets, candidates) where names.contains(asset) {
      do {
        let bytes =
          try source.packaging == .zip
          ? PackagedCode(source.source, files: effects.files, isWhole: true).bytes
          : effects.files.read(source.source)
        loaded.append(
          Asset(
            bucket: asset.bucket, key: asset.key, size: bytes.count,
            contents: Base64.encode(bytes)))
      } catch {
        let reason = (error as? PackagingFailure)?.reason ?? "can't be read: \(error)"
        throw StackFailure(
          .unreadableFile, "the asset \(source.source) of \(target.stack.displayName) \(reason)",
          hint: "run `cdk synth` again")
      }
    }
    return plan.carrying(loaded)
  }

  // MARK: Commands

  func deploy(
    _ targets: [AssemblyTarget], over connection: any EnvironmentConnection, yes: Bool,
    flushes: Bool = false
  ) async throws {
    var states: [PropertyValue] = []
    for target in targets {
      var plan = try planned(await connection.stacks.plan(target.request), target.reference)
      if !common.json { show(plan) }
      warnOfProtection(target.stack)
      if plan.isEmpty {
        let state = try await connection.stacks.stack(
          named: plan.environment.stackName, in: target.scope)
        if let state { states.append(printed(state, state.parameters)) }
        if !common.json { show(outputs: state?.outputs ?? []) }
        continue
      }
      try confirm("Deploy this?", isAnswered: yes)
      if flushes {
        plan = try await flushed(plan, over: connection) {
          try planned(await connection.stacks.plan(target.request), target.reference)
        }
      }
      let state = try await carryOut(loaded(plan, target), over: connection)
      states.append(printed(state, state.parameters))
      if !state.isGood {
        if common.json { printJSON(.list(states)) }
        throw Exit.failure
      }
    }
    if common.json { printJSON(.list(states)) }
  }

  private func warnOfProtection(_ stack: AssemblyStack) {
    guard stack.isProtected else { return }
    showAsText(
      [
        Diagnostic(
          .unsupportedValue,
          "Leat does not protect `\(stack.stackName)` from deletion, which the assembly asks for",
          at: nil, severity: .warning)
      ], sources: [:])
  }

  /// The plan of each stack. One that waits for another's exports can't be planned before that is
  /// deployed: it is named with what it waits for, and counts as a change.
  func plan(_ targets: [AssemblyTarget], over connection: any EnvironmentConnection) async throws
    -> PlanFile
  {
    var file = PlanFile([])
    var waiting: [PropertyValue] = []
    var changing: Set<String> = []
    for target in targets {
      let result = try await connection.stacks.plan(target.request)
      let waitsFor = target.stack.dependencies.filter(changing.contains)
      let errors = result.diagnostics.filter { $0.severity == .error }
      if result.plan == nil, !waitsFor.isEmpty, errors.allSatisfy(\.isAboutExports) {
        changing.insert(target.stack.id)
        let names = targets.filter { waitsFor.contains($0.stack.id) }.map(\.stack.stackName)
        let later = PlanFile.Waiting(stack: target.stack.stackName, waitsFor: names)
        file.waiting.append(later)
        if !common.json { terminal.line(sentence(later)) }
        continue
      }
      let plan = try loaded(planned(result, target.reference, isPrinted: true), target)
      if !plan.isEmpty { changing.insert(target.stack.id) }
      file.plans.append(plan)
      waiting.append(try await showWithBuffers(plan, over: connection))
    }
    if common.json { printJSON(file, buffers: waiting) }
    return file
  }

  /// Shows a plan with what waits in its stack's delivery streams, and returns that as a document.
  private func showWithBuffers(_ plan: Plan, over connection: any EnvironmentConnection)
    async throws -> PropertyValue
  {
    let (view, found) = try await buffers(
      plan.kind == .create ? nil : plan.environment.stackName, in: plan.environment.scope,
      over: connection)
    if !common.json { show(plan, view, found) }
    return view.tree(found)
  }

  /// Plans the removal of the stacks that exist, in that order; and what waits in them, a document
  /// each.
  func planRemoval(
    of stacks: [AssemblyStack], emptyBuckets: Bool, over connection: any EnvironmentConnection
  ) async throws -> (plans: [Plan], buffers: [PropertyValue]) {
    var plans: [Plan] = []
    var waiting: [PropertyValue] = []
    // Whoever imports goes before what is imported.
    var gone: [(scope: Scope, name: String)] = []
    for stack in stacks {
      let scope = scope(of: stack)
      guard try await connection.stacks.stack(named: stack.stackName, in: scope) != nil else {
        if !common.json { terminal.line("\(stack.stackName): is not deployed.") }
        continue
      }
      let result = try await connection.stacks.planDestroy(
        DestroyRequest(
          scope: scope, stackName: stack.stackName, discardsContents: emptyBuckets,
          goneBefore: gone.filter { $0.scope == scope }.map(\.name)))
      let plan = try planned(result, StackReference(stack, files: effects.files))
      waiting.append(try await showWithBuffers(plan, over: connection))
      plans.append(plan)
      gone.append((scope, stack.stackName))
    }
    return (plans, waiting)
  }

  func destroy(
    _ stacks: [AssemblyStack], emptyBuckets: Bool, over connection: any EnvironmentConnection,
    yes: Bool, flushes: Bool
  ) async throws {
    var plans = try await planRemoval(
      of: stacks, emptyBuckets: emptyBuckets, over: connection
    ).plans
    if plans.isEmpty { return common.json ? printJSON([]) : () }
    try confirm("Remove all of this?", isAnswered: yes)
    if flushes, !(try await flush(plans.flatMap(FlushRequest.all), over: connection)).isEmpty {
      // A bucket may hold objects now.
      plans =
        try await planRemoval(of: stacks, emptyBuckets: emptyBuckets, over: connection).plans
    }
    try await apply(plans, over: connection)
  }

  /// Carries plans out one after the other, until one fails.
  func apply(_ plans: [Plan], over connection: any EnvironmentConnection) async throws {
    var states: [PropertyValue] = []
    for plan in plans {
      let state = try await carryOut(plan, over: connection)
      states.append(printed(state, state.parameters))
      guard state.isGood else {
        if common.json { printJSON(.list(states)) }
        throw Exit.failure
      }
    }
    if common.json { printJSON(.list(states)) }
  }
}

extension Diagnostic {
  /// True for what goes away when another stack is deployed.
  fileprivate var isAboutExports: Bool { code == .unknownExport }
}
