import AWSModel
import ArgumentParser
import Effects
import PropertyTree
import StackContracts
import StackEngine

/// A function as the command line names it: by its name, its ARN, or its logical ID in a stack.
struct FunctionName: Sendable, Hashable {
  var text: String

  /// The text that the service knows the function by.
  ///
  /// - Throws: `StackFailure` that says which functions there are, where there is no such one or
  ///   there are several.
  func resolve(over connection: any EnvironmentConnection, scope: Scope) async throws -> String {
    if text.hasPrefix("arn:") { return text }
    let states = try await connection.stacks.stacks(in: scope)
    let functions = states.flatMap { state in
      state.resources.filter { $0.type == "AWS::Lambda::Function" }.map {
        (
          stack: state.environment.stackName, logicalID: $0.logicalID.text,
          name: $0.identity.physicalID
        )
      }
    }
    let bare = text.split(separator: ":", maxSplits: 1).first.map(String.init) ?? text
    if functions.contains(where: { $0.name == bare }) { return text }
    let meant = functions.filter {
      $0.logicalID == text || "\($0.stack)/\($0.logicalID)" == text
    }
    if meant.count == 1 { return meant[0].name }
    if meant.count > 1 {
      throw StackFailure(
        .invalidArgument, "several stacks have a function `\(text)`",
        hint: "write " + meant.map { "\($0.stack)/\($0.logicalID)" }.joined(separator: " or "))
    }
    return text
  }

  /// A better failure than the service's for a function that is not there.
  func missing(over connection: any EnvironmentConnection, scope: Scope) async throws
    -> StackFailure
  {
    let states = try await connection.stacks.stacks(in: scope)
    let names = states.flatMap(\.resources).filter { $0.type == "AWS::Lambda::Function" }
      .flatMap { [$0.identity.physicalID, $0.logicalID.text] }
    return StackFailure(
      .invalidArgument, "there is no function `\(text)`",
      hint: StreamName.advice(text, among: names, "functions of stacks"))
  }
}

extension CompletionKind {
  /// Names and logical IDs of the functions of stacks that a server holds.
  static var functions: CompletionKind {
    .custom { words, _, _ in
      let path = value(of: "--data", in: words) ?? environmentValue("LEAT_DATA") ?? ".leat"
      do {
        var common = try CommonOptions.parse(["--data", path])
        common.region = value(of: "--region", in: words) ?? common.region
        common.account = value(of: "--account", in: words) ?? common.account
        guard let endpoint = try DataDirectory.holder(of: path, effects: .live())?.endpoint else {
          return []
        }
        let connection = try await ServedConnection(endpoint: endpoint, scope: common.scope)
        return try await connection.stacks.stacks(in: common.scope).flatMap(\.resources)
          .filter { $0.type == "AWS::Lambda::Function" }
          .flatMap { [$0.logicalID.text, $0.identity.physicalID] }
      } catch { return [] }  // a shell that completes has no place for an error
    }
  }
}
