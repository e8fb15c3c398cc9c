import ArgumentParser
import CloudAssembly
import Diagnostics
import Effects
import PropertyTree
import StackContracts
import StackEngine
import StackModel

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show exactly what a deploy would change.",
    discussion: """
      EXAMPLES
        leat plan kinesis-workshop --env dev
        leat plan template.yaml --parameters EventPrefix=in/ --out change.plan
        leat plan kinesis-workshop --env dev --destroy
        leat plan template.yaml --target Bucket --replace Function
        leat plan kinesis-workshop --env dev --drift
        leat plan template.yaml --markdown | gh pr comment --body-file -
      """)

  @OptionGroup var stack: StackOptions
  @Argument(
    help: ArgumentHelp(
      "Stacks of a cloud assembly; all of them where none is named.", valueName: "stack-of-assembly"
    ))
  var selection: [String] = []
  @OptionGroup var template: TemplateOptions
  @OptionGroup var choices: ChangeOptions
  @OptionGroup var drift: DriftOptions
  @OptionGroup var common: CommonOptions
  @Option(
    help: ArgumentHelp("Write the plan to a file that `leat apply` takes.", valueName: "file"),
    completion: .file())
  var out: String?
  @Flag(help: "Exit with 2 when there are changes.")
  var detailedExitcode = false
  @Flag(help: "Print Markdown for a comment on a pull request, each resource folded.")
  var markdown = false
  @Flag(help: "Show the properties of resources that are created.")
  var verbose = false
  @Flag(help: "Plan the removal of the stack.")
  var destroy = false
  @Flag(help: "With --destroy: remove objects of buckets, all versions.")
  var emptyBuckets = false

  func validate() throws {
    if common.json, markdown || verbose {
      throw ValidationError("--json shows everything: leave --markdown and --verbose out.")
    }
    if destroy, let flag = choices.flags.first {
      throw ValidationError("--destroy removes the whole stack: leave \(flag) out.")
    }
    if destroy, drift.mode != .ignored {
      throw ValidationError("--drift and --revert-drift are about a stack that stays.")
    }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      var context = context
      context.planForm = markdown ? .markdown : verbose ? .verbose : .plain
      context.drift = drift.mode
      if let assembly = try context.assembly(stack, selection) {
        if markdown { context.planForm = .silent }
        return try await plan(assembly, context)
      }
      context.compiler.keepsTrees = true
      let reference = try StackReference(
        stack, needsTemplate: !destroy, files: context.effects.files)
      let (plan, view, found) = try await context.withConnection("plan") { connection in
        var plan: Plan
        if destroy {
          plan = try await context.planned(
            connection.stacks.planDestroy(
              DestroyRequest(
                scope: common.scope, stackName: reference.stackName,
                discardsContents: emptyBuckets)), reference, isPrinted: true)
        } else {
          let (request, assets) = try context.packaging(
            choices.applied(to: reference.deployRequest(template, scope: common.scope)), reference)
          plan = try await context.planned(
            connection.stacks.plan(request), reference, isPrinted: true
          ).carrying(assets)
        }
        let (view, found) = try await context.buffers(
          plan.kind == .create ? nil : reference.stackName, over: connection)
        return (plan, view, found)
      }
      ShortRun.keep(plan)
      context.show(plan, view, found)
      try end(PlanFile([plan]), context)
    }
  }

  /// Keeps the plans where that is asked for, and says by the exit code whether there are changes.
  private func end(_ file: PlanFile, _ context: CommandContext) throws {
    if let out { try context.write(file, to: out) }
    if detailedExitcode, !file.waiting.isEmpty || file.plans.contains(where: { !$0.isEmpty }) {
      throw Exit.changes
    }
  }

  private func plan(_ assembly: CloudAssembly, _ context: CommandContext) async throws {
    let stacks = try context.reading {
      try destroy ? assembly.removal(of: selection) : assembly.stacks(named: selection)
    }
    let file = try await context.withConnection("plan") { connection in
      if destroy {
        let (plans, buffers) = try await context.planRemoval(
          of: stacks, emptyBuckets: emptyBuckets, over: connection)
        if common.json { context.printJSON(PlanFile(plans), buffers: buffers) }
        return PlanFile(plans)
      }
      return try await context.plan(
        choices.applied(to: context.targets(stacks, template)), over: connection)
    }
    if markdown {
      // One comment for all of them.
      for line in PlanMarkdown().lines(file.plans) { context.terminal.line(line) }
    }
    try end(file, context)
  }
}

struct DeployCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy", abstract: "Plan a template and carry the plan out.",
    discussion: """
      EXAMPLES
        leat deploy kinesis-workshop --env dev
        leat deploy template.yaml --stack-name events --parameters Prefix=in/
        leat deploy template.yaml --flush
        leat deploy template.yaml --exclude Database
        leat deploy template.yaml --no-rollback
        leat deploy kinesis-workshop --env dev --revert-drift
        leat deploy cdk.out
      """)

  @OptionGroup var stack: StackOptions
  @Argument(
    help: ArgumentHelp(
      "Stacks of a cloud assembly; all of them where none is named.", valueName: "stack-of-assembly"
    ))
  var selection: [String] = []
  @OptionGroup var template: TemplateOptions
  @OptionGroup var choices: ChangeOptions
  @OptionGroup var drift: DriftOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var waiting: FlushOptions
  @OptionGroup var isolation: IsolationOptions
  @Flag(
    help: "Keep what succeeded where a step fails: deploy again to go on, or `leat rollback`.")
  var noRollback = false
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      var context = try await context.isolating(isolation)
      context.keepsOnFailure = noRollback
      context.drift = drift.mode
      if let assembly = try context.assembly(stack, selection) {
        let targets = try choices.applied(
          to: context.targets(
            context.reading { try assembly.stacks(named: selection) }, template))
        return try await context.withConnection("deploy") { [context] connection in
          try await context.deploy(targets, over: connection, yes: yes, flushes: waiting.flush)
        }
      }
      let reference = try StackReference(stack, needsTemplate: true, files: context.effects.files)
      try await context.withConnection("deploy") { [context] connection in
        try await context.deploy(
          reference, template, choices, over: connection, yes: yes, flushes: waiting.flush)
      }
    }
  }
}

struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Carry out a plan that `leat plan --out` wrote.",
    discussion: "EXAMPLE\n  leat plan template.yaml --out change.plan && leat apply change.plan")

  @Argument(help: "The plan's file.", completion: .file())
  var file: String
  @OptionGroup var common: CommonOptions
  @OptionGroup var waiting: FlushOptions
  @OptionGroup var isolation: IsolationOptions
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      let context = try await context.isolating(isolation)
      let kept = try context.readPlans(file)
      let plans = kept.plans.filter { !$0.isEmpty }
      if !common.json {
        for plan in kept.plans { context.show(plan) }
        for waiting in kept.waiting { context.terminal.line(context.sentence(waiting)) }
      }
      if !plans.isEmpty {
        try context.confirm(
          plans.count == 1 ? "Apply this plan?" : "Apply these plans?", isAnswered: yes)
      }
      try await context.withConnection("apply") { connection in
        if waiting.flush,
          !(try await context.flush(plans.flatMap(FlushRequest.all), over: connection)).isEmpty
        {
          try await context.checkRemovals(plans, over: connection)
        }
        if kept.plans.count == 1 {
          for plan in plans {
            try await context.waitingForStack(plan.environment.stackName, over: connection)
            try await context.apply(plan, over: connection)
          }
          if common.json, plans.isEmpty { context.show(kept.plans[0]) }
        } else {
          try await context.apply(plans, over: connection)
        }
      }
    }
  }
}

struct DestroyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy", abstract: "Remove a stack with everything in it.",
    discussion: """
      A bucket that holds objects stops the command before anything is touched, unless \
      --empty-buckets is given.

      EXAMPLES
        leat destroy kinesis-workshop --env dev --empty-buckets
        leat destroy consumers --flush
      """)

  @OptionGroup var stack: StackOptions
  @Argument(
    help: ArgumentHelp(
      "Stacks of a cloud assembly; all of them where none is named.", valueName: "stack-of-assembly"
    ))
  var selection: [String] = []
  @OptionGroup var common: CommonOptions
  @Flag(help: "Remove the objects of the stack's buckets first, all versions.")
  var emptyBuckets = false
  @OptionGroup var waiting: FlushOptions
  @OptionGroup var isolation: IsolationOptions
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      let context = try await context.isolating(isolation)
      if let assembly = try context.assembly(stack, selection) {
        let stacks = try context.reading { try assembly.removal(of: selection) }
        return try await context.withConnection("destroy") { connection in
          try await context.destroy(
            stacks, emptyBuckets: emptyBuckets, over: connection, yes: yes, flushes: waiting.flush)
        }
      }
      let reference = try StackReference(stack, needsTemplate: false, files: context.effects.files)
      try await context.withConnection("destroy") { connection in
        let request = DestroyRequest(
          scope: common.scope, stackName: reference.stackName, discardsContents: emptyBuckets)
        try await context.waitingForStack(reference.stackName, over: connection)
        var plan = try await context.planned(connection.stacks.planDestroy(request), reference)
        if !common.json { context.show(plan) }
        try context.confirm("Remove all of this?", isAnswered: yes)
        if waiting.flush {
          plan = try await context.flushed(plan, over: connection) {
            try await context.planned(connection.stacks.planDestroy(request), reference)
          }
        }
        try await context.apply(plan, over: connection)
      }
    }
  }
}
