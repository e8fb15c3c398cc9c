import ArgumentParser
import PropertyTree
import StackContracts
import StackEngine
import StackModel
import TemplateParsing

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Write a template for resources that are there, and import them.",
    discussion: """
      Without --resource it takes everything that belongs to no stack. The resources stay as they are.

      EXAMPLES
        leat import shop
        leat import shop --resource AWS::S3::Bucket=landing
        leat import shop --template-only --out found.yaml
      """)

  @Argument(help: "The name of the new stack.")
  var stackName: String
  @Option(
    name: .customLong("resource"), parsing: .upToNextOption,
    help: ArgumentHelp("Resources to import.", valueName: "Type=name"))
  var resources: [String] = []
  @Option(
    help: ArgumentHelp(
      "The file for the template; <stack>.yaml where it is left out.",
      valueName: "file"), completion: .file())
  var out: String?
  @Flag(help: "Write the template, and import nothing.")
  var templateOnly = false
  @OptionGroup var common: CommonOptions
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func validate() throws {
    guard StackReference.isValidName(stackName) else {
      throw ValidationError("`\(stackName)` is not a stack's name.")
    }
    for text in resources where !text.contains("=") || text.hasPrefix("=") || text.hasSuffix("=") {
      throw ValidationError("`\(text)` is not of the form Type=name.")
    }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let file = out ?? "\(stackName).yaml"
      guard !context.effects.files.exists(file) else {
        throw StackFailure(
          .invalidArgument, "\(file) is there already", hint: "name another file with --out")
      }
      try await context.withConnection("import") { connection in
        if !templateOnly,
          try await connection.stacks.stack(named: stackName, in: common.scope) != nil
        {
          throw StackFailure(
            .invalidArgument, "there is a stack `\(stackName)` already",
            hint: "choose another name, or import into it: "
              + "`leat deploy <template> --import LogicalID=name`")
        }
        let draft = try await connection.stacks.draft(
          DraftRequest(scope: common.scope, resources: resources.isEmpty ? nil : names))
        guard !draft.imports.isEmpty else {
          throw StackFailure(
            .invalidArgument, "nothing is there that belongs to no stack",
            hint: draft.leftOut.first
              ?? (draft.unlisted.isEmpty ? nil : "some types can only be named: --resource"))
        }
        try context.write(draft, to: file)
        if templateOnly { return context.tell(draft, file, stackName) }
        try await context.importing(draft, by: file, as: stackName, over: connection, yes: yes)
      }
    }
  }

  private var names: [DraftRequest.Name] {
    resources.map { text in
      let parts = text.split(separator: "=", maxSplits: 1)
      return DraftRequest.Name(type: String(parts[0]), physicalID: String(parts[1]))
    }
  }
}

extension CommandContext {
  /// The template, and the files that it names beside it.
  fileprivate func write(_ draft: TemplateDraft, to path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    if !folder.isEmpty { try effects.files.createDirectory(folder) }
    for file in draft.files where effects.files.exists(folder + file.path) {
      throw StackFailure(
        .invalidArgument, "\(folder + file.path) is there already, and the template needs the name",
        hint: "write the template into another folder with --out")
    }
    for file in draft.files {
      let target = folder + file.path
      guard let bytes = Base64.decode(file.contents) else {
        preconditionFailure("a draft's file is in base64")
      }
      try effects.files.createDirectory("\(folder)code")
      try effects.files.writeAtomically(bytes, to: target)
    }
    try effects.files.writeAtomically(Array(YAMLText.write(draft.template).utf8), to: path)
    guard !common.json else { return }
    let count = draft.imports.count
    terminal.line("Written to \(path): \(count) resource\(count == 1 ? "" : "s").")
    for reason in draft.leftOut { terminal.line("Left out: \(reason)") }
    if !draft.unlisted.isEmpty {
      terminal.line(
        terminal.styled(
          "Not looked for, as these can only be named (--resource): "
            + draft.unlisted.joined(separator: ", "), .faint))
    }
  }

  fileprivate func tell(_ draft: TemplateDraft, _ file: String, _ stackName: String) {
    let imports = draft.imports.sorted { $0.key < $1.key }
    if common.json {
      return printJSON([
        "template": .string(file),
        "imports": .object(PropertyObject(imports.map { ($0.key, .string($0.value)) })),
        "unlisted": .list(draft.unlisted.map { .string($0) }),
        "leftOut": .list(draft.leftOut.map { .string($0) }),
      ])
    }
    let words = imports.map { " \($0.key)=\($0.value)" }.joined()
    terminal.line(
      "Import them with: leat deploy \(file) --stack-name \(stackName) --import\(words)")
  }

  /// Plans the import, shows it, asks, and carries it out.
  fileprivate func importing(
    _ draft: TemplateDraft, by file: String, as stackName: String,
    over connection: any EnvironmentConnection, yes: Bool
  ) async throws {
    let reference = try StackReference(file, named: stackName, files: effects.files)
    var wanted = reference.request(in: common.scope)
    wanted.imports = draft.imports
    let (request, assets) = try packaging(wanted, reference)
    var plan = try planned(await connection.stacks.plan(request), reference).carrying(assets)
    if !common.json { show(plan) }
    try confirm("Import this?", isAnswered: yes)
    plan.origin = origin(of: reference.templateFile)
    try await apply(plan, over: connection)
  }
}
