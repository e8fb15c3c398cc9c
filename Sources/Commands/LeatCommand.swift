import ArgumentParser
import Diagnostics
import Effects

/// The root of the command line.
public struct LeatCommand: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "leat",
    abstract: "Deploys streaming-data stacks on this machine, into an emulator where records move.",
    discussion: """
      EXAMPLES
        leat up kinesis-workshop --env dev       deploy a stack and serve it on :4566
        leat plan template.yaml                  what a deploy would change
        leat deploy kinesis-workshop --env dev   deploy without serving
        leat destroy kinesis-workshop --env dev  remove every resource of the stack

      EXIT CODES
        0  done
        1  an error: nothing was changed, or the message says what was
        2  there are changes (plan, drift --detailed-exitcode)
        3  the function failed (invoke)
       64  the command line is wrong
      """,
    version: Version.text,
    subcommands: [
      ValidateCommand.self, FmtCommand.self, PlanCommand.self, DeployCommand.self,
      ApplyCommand.self, ImportCommand.self,
      DestroyCommand.self, DriftCommand.self, GraphCommand.self, HistoryCommand.self,
      DiffCommand.self,
      RollbackCommand.self, OutputsCommand.self, ListCommand.self,
      ShowCommand.self, StateCommand.self,
      FlushCommand.self, ServeCommand.self, UpCommand.self, SendCommand.self, ConsumeCommand.self,
      ShardsCommand.self,
      InvokeCommand.self, LogsCommand.self,
      ClockCommand.self, DoctorCommand.self, ExplainCommand.self, VersionCommand.self,
      CompletionCommand.self,
    ])

  public init() {}

  /// Commands that work on one template and end.
  private static let shortCommands: Set = ["validate", "plan"]

  /// Runs the command line of this process.
  @MainActor
  public static func run() async {
    let limit = MemoryLimit.bytes
    if let limit, limit < MemoryLimit.least {
      refuse(limit)
    }
    let first = CommandLine.arguments.dropFirst().first
    if let first, let help = unknownCommandHelp(first) {
      Terminal.live().errorLine("error: there is no command `\(first)`\n  = help: \(help)")
      exit(withError: ExitCode.validationFailure)
    }
    // Before any other thread is there, which would have a heap of its own.
    if let first, shortCommands.contains(first), limit ?? .max >= ShortRun.heapLimitLeast {
      ShortRun.shareHeap()
    }
    await main()
  }

  /// Advice for a first word that is no command; nil for one that is, and for an option.
  static func unknownCommandHelp(_ word: String) -> String? {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !word.hasPrefix("-"), !names.contains(word) else { return nil }
    return Suggestion.didYouMean(word, among: names) ?? "`leat --help` lists the commands"
  }

  private static func refuse(_ limit: UInt64) -> Never {
    Terminal.live().errorLine(
      "error[\(DiagnosticCode.invalidArgument.rawValue)]: this process may use \(limit >> 20) MiB "
        + "of memory, and leat needs \(MemoryLimit.least >> 20) MiB\n"
        + "  = help: raise the limit before: `ulimit -d unlimited`, `ulimit -v unlimited`")
    exit(withError: Exit.failure)
  }
}

/// The name, version and build of this binary.
enum Version {
  static let text = "0.1.0"
}
