import ArgumentParser
import StackContracts
import StackModel

/// Options that single out resources of a plan.
struct ChangeOptions: ParsableArguments {
  @Option(
    name: .customLong("target"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Change these resources alone, with what they need.", valueName: "LogicalID"))
  var targets: [String] = []

  @Option(
    name: .customLong("exclude"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Leave these resources as they are, and what needs their change.", valueName: "LogicalID"))
  var exclusions: [String] = []

  @Option(
    name: .customLong("replace"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Replace these resources, though nothing about them changes.", valueName: "LogicalID"))
  var replacements: [String] = []

  /// The flags that are given.
  var flags: [String] {
    [("--target", targets), ("--exclude", exclusions), ("--replace", replacements)]
      .filter { !$0.1.isEmpty }.map(\.0)
  }

  func applied(to request: DeployRequest) -> DeployRequest {
    var request = request
    request.targets = targets
    request.exclusions = exclusions
    request.replacements = replacements
    return request
  }

  /// The assembly's stacks to plan with the wishes about resources, which are those of one stack.
  func applied(to targets: [AssemblyTarget]) throws -> [AssemblyTarget] {
    guard let flag = flags.first else { return targets }
    guard targets.count == 1 else {
      throw StackFailure(
        .invalidArgument, "\(flag) is about the resources of one stack",
        hint: "name the stack of the assembly that it is about")
    }
    var targets = targets
    targets[0].request = applied(to: targets[0].request)
    return targets
  }
}
