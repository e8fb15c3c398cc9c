import Diagnostics
import Foundation
import PropertyTree
import ServerlessTransform
import TemplateParsing
import Testing

/// Every folder `Tests/Golden/sam/<case>` holds a `template.yaml`, perhaps a `parameters.json`, and
/// what must come out: `expected.json`, or `diagnostics.txt` where the template is refused.
/// `UPDATE_GOLDEN=1` writes them anew; `scripts/check_sam.py` compares them with the reference.
@Suite struct SAMGoldenTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/sam")
  static let isRecording = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

  static let cases: [String] = {
    let names = FileManager.default.subpaths(atPath: root.path()) ?? []
    return names.filter { $0.hasSuffix("/template.yaml") }
      .map { ($0 as NSString).deletingLastPathComponent }.sorted()
  }()

  @Test func casesAreFound() { #expect(Self.cases.count >= 116) }

  @Test(arguments: cases)
  func matches(_ name: String) throws {
    let folder = Self.root.appending(path: name)
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "template.yaml")))
    let document = TemplateParser.document(bytes, file: "template.yaml")
    let root = try #require(document.root)
    let (expanded, found) = ServerlessTransform.expand(
      root, parameterValues: try parameters(folder))
    let diagnostics = (document.diagnostics + found).inSourceOrder()
    let source = String(decoding: bytes, as: UTF8.self)
    let lines = DiagnosticRenderer(sources: ["template.yaml": source]).render(diagnostics)
    try check(
      diagnostics.hasErrors ? nil : JSONWriter.pretty(Self.value(of: expanded)) + "\n",
      against: folder.appending(path: "expected.json"))
    try check(lines.isEmpty ? nil : lines, against: folder.appending(path: "diagnostics.txt"))
    #expect(Self.isPlaced(expanded, in: SourceText(bytes)), "a node points outside the template")
  }

  private func parameters(_ folder: URL) throws -> [String: String] {
    let file = folder.appending(path: "parameters.json")
    guard FileManager.default.fileExists(atPath: file.path()) else { return [:] }
    let tree = try JSONReader.read([UInt8](try Data(contentsOf: file)))
    var out: [String: String] = [:]
    for (name, value) in tree.objectValue ?? [:] { out[name] = value.scalarText }
    return out
  }

  private func check(_ text: String?, against file: URL) throws {
    let exists = FileManager.default.fileExists(atPath: file.path())
    if Self.isRecording {
      if let text {
        try Data(text.utf8).write(to: file)
      } else if exists {
        try FileManager.default.removeItem(at: file)
      }
      return
    }
    guard let text else {
      #expect(!exists, "\(file.lastPathComponent) is there and should not be")
      return
    }
    let expected = exists ? String(decoding: try Data(contentsOf: file), as: UTF8.self) : ""
    #expect(text == expected)
  }

  static func value(of node: TemplateNode) -> PropertyValue {
    switch node.content {
    case .scalar(let scalar): return scalar.value
    case .sequence(let nodes): return .list(nodes.map(value))
    case .mapping(let entries):
      return .object(PropertyObject(entries.map { ($0.key.value, value(of: $0.value)) }))
    }
  }

  /// True where every node of the expansion stands on a line of the template.
  static func isPlaced(_ node: TemplateNode, in source: SourceText) -> Bool {
    let lines = 1...source.lineCount
    guard lines.contains(node.span.start.line), lines.contains(node.span.end.line) else {
      return false
    }
    switch node.content {
    case .scalar: return true
    case .sequence(let nodes): return nodes.allSatisfy { isPlaced($0, in: source) }
    case .mapping(let entries): return entries.allSatisfy { isPlaced($0.value, in: source) }
    }
  }
}
