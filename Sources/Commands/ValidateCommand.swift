import ArgumentParser
import Diagnostics
import Effects
import PropertyTree
import StackEngine
import StackModel

/// The form in which findings are printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, sarif
}

struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check templates, without looking at what is deployed.",
    discussion: """
      EXAMPLES
        leat validate template.yaml
        leat validate kinesis-workshop --env dev
        leat validate stacks/*/template.yaml --format sarif > findings.sarif
        leat validate large.yaml --timings
      """)

  @Argument(
    help: ArgumentHelp(
      "Templates' paths, folders with a template, or names of folders under stacks/.",
      valueName: "stack"))
  var stacks: [String]
  @Option(help: "The stack's name, in place of the one that the template or folder gives.")
  var stackName: String?
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "An environment: prefixes the stack's name and reads environments/<env>.json beside the template.",
      valueName: "env"))
  var environment: String?
  @Option(help: "How findings are printed: text, json or sarif.")
  var format: ReportFormat?
  @Flag(help: "Say how many milliseconds each stage took: reading, resolving, planning.")
  var timings = false
  @OptionGroup var template: TemplateOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if stacks.isEmpty { throw ValidationError("Name at least one template.") }
    if stackName != nil, stacks.count > 1 {
      throw ValidationError("--stack-name goes with a single template.")
    }
    if common.json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other.")
    }
  }

  func run() async throws {
    var common = common
    let format = format ?? (common.json ? .json : .text)
    common.json = format != .text
    var context = CommandContext(common)
    let timer = context.effects.realTimer
    let start = timer.nanoseconds
    context.compiler.times = timings ? StageTimes(timer) : nil
    try await context.run { context in
      var references: [StackReference] = []
      var requests: [DeployRequest] = []
      for stack in stacks.map(options) {
        if let assembly = try context.assembly(stack, []) {
          let targets = try context.targets(assembly.stacks, template)
          references += targets.map(\.reference)
          requests += targets.map(\.request)
        } else {
          let reference = try StackReference(
            stack, needsTemplate: true, isNamed: false, files: context.effects.files)
          references.append(reference)
          requests.append(reference.deployRequest(template, scope: common.scope))
        }
      }
      var context = context
      context.compiler.keepsTrees = requests.count == 1
      let findings = try await context.validate(requests)
      let times = context.compiler.times.map {
        Timings($0, total: timer.nanoseconds - start)
      }
      show(references, findings, times, format, context)
      if findings.contains(where: \.hasErrors) { throw Exit.failure }
    }
  }

  private func options(_ stack: String) -> StackOptions {
    var options = StackOptions()
    options.stack = stack
    options.stackName = stackName
    options.environment = environment
    return options
  }

  private func show(
    _ references: [StackReference], _ findings: [[Diagnostic]], _ timings: Timings?,
    _ format: ReportFormat, _ context: CommandContext
  ) {
    let all = findings.flatMap { $0 }
    switch format {
    case .sarif: context.terminal.write(SARIFReport.render(all, version: Version.text))
    case .json:
      var report: PropertyObject = ["diagnostics": context.tree(all.inSourceOrder())]
      report["timings"] = timings?.tree
      context.printJSON(.object(report))
    case .text:
      let sources = references.reduce(into: [:]) { $0.merge($1.sources) { first, _ in first } }
      context.show(all, sources: sources)
      for (index, reference) in references.enumerated() where !findings[index].hasErrors {
        context.terminal.line("\(reference.templateFile ?? stacks[index]): valid")
      }
    }
    if format != .json, let timings { context.terminal.errorLine(timings.line) }
  }
}

extension CommandContext {
  /// Plans templates, each by itself and several at once, into an empty environment that is gone
  /// afterwards. Findings come in the order of the requests.
  func validate(_ requests: [DeployRequest]) async throws -> [[Diagnostic]] {
    let folder = try ScratchFolder.make(in: temporaryFolder, effects: effects)
    // Templates are read while the environment is made.
    let opening = Task { [effects, compiler] in
      try await LocalEnvironment.open(
        folder.path, storage: folder.path, command: "validate", effects: effects, compiler: compiler
      )
    }
    do {
      let findings = try await withThrowingTaskGroup(of: (Int, [Diagnostic]).self) { group in
        for (index, request) in requests.enumerated() {
          group.addTask {
            var wanted = request
            wanted.isStandalone = true
            let (packaged, _, diagnostics) = await compiler.times.measure(.read) { [wanted] in
              packageLocalCode(wanted)
            }
            let engine = try await opening.value.engine
            let result = try await compiler.times.measure(.plan) {
              try await engine.plan(packaged)
            }
            if compiler.keepsTrees { ShortRun.keep(result) }
            return (index, diagnostics + result.diagnostics)
          }
        }
        var findings = Array(repeating: [Diagnostic](), count: requests.count)
        for try await (index, found) in group { findings[index] = found }
        return findings
      }
      try await opening.value.close()
      try folder.remove()
      return findings
    } catch {
      try folder.remove()
      throw error
    }
  }
}
