import ArgumentParser
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine
import StackModel

/// The surroundings of a command: the world, and where it prints.
struct CommandContext {
  var effects: Effects
  var terminal: Terminal
  var common: CommonOptions
  /// Reads templates, for packaging and for the engine alike.
  var compiler: TemplateCompiler
  /// The way in which functions run in an environment that this command opens.
  var hosting = FunctionHosting()
  var planForm = PlanForm.plain
  /// True where a deployment that fails keeps what succeeded.
  var keepsOnFailure = false
  /// The way in which plans deal with drift.
  var drift = DriftMode.ignored

  /// The form of plans that are shown.
  enum PlanForm {
    case plain
    /// With the properties of what is created.
    case verbose
    case markdown
    /// Not at all: the command shows them itself.
    case silent
  }

  init(_ common: CommonOptions) {
    effects = Effects.live()
    compiler = .reading(effects.files)
    terminal = Terminal.live()
    self.common = common
  }

  /// Runs `body` and turns every failure that a person can cause into a message and exit code 1.
  func run(_ body: (CommandContext) async throws -> Void) async throws {
    do { try await body(self) } catch let exit as ExitCode { throw exit } catch {
      show(error)
      throw Exit.failure
    }
  }

  /// Opens the data directory here, or the server that holds it, for the length of `body`.
  func withConnection<T>(
    _ command: String, _ body: (any EnvironmentConnection) async throws -> T
  ) async throws -> T {
    let connection = try await openConnection(command)
    do {
      let value = try await body(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }

  func show(_ error: any Error) {
    if let failure = error as? StackFailure {
      show(
        [
          Diagnostic(failure.code, failure.message, at: nil, hint: failure.hint)
        ], sources: [:])
    } else if let failure = storageFailure(error) {
      show(failure)
    } else if common.json {
      terminal.line(JSONWriter.compact(["error": .string("\(error)")]))
    } else {
      terminal.errorLine(terminal.styled("error", .red, .bold) + ": \(error)")
    }
  }

  /// A file of the user's that is not there says nothing about the data directory.
  private func storageFailure(_ error: any Error) -> StackFailure? {
    if let file = error as? FileFailure, file.diskFault == .missing || file.diskFault == .denied,
      !file.path.contains(common.dataDirectory)
    {
      return nil
    }
    return StackFailure(storage: error)
  }

  /// Diagnostics go to standard error as text, or to standard output with `--json`.
  func show(_ diagnostics: [Diagnostic], sources: [String: String]) {
    guard !diagnostics.isEmpty else { return }
    if common.json {
      printJSON(["diagnostics": tree(diagnostics)])
      return
    }
    showAsText(diagnostics, sources: sources)
  }

  /// On standard error, whatever is printed.
  func showAsText(_ diagnostics: [Diagnostic], sources: [String: String]) {
    guard !diagnostics.isEmpty else { return }
    let renderer = DiagnosticRenderer(
      sources: withNested(diagnostics, sources), isColoured: terminal.isColoured)
    terminal.errorLine(renderer.render(diagnostics))
  }

  /// The sources with those files that findings name besides: templates of nested stacks.
  private func withNested(_ diagnostics: [Diagnostic], _ sources: [String: String])
    -> [String: String]
  {
    var sources = sources
    let spans = diagnostics.flatMap { [$0.span].compactMap { $0 } + $0.related.map(\.span) }
    for file in Set(spans.map(\.file)) where sources[file] == nil && sources.count < 200 {
      guard effects.files.exists(file), !effects.files.isDirectory(file) else { continue }
      do throws(FileFailure) {
        sources[file] = String(decoding: try effects.files.read(file), as: UTF8.self)
      } catch {
        // A file that can't be read is not quoted; the finding itself is shown all the same.
        continue
      }
    }
    return sources
  }

  /// The folder for files that nobody keeps.
  var temporaryFolder: String { environmentValue("TMPDIR") ?? "/tmp" }

  func printJSON(_ value: PropertyValue) { terminal.line(JSONWriter.pretty(value)) }

  /// A pipeline value as JSON. These types hold nothing that fails to encode.
  func tree(_ value: some Encodable) -> PropertyValue {
    do { return try TreeEncoder().encode(value) } catch {
      preconditionFailure("a model type that does not encode: \(error)")
    }
  }

  /// A plan or a stack as JSON to print, without the values of `NoEcho` parameters.
  func printed(_ value: some Encodable, _ parameters: [ParameterValue]) -> PropertyValue {
    SecretMask(parameters).hide(tree(value))
  }

  /// Asks before a change. `--yes` answers; without a terminal nobody can, so it is required there.
  func confirm(_ question: String, isAnswered: Bool) throws {
    if isAnswered { return }
    guard terminal.isInteractive else {
      throw StackFailure(
        .invalidArgument, "there is no terminal to ask on", hint: "add --yes to go ahead unasked")
    }
    terminal.write("\(question) [y/N] ")
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      terminal.line("Nothing was changed.")
      throw Exit.failure
    }
  }
}
