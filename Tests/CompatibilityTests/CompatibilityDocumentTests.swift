import Effects
import Emulator
import Foundation
import StackEngine
import ResourceModel
import Testing

/// `docs/compatibility.md` lists exactly what is implemented; `UPDATE_GOLDEN=1` writes it anew.
@Suite struct CompatibilityDocumentTests {
  @Test func theDocumentListsWhatIsThere() async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "leat-compatibility-\(ProcessInfo.processInfo.processIdentifier)"
    ).path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    let text = document(local.emulator, local.engine.catalog)
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
    let file = root.appending(path: "docs/compatibility.md")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  /// The golden templates show each of these.
  private static let language = [
    "## Template language", "",
    "CloudFormation's, in YAML and JSON, with the transforms `AWS::LanguageExtensions`,",
    "`AWS::Include` (of local files) and `AWS::Serverless-2016-10-31`. Other macros, modules and",
    "`Hooks` are refused by name. An assertion of `Rules` that asks for attributes of resources",
    "(`Fn::ValueOf`, `Fn::ValueOfAll`) is left out with a warning.", "",
    "SAM's resources and events become what the transform makes of them on AWS, gradual",
    "deployments, domains, GraphQL APIs and all events among them; what of it Leat does not",
    "provision is then refused or left out like any other type. Of SAM's resources, WebSocket",
    "APIs, web functions, network connectors and MicroVM images are refused by name. An",
    "application that has to come from the Serverless Application Repository is refused, or left",
    "out where the rest is wanted. With `AWS::LanguageExtensions` before it, functions over",
    "parameters, mappings and conditions are answered before SAM looks.", "",
    "Properties are held against the public schemas of their types: kinds, enumerations, bounds,",
    "lengths, required and excluded properties, and every pattern, looks ahead and behind among",
    "them. Patterns are matched in bounded time. An `AllowedPattern` with references back to a",
    "group, possessive repetition, atomic groups, or `&&` and `[:name:]` in a class is refused by",
    "name, since those can't be.",
  ]

  private func document(_ emulator: Emulator, _ catalog: ResourceCatalog) -> String {
    var lines = [
      "# What is emulated", "",
      "This page is checked against the code by a test. An operation, a property or a member that",
      "is not listed fails by name: calls with `UnsupportedOperation` and status 400, templates",
      "before anything is touched, with file, line and column.", "",
    ]
    lines += Self.language
    lines += [
      "", "## Resource types", "", "| type | properties | `Fn::GetAtt` |", "| --- | --- | --- |",
    ]
    let schemas = catalog.providers.values.map(\.schema)
      .sorted { $0.type.text < $1.type.text }
    for schema in schemas {
      let properties = schema.supported.sorted().map { "`\($0)`" }.joined(separator: " ")
      let attributes = schema.attributes.sorted().map { "`\($0)`" }.joined(separator: " ")
      lines.append("| `\(schema.type)` | \(properties) | \(attributes) |")
    }
    lines += ["", "## Operations", ""]
    let services = emulator.services.sorted {
      type(of: $0).traits.signingName < type(of: $1).traits.signingName
    }
    for service in services {
      lines += ["### \(type(of: service).traits.signingName)", ""]
      let names = Set(service.operations.filter { !$0.isRefusal }.map(\.name))
      lines += [names.sorted().joined(separator: ", ") + ".", ""]
    }
    return lines.joined(separator: "\n")
  }
}
