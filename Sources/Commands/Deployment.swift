import ArgumentParser
import AWSModel
import Diagnostics
import Packaging
import PropertyTree
import StackContracts
import StackEngine
import ResourceModel
import StackModel
import TemplateParsing

extension StackReference {
  /// Texts that diagnostics quote from, by file.
  var sources: [String: String] {
    templateFile.map { [$0: String(decoding: templateBytes, as: UTF8.self)] } ?? [:]
  }

  /// The request without any option.
  func request(in scope: Scope) -> DeployRequest {
    DeployRequest(
      scope: scope, stackName: stackName,
      templateBody: String(decoding: templateBytes, as: UTF8.self),
      templateFile: templateFile ?? stackName, parameters: environmentParameters,
      // Whoever runs the command on their own machine has agreed to what the template makes.
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
  }

  func deployRequest(_ template: TemplateOptions, scope: Scope) -> DeployRequest {
    var request = request(in: scope)
    request.parameters.merge(TemplateOptions.pairs(template.parameters)) { $1 }
    request.tags = template.tags.isEmpty ? nil : TemplateOptions.pairs(template.tags)
    request.allowsUnsupported = template.allowUnsupported
    request.restoresRemoved = true
    for (old, new) in TemplateOptions.pairs(template.moves) { request.moves[new] = old }
    request.imports = TemplateOptions.pairs(template.imports)
    return request
  }
}

extension CommandContext {
  /// The plan, with its warnings shown; ends the command where there are errors.
  ///
  /// - Parameter isPrinted: true where the command prints the plan itself, which with `--json` holds
  ///   the warnings; else they go to standard error, beside the document.
  func planned(_ result: PlanResult, _ reference: StackReference, isPrinted: Bool = false) throws
    -> Plan
  {
    let missing = result.plan.map(missingPrograms) ?? []
    if result.plan == nil || !common.json {
      show(result.diagnostics + missing, sources: reference.sources)
    } else if !isPrinted {
      showAsText(result.diagnostics + missing, sources: reference.sources)
    }
    guard var plan = result.plan else { throw Exit.failure }
    plan.diagnostics += missing
    return plan
  }

  /// Packages the local code that the template names; ends the command where that can't be done.
  func packaging(_ request: DeployRequest, _ reference: StackReference) throws
    -> (request: DeployRequest, assets: [Asset])
  {
    let (packaged, assets, diagnostics) = packageLocalCode(request)
    if !diagnostics.isEmpty {
      show(diagnostics, sources: reference.sources)
      throw Exit.failure
    }
    return (packaged, assets)
  }

  /// The request with the names of the template's local code, and that code.
  func packageLocalCode(_ request: DeployRequest) -> (
    request: DeployRequest, assets: [Asset], diagnostics: [Diagnostic]
  ) {
    let (file, scope) = (request.templateFile, request.scope)
    let source = TemplateSource(
      body: request.templateBody, file: file,
      environment: StackEnvironment(scope: scope, stackName: request.stackName, stackID: ""),
      parameters: request.parameters)
    // Faults of the template are found when it is planned.
    guard let template = compiler.parse(source, isKept: true).template else {
      var request = request
      request.drift = drift
      return (request, [], [])
    }
    let (assets, diagnostics) = LocalCode.package(
      template, file: file,
      bucket: LocalCode.bucket(account: scope.account.text, region: scope.region.text),
      region: scope.region.text, files: effects.files, mayLackCode: request.isStandalone)
    var packaged = request
    packaged.drift = drift
    // Nested stacks are planned from their templates.
    let names =
      (request.assets ?? []) + assets.map { $0.templateFile == nil ? $0.withoutContents : $0 }
    packaged.assets = names.isEmpty ? nil : names
    return (packaged, assets, diagnostics)
  }

  func show(_ plan: Plan) {
    if common.json { return printJSON(document(plan).tree) }
    var view = PlanView(terminal: terminal)
    switch planForm {
    case .plain: break
    case .verbose: view.isVerbose = true
    case .markdown:
      for line in PlanMarkdown().lines([plan]) { terminal.line(line) }
      return
    case .silent: return
    }
    for line in view.lines(plan) { terminal.line(line) }
  }

  /// A plan with what waits in the stack's delivery streams.
  func show(_ plan: Plan, _ view: BufferView, _ buffers: [StackBuffer]) {
    if common.json {
      var tree = document(plan).tree.objectValue ?? [:]
      tree["buffers"] = view.tree(buffers)
      return printJSON(.object(tree))
    }
    show(plan)
    if planForm == .silent { return }
    let lines = view.lines(buffers)
    let fence = planForm == .markdown && !lines.isEmpty ? ["```"] : []
    for line in fence + lines + fence { terminal.line(line) }
  }

  /// Plans, shows, asks, applies, prints the outputs.
  func deploy(
    _ reference: StackReference, _ template: TemplateOptions,
    _ choices: ChangeOptions? = nil, over connection: any EnvironmentConnection, yes: Bool,
    flushes: Bool = false
  ) async throws {
    let whole = reference.deployRequest(template, scope: common.scope)
    let (request, assets) = try packaging(choices?.applied(to: whole) ?? whole, reference)
    try await waitingForStack(request.stackName, over: connection)
    var plan = try planned(await connection.stacks.plan(request), reference)
      .carrying(assets)
    if !common.json { show(plan) }
    if plan.isEmpty {
      if common.json { return show(plan) }
      let state = try await connection.stacks.stack(
        named: plan.environment.stackName, in: common.scope)
      show(outputs: state?.outputs ?? [])
      return
    }
    try confirm("Deploy this?", isAnswered: yes)
    if flushes {
      plan = try await flushed(plan, over: connection) {
        try planned(await connection.stacks.plan(request), reference).carrying(assets)
      }
    }
    plan.origin = origin(of: reference.templateFile)
    try await apply(plan, over: connection)
  }

  /// Carries a plan out, showing events as they come. A rollback is a failure of the command.
  func apply(_ plan: Plan, over connection: any EnvironmentConnection) async throws {
    let state = try await carryOut(plan, over: connection)
    if common.json { printJSON(printed(state, state.parameters)) }
    if !state.isGood { throw Exit.failure }
  }

  /// The same, where the caller prints JSON and judges the outcome.
  func carryOut(_ plan: Plan, over connection: any EnvironmentConnection) async throws -> StackState
  {
    var plan = plan
    plan.origin = plan.origin ?? origin()
    if keepsOnFailure { plan.choose { $0.onFailure = .keep } }
    let carried = plan
    return try await following(showsOutputs: plan.kind != .delete, total: plan.endsOfSteps) {
      try await connection.stacks.apply(carried, onEvent: $0)
    }
  }

  /// Shows the events of some work as they come, and the state that it reaches.
  ///
  /// - Parameter total: ends of resources that the work comes to; 0 where nobody knows.
  func following(
    showsOutputs: Bool, total: Int = 0,
    _ work: (@escaping @Sendable (StackEvent) -> Void) async throws -> StackState
  ) async throws -> StackState {
    let feed = EventFeed(terminal: terminal, total: total)
    let isJSON = common.json
    if !isJSON { terminal.line() }
    let state: StackState
    do {
      state = try await work { event in
        if !isJSON { feed.show(event) }
      }
      feed.end()
    } catch {
      feed.end()
      throw error
    }
    if !isJSON {
      terminal.line()
      terminal.line(
        "\(terminal.styled(state.environment.stackName, .bold)): \(state.status.rawValue)"
          + (state.statusReason.map { " – \($0)" } ?? ""))
      if state.status.isHalfDone {
        terminal.line(
          "What succeeded is kept: deploy again to go on, or take it back with `leat rollback`.")
      }
      if showsOutputs { show(outputs: state.outputs) }
    }
    return state
  }

  func show(outputs: [StackOutput]) {
    for line in OutputView(terminal: terminal).lines(outputs) { terminal.line(line) }
  }
}

extension StackState {
  /// True where the deployment came to be as planned.
  var isGood: Bool {
    [.createComplete, .updateComplete, .importComplete, .deleteComplete].contains(status)
  }
}

extension Plan {
  /// The plan with the contents of what it brings along.
  func carrying(_ packaged: [Asset]) -> Plan {
    guard let assets else { return self }
    var plan = self
    plan.assets = assets.map { asset in
      packaged.first { $0.bucket == asset.bucket && $0.key == asset.key } ?? asset
    }
    return plan
  }
}
