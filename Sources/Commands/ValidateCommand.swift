import ArgumentParser
import Diagnostics
import Effects
import PropertyTree
import StackContracts
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
      valueName: "stack"), completion: .file())
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
      var subjects = try stacks.flatMap { try self.subjects($0, context) }
      let requests = subjects.compactMap(\.request)
      var context = context
      context.compiler.keepsTrees = requests.count == 1
      var findings = try await context.validate(requests)[...]
      for index in subjects.indices where subjects[index].request != nil {
        subjects[index].findings = findings.removeFirst()
      }
      let times = context.compiler.times.map {
        Timings($0, total: timer.nanoseconds - start)
      }
      show(subjects, times, format, context)
      if subjects.contains(where: \.findings.hasErrors) { throw Exit.failure }
    }
  }

  /// A template to be checked. One that can't be read has a finding instead of a request, so that
  /// the others are looked at nevertheless.
  private struct Subject {
    var name: String
    var sources: [String: String] = [:]
    var request: DeployRequest?
    var findings: [Diagnostic] = []

    init(_ reference: StackReference, _ request: DeployRequest, name: String) {
      self.name = reference.templateFile ?? name
      sources = reference.sources
      self.request = request
    }

    init(_ failure: StackFailure, name: String) {
      self.name = name
      findings = [Diagnostic(failure.code, failure.message, at: nil, hint: failure.hint)]
    }

    /// The findings for code hosts, which show none without a place: those that have none stand at
    /// the file's start.
    var placedFindings: [Diagnostic] {
      findings.map { finding in
        var finding = finding
        let start = SourcePosition(line: 1, column: 1)
        finding.span = finding.span ?? SourceSpan(file: name, start: start, end: start)
        return finding
      }
    }
  }

  private func subjects(_ stack: String, _ context: CommandContext) throws -> [Subject] {
    let options = options(stack)
    do {
      if let assembly = try context.assembly(options, []) {
        return try context.targets(assembly.stacks, template).map {
          Subject($0.reference, $0.request, name: stack)
        }
      }
      let reference = try StackReference(
        options, needsTemplate: true, isNamed: false, files: context.effects.files)
      return [
        Subject(reference, reference.deployRequest(template, scope: common.scope), name: stack)
      ]
    } catch let failure as StackFailure {
      return [Subject(failure, name: stack)]
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
    _ subjects: [Subject], _ timings: Timings?, _ format: ReportFormat, _ context: CommandContext
  ) {
    let all = subjects.flatMap(\.findings)
    switch format {
    case .sarif:
      context.terminal.write(
        SARIFReport.render(subjects.flatMap(\.placedFindings), version: Version.text))
    case .json:
      var report: PropertyObject = ["diagnostics": context.tree(all.inSourceOrder())]
      report["timings"] = timings?.tree
      context.printJSON(.object(report))
    case .text:
      let sources = subjects.reduce(into: [:]) { $0.merge($1.sources) { first, _ in first } }
      context.show(all, sources: sources)
      for subject in subjects where !subject.findings.hasErrors {
        context.terminal.line("\(subject.name): valid")
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
