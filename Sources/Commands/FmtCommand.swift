import ArgumentParser
import Diagnostics
import Effects
import StackContracts
import StackEngine
import TemplateParsing

struct FmtCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Put templates into one form.",
    discussion: """
      Sections and the attributes of resources come in their usual order, blanks at the ends of \
      lines go, comments stay. What a template means never changes.

      EXAMPLES
        leat fmt template.yaml
        leat fmt stacks/*/template.yaml --check
        leat fmt template.yaml --stdout
      """)

  @Argument(
    help: ArgumentHelp("The templates' paths.", valueName: "file"), completion: .file())
  var files: [String]
  @Flag(help: "Write nothing; exit with 1 where a file would change.")
  var check = false
  @Flag(help: "Print the result instead of writing it back.")
  var stdout = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if check, stdout { throw ValidationError("--check and --stdout exclude each other.") }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      var findings: [Diagnostic] = []
      var sources: [String: String] = [:]
      var changed: [String] = []
      for file in files {
        let bytes: [UInt8]
        do throws(FileFailure) { bytes = try context.effects.files.read(file) } catch {
          throw StackFailure(.unreadableFile, "can't read \(file): \(error.reason)")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let isText = Array(text.utf8) == bytes
        let (formatted, found) =
          isText
          ? TemplateFormatter.format(text, file: file)
          : (text, TemplateParser.parse(bytes, file: file).diagnostics)
        sources[file] = text
        findings += found
        if stdout { context.terminal.write(formatted) }
        // Text that is no UTF-8 has been reported, and is never written back.
        guard isText, formatted != text, !found.hasErrors else { continue }
        changed.append(file)
        if !check, !stdout {
          try context.effects.files.writeAtomically(Array(formatted.utf8), to: file)
        }
        if !stdout, !common.json {
          context.terminal.line(check ? "\(file): would change" : "\(file): formatted")
        }
      }
      context.show(findings, sources: sources)
      if common.json, !stdout, findings.isEmpty {
        context.printJSON(["changed": .list(changed.map { .string($0) })])
      }
      if findings.hasErrors || check && !changed.isEmpty { throw Exit.failure }
    }
  }
}
