import AWSModel
import Effects
import Emulator
import Foundation
import PropertyTree
import StackEngine
import ResourceModel
import Testing

/// `docs/compatibility.md` and its pages list exactly what is implemented; `UPDATE_GOLDEN=1` writes it anew.
@Suite struct CompatibilityDocumentTests {
  @Test func theDocumentListsWhatIsThere() async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "leat-compatibility-\(ProcessInfo.processInfo.processIdentifier)"
    ).path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    let pages = pages(local.emulator, local.engine.catalog)
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
    let docs = root.appending(path: "docs")
    let compatibility = docs.appending(path: "compatibility")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      if FileManager.default.fileExists(atPath: compatibility.path()) {
        try FileManager.default.removeItem(at: compatibility)
      }
      try FileManager.default.createDirectory(
        at: compatibility, withIntermediateDirectories: true)
      for (name, text) in pages {
        try text.write(to: docs.appending(path: name), atomically: true, encoding: .utf8)
      }
    }
    for (name, text) in pages {
      #expect(try String(contentsOf: docs.appending(path: name), encoding: .utf8) == text)
    }
    let there = try FileManager.default.contentsOfDirectory(atPath: compatibility.path())
    #expect(there.count == pages.count - 1, "pages of services that are gone")
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

  /// The pages by their paths below `docs/`.
  private func pages(_ emulator: Emulator, _ catalog: ResourceCatalog) -> [String: String] {
    var schemas: [String: [ResourceSchema]] = [:]
    for schema in catalog.providers.values.map(\.schema) {
      schemas[Self.service(of: schema.type), default: []].append(schema)
    }
    var operations: [String: [AWSModel.Operation]] = [:]
    for service in emulator.services {
      operations[type(of: service).traits.signingName, default: []] += service.operations
    }
    let services = Set(schemas.keys).union(operations.keys).sorted()
    var pages: [String: String] = [:]
    for service in services {
      pages["compatibility/\(service).md"] = Self.page(
        service, schemas[service] ?? [], operations[service] ?? [])
    }
    pages["compatibility.md"] = index(services, schemas, operations)
    return pages
  }

  /// The signing name of the service that a resource type belongs to.
  private static func service(of type: ResourceType) -> String {
    let own = type.text.split(separator: ":")[1].lowercased()
    return own == "kinesisfirehose" ? "firehose" : own
  }

  private func index(
    _ services: [String], _ schemas: [String: [ResourceSchema]],
    _ operations: [String: [AWSModel.Operation]]
  ) -> String {
    var lines = [
      "# What is emulated", "",
      "These pages are checked against the code by a test. An operation, a property or a member that",
      "is not listed fails by name: calls with `UnsupportedOperation` and status 400, templates",
      "before anything is touched, with file, line and column.", "",
    ]
    lines += Self.language
    lines += [
      "", "## Services", "", "| service | resource types | operations |", "| --- | --- | --- |",
    ]
    for service in services {
      let types = (schemas[service] ?? []).map { "`\($0.type)`" }.sorted().joined(separator: " ")
      let count = (operations[service] ?? []).count { !$0.isRefusal }
      lines.append("| [\(service)](compatibility/\(service).md) | \(types) | \(count) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func page(
    _ service: String, _ schemas: [ResourceSchema], _ operations: [AWSModel.Operation]
  ) -> String {
    var lines = ["# \(service)", ""]
    for schema in schemas.sorted(by: { $0.type.text < $1.type.text }) {
      lines += ["## `\(schema.type)`", ""]
      let attributes = schema.attributes.sorted().map { "`\($0)`" }
      if !attributes.isEmpty {
        lines += ["`Fn::GetAtt`: \(attributes.joined(separator: ", ")).", ""]
      }
      lines += tree(schema.supported) { schema.createOnly.contains($0) ? " (replaces)" : "" }
      lines.append("")
    }
    let served = operations.filter { !$0.isRefusal }.sorted { $0.name < $1.name }
    if !served.isEmpty {
      lines += ["## Operations", "", "| operation | members of the request |", "| --- | --- |"]
    }
    for operation in served {
      let members =
        operation.inputType.flatMap { Self.members(of: $0) }
        ?? operation.http.map { Set($0.input.keys) }
      let top = members?.filter { !$0.contains(".") }.sorted().map { "`\($0)`" }
      let text = top.map { $0.isEmpty ? "none" : $0.joined(separator: " ") }
      lines.append("| \(operation.name) | \(text ?? "not listed here") |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The members that a type reads; nil where they can't be read off.
  private static func members<T: Decodable>(of type: T.Type) -> Set<String>? {
    do { return try ReadablePaths.of(type) } catch { return nil }
  }

  /// Dotted paths as a list with indentation; `X.*` says that all of `X` is taken.
  private static func tree(_ paths: Set<String>, note: (String) -> String) -> [String] {
    let whole = Set(paths.filter { $0.hasSuffix(".*") }.map { String($0.dropLast(2)) })
    let named = paths.filter { !$0.hasSuffix(".*") && $0 != "*" }.union(whole).sorted()
    return named.map { path in
      let parts = path.split(separator: ".")
      let indent = String(repeating: "  ", count: parts.count - 1)
      let rest = whole.contains(path) ? ", with all that is in it" : ""
      return "\(indent)- `\(parts.last ?? "")`\(rest)\(note(path))"
    }
  }
}
