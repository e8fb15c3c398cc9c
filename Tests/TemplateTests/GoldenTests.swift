import Diagnostics
import Foundation
import PropertyTree
import Testing

/// Every folder `Tests/Golden/<area>/<case>` holds a `template.yaml` or `template.json`, perhaps a
/// `parameters.json` (and `exports.json`, `dynamic.json` for values from outside, `options.json` for
/// how it is looked at), and what must come out: `resolved.json`, `diagnostics.txt` or both.
/// `UPDATE_GOLDEN=1` writes them anew.
@Suite struct GoldenTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")
  static let isRecording = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

  /// All folders with a template; those under `sam/` are the transform's own.
  static let folders: [String] = {
    let manager = FileManager.default
    guard let names = manager.subpaths(atPath: root.path()) else { return [] }
    let folders = names.filter { $0.hasSuffix("/template.yaml") || $0.hasSuffix("/template.json") }
    return folders.map { ($0 as NSString).deletingLastPathComponent }.sorted()
  }()

  static let cases = folders.filter { !$0.hasPrefix("sam/") }

  @Test func casesAreFound() { #expect(Self.cases.count >= 200) }

  /// Each code of the template language is shown by at least one case.
  @Test func everyCodeHasACase() throws {
    var shown = ""
    for name in Self.folders {
      let file = Self.root.appending(path: name).appending(path: "diagnostics.txt")
      guard FileManager.default.fileExists(atPath: file.path()) else { continue }
      shown += String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
    for code in DiagnosticCode.allCases
    where code.rawValue < "LT4" && code != .malformedServerless && code != .unsupportedServerless {
      #expect(shown.contains("[\(code.rawValue)]"), "no case shows \(code)")
    }
  }

  @Test(arguments: cases)
  func matches(_ name: String) throws {
    let folder = Self.root.appending(path: name)
    let yaml = folder.appending(path: "template.yaml")
    let isYAML = FileManager.default.fileExists(atPath: yaml.path())
    let file = isYAML ? "template.yaml" : "template.json"
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file)))
    let compilation = Compilation(
      bytes, file: file, parameters: try texts(folder, "parameters.json"),
      exports: try texts(folder, "exports.json"),
      outputs: try texts(folder, "outputs.json"), dynamic: try texts(folder, "dynamic.json"),
      options: try options(folder),
      readFile: { [UInt8](try Data(contentsOf: folder.appending(path: $0))) })
    let source = String(decoding: bytes, as: UTF8.self)
    let rendered = DiagnosticRenderer(sources: [file: source]).render(compilation.diagnostics)
    try check(
      compilation.tree.map { JSONWriter.pretty($0) + "\n" },
      against: folder.appending(path: "resolved.json"))
    try check(
      rendered.isEmpty ? nil : rendered, against: folder.appending(path: "diagnostics.txt"))
  }

  private func options(_ folder: URL) throws -> Compilation.Options {
    let given = try texts(folder, "options.json")
    return Compilation.Options(
      isByItself: given["isByItself"] == "true",
      allowsUnsupported: given["allowsUnsupported"] == "true")
  }

  private func texts(_ folder: URL, _ name: String) throws -> [String: String] {
    let file = folder.appending(path: name)
    guard FileManager.default.fileExists(atPath: file.path()) else { return [:] }
    let tree = try JSONReader.read([UInt8](try Data(contentsOf: file)))
    var out: [String: String] = [:]
    for (name, value) in tree.objectValue ?? [:] { out[name] = value.scalarText }
    return out
  }

  private func check(_ actual: String?, against file: URL) throws {
    let exists = FileManager.default.fileExists(atPath: file.path())
    if Self.isRecording {
      if let actual {
        try Data(actual.utf8).write(to: file)
      } else if exists {
        try FileManager.default.removeItem(at: file)
      }
      return
    }
    let expected = exists ? String(decoding: try Data(contentsOf: file), as: UTF8.self) : nil
    #expect(actual == expected, "\(file.lastPathComponent) differs; UPDATE_GOLDEN=1 re-records it")
  }
}
