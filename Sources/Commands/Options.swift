import AWSModel
import ArgumentParser
import Effects
import Glibc
import StackContracts

/// Options that every command understands.
struct CommonOptions: ParsableArguments {
  @Option(
    name: .customLong("data"), help: ArgumentHelp("The data directory.", valueName: "dir"),
    completion: .directory)
  var dataDirectory: String = environmentValue("LEAT_DATA") ?? ".leat"

  @Option(help: "The region of stacks and calls.")
  var region: String =
    environmentValue("AWS_REGION") ?? environmentValue("AWS_DEFAULT_REGION") ?? "us-east-1"

  @Option(help: "The 12-digit account of stacks and calls.")
  var account: String = "000000000000"

  @Flag(help: "Print JSON instead of text.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Wait that long for another command that holds the data directory or the stack.",
      valueName: "time"))
  var wait: String?

  /// Milliseconds to wait for others; 0 where nothing is said.
  var waitMilliseconds: Int64 { wait.flatMap(ClockCommand.milliseconds) ?? 0 }

  func validate() throws {
    if let wait, ClockCommand.milliseconds(wait) == nil {
      throw ValidationError("--wait takes a time like 30s, 5m or 1h, not `\(wait)`.")
    }
    guard account.count == 12, account.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw ValidationError("--account takes 12 digits, not `\(account)`.")
    }
    guard !region.isEmpty,
      region.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    else { throw ValidationError("`\(region)` is not a region's name; one is us-east-1.") }
    guard !dataDirectory.isEmpty else { throw ValidationError("--data takes a folder's path.") }
  }

  var scope: Scope { Scope(account: AccountID(account), region: Region(region)) }
}

/// The stack, account and region that a command is about.
struct StackOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A template's path, a folder with a template, or a folder's name under stacks/.",
      valueName: "stack"), completion: .file())
  var stack: String

  @Option(help: "The stack's name, in place of the one that the template or folder gives.")
  var stackName: String?

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "An environment: prefixes the stack's name and reads environments/<env>.json beside the template.",
      valueName: "env"))
  var environment: String?
}

/// Options that say with what a template is deployed.
struct TemplateOptions: ParsableArguments {
  @Option(
    name: .customLong("parameters"), parsing: .upToNextOption,
    help: ArgumentHelp("Values of the template's parameters.", valueName: "Key=Value"))
  var parameters: [String] = []

  @Option(
    name: .customLong("tags"), parsing: .upToNextOption,
    help: ArgumentHelp("Tags of the stack.", valueName: "Key=Value"))
  var tags: [String] = []

  @Flag(
    name: .customLong("allow-unsupported"),
    help: "Leave out what Leat does not provision, types and properties, with a warning each.")
  var allowUnsupported = false

  @Option(
    name: .customLong("move"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Logical IDs of resources that go on under another one.", valueName: "Old=New"))
  var moves: [String] = []

  @Option(
    name: .customLong("import"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Resources that exist and belong to no stack, to be taken into this one as they are.",
      valueName: "LogicalID=name"))
  var imports: [String] = []

  func validate() throws {
    for text in moves + imports
    where !text.contains("=") || text.hasPrefix("=") || text.hasSuffix("=") {
      throw ValidationError(
        "`\(text)` is not of the form \(moves.contains(text) ? "Old=New" : "LogicalID=name").")
    }
    for text in parameters + tags where !text.contains("=") || text.hasPrefix("=") {
      throw ValidationError("`\(text)` is not of the form Key=Value.")
    }
  }

  static func pairs(_ texts: [String]) -> [String: String] {
    var pairs: [String: String] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      pairs[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
    }
    return pairs
  }
}

/// Options that say how a plan deals with what was changed outside of its stack.
struct DriftOptions: ParsableArguments {
  @Flag(help: "Tell what was changed outside of the stack, and what the plan does about it.")
  var drift = false
  @Flag(help: "Put back what was changed outside of the stack.")
  var revertDrift = false

  var mode: DriftMode { revertDrift ? .reverted : drift ? .told : .ignored }
}

func environmentValue(_ name: String) -> String? {
  guard let value = getenv(name) else { return nil }
  let text = String(cString: value)
  return text.isEmpty ? nil : text
}

/// Empty where it can't be read: it was removed, say.
func workingDirectory() -> String {
  guard let path = getcwd(nil, 0) else { return "" }
  defer { free(path) }
  return String(cString: path)
}

/// Exit statuses: 0 done, 1 error, 2 changes (with `--detailed-exitcode`).
enum Exit {
  static let failure = ExitCode(1)
  static let changes = ExitCode(2)
}
