import Diagnostics

/// `AWS::Include`: puts the pairs of a file beside the key that asks for it, `Fn::Transform`
/// anywhere, or an entry of the template's `Transform`.
enum Include {
  static let name = "AWS::Include"
  /// The most files that may include one another in a row.
  static let nestingMax = 5

  static func expand(_ root: TemplateNode, readFile: TransformInputs.FileReader?)
    -> (root: TemplateNode, diagnostics: [Diagnostic])
  {
    guard root.mentionsTransform else { return (root, []) }
    let walk = IncludeWalk(readFile)
    return (walk.expandTop(walk.expand(root, depth: 0)), walk.diagnostics)
  }
}

extension TemplateNode {
  /// True where an include could stand anywhere inside.
  fileprivate var mentionsTransform: Bool {
    if tag == "!Transform" { return true }
    switch content {
    case .scalar: return false
    case .sequence(let elements): return elements.contains { $0.mentionsTransform }
    case .mapping(let entries):
      return entries.contains {
        $0.key.value == "Fn::Transform" || $0.key.value == "Transform"
          || $0.value.mentionsTransform
      }
    }
  }
}

/// The walk that reads files in.
private final class IncludeWalk {
  private let readFile: TransformInputs.FileReader?
  private(set) var diagnostics: [Diagnostic] = []
  private var filesLeft = 200

  init(_ readFile: TransformInputs.FileReader?) { self.readFile = readFile }

  /// Deepest first, as CloudFormation does it.
  func expand(_ node: TemplateNode, depth: Int) -> TemplateNode {
    var node = node
    switch node.content {
    case .scalar: return node
    case .sequence(let elements):
      node.content = .sequence(elements.map { expand($0, depth: depth) })
    case .mapping(let entries):
      var builder = MappingBuilder()
      for entry in entries {
        let value = expand(entry.value, depth: depth)
        guard entry.key.value == "Fn::Transform", let location = location(of: value) else {
          builder.add(
            TemplateEntry(key: entry.key, value: value), isMergeKey: false, report: report)
          continue
        }
        for pair in pairs(of: location, depth: depth) {
          builder.add(pair, isMergeKey: false, report: report)
        }
      }
      node.content = .mapping(builder.entries)
    }
    guard node.tag == "!Transform", let location = location(of: node) else { return node }
    return TemplateNode(.mapping(pairs(of: location, depth: depth)), span: node.span)
  }

  /// The includes of the template's own `Transform`: their pairs become sections.
  func expandTop(_ root: TemplateNode) -> TemplateNode {
    guard case .mapping(let entries) = root.content, let transform = root["Transform"] else {
      return root
    }
    var kept: [TemplateNode] = []
    var builder = MappingBuilder()
    for entry in entries where entry.key.value != "Transform" {
      builder.add(entry, isMergeKey: false, report: report)
    }
    for node in transform.elements ?? [transform] {
      guard let location = location(of: node) else {
        kept.append(node)
        continue
      }
      for pair in pairs(of: location, depth: 0) {
        builder.add(pair, isMergeKey: false, report: report)
      }
    }
    var result = builder.entries
    if !kept.isEmpty, let key = entries.first(where: { $0.key.value == "Transform" })?.key {
      result.append(
        TemplateEntry(key: key, value: TemplateNode(.sequence(kept), span: transform.span)))
    }
    var root = root
    root.content = .mapping(result)
    return root
  }

  /// The address of an include's text; nil for another transform.
  private func location(of node: TemplateNode) -> Spanned<String>? {
    guard node["Name"]?.scalar?.text == Include.name else { return nil }
    guard let location = node["Parameters"]?["Location"], let scalar = location.scalar,
      location.tag == nil
    else {
      add(
        .malformedIntrinsic, "`AWS::Include` takes the path of a file as `Location`", node.span,
        "write `Parameters: {Location: snippet.yaml}`")
      return Spanned("", node.span)
    }
    return Spanned(scalar.text, location.span)
  }

  private func pairs(of location: Spanned<String>, depth: Int) -> [TemplateEntry] {
    let path = location.value
    guard !path.isEmpty else { return [] }
    guard !path.hasPrefix("s3://"), let readFile else {
      add(
        .unsupportedTransform, "Leat can't include `\(path)`", location.span,
        readFile == nil
          ? "only commands that read a template from a file can include others"
          : "copy the file beside the template and give its path")
      return []
    }
    filesLeft -= 1
    guard depth < Include.nestingMax, filesLeft >= 0 else {
      add(.tooDeep, "files include one another too often", location.span, nil)
      return []
    }
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch {
      add(.unreadableFile, "can't read `\(path)`: \(error)", location.span, nil)
      return []
    }
    let (document, found) = TemplateParser.document(bytes, file: path)
    found.forEach(report)
    guard let document else { return [] }
    guard document.entries != nil else {
      add(.wrongShape, "`\(path)` must hold an object, it is \(document.shape)", location.span, nil)
      return []
    }
    return expand(document, depth: depth + 1).entries ?? []
  }

  private func report(_ diagnostic: Diagnostic) {
    if diagnostics.count < DocumentLimits.diagnosticsMax { diagnostics.append(diagnostic) }
  }

  private func add(_ code: DiagnosticCode, _ message: String, _ span: SourceSpan, _ hint: String?) {
    report(Diagnostic(code, message, at: span, hint: hint))
  }
}
