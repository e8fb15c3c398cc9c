import ArgumentParser
import Diagnostics
import PropertyTree
import StackContracts
import StackEngine

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a diagnostic means and what to do about it.",
    discussion: "EXAMPLE\n  leat explain LT3003")

  @Argument(help: "A code such as LT3003; without one, all are listed.")
  var code: String?
  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await CommandContext(common).run { context in
      let codes = DiagnosticCode.allCases
      guard let code else {
        for code in codes { context.terminal.line("\(code.rawValue)  \(code.explanation)") }
        return
      }
      guard let known = DiagnosticCode(rawValue: code.uppercased()) else {
        throw StackFailure(
          .invalidArgument, "there is no diagnostic `\(code)`",
          hint: Suggestion.didYouMean(code.uppercased(), among: codes.map(\.rawValue))
            ?? "`leat explain` lists them all")
      }
      if common.json {
        context.printJSON([
          "code": .string(known.rawValue), "explanation": .string(known.explanation),
        ])
      } else {
        context.terminal.line("\(known.rawValue): \(known.explanation)")
      }
    }
  }
}
