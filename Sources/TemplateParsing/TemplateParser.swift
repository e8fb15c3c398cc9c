import Diagnostics

/// Reads CloudFormation templates, YAML and JSON.
public enum TemplateParser {
  /// Reads a whole template. Collects as many findings as it can in one go.
  ///
  /// - Parameter file: how diagnostics call the text.
  /// - Returns: `template` is nil only where there is no document to speak of; with errors beside
  ///   it, it holds what could be understood.
  public static func parse(_ bytes: [UInt8], file: String)
    -> (template: Template?, diagnostics: [Diagnostic])
  {
    parse(bytes, file: file) { TransformedDocument(root: $0) }
  }

  /// Reads a template whose document a transform changes before anything is made of it.
  ///
  /// - Parameter transform: gives the document to read and what is wrong with the one it got.
  ///   With errors, no template is made: what failed would be missed all over it.
  public static func parse(
    _ bytes: [UInt8], file: String,
    transform: (TemplateNode) -> TransformedDocument
  ) -> (template: Template?, diagnostics: [Diagnostic]) {
    template(of: TemplateDocument(bytes, file: file), transform: transform)
  }

  /// Makes a template of a document that has been read, after a transform has changed it.
  public static func template(
    of document: TemplateDocument,
    transform: (TemplateNode) -> TransformedDocument = { TransformedDocument(root: $0) }
  ) -> (template: Template?, diagnostics: [Diagnostic]) {
    guard let root = document.root else { return (nil, document.diagnostics) }
    let changed = transform(root)
    let problems = changed.diagnostics
    if problems.hasErrors { return (nil, document.diagnostics + problems) }
    return document.text.withUnsafeBufferPointer { text in
      let reader = TemplateReader(file: document.file, bytes: text)
      var template = reader.template(from: changed.root)
      template.writtenNames = changed.writtenNames
      return (template, document.diagnostics + problems + reader.diagnostics)
    }
  }

  /// The document of a text as it is written; nil where there is none.
  public static func document(_ bytes: [UInt8], file: String)
    -> (root: TemplateNode?, diagnostics: [Diagnostic])
  {
    bytes.withUnsafeBufferPointer { buffer in
      let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
      return nodes(hasMark ? UnsafeBufferPointer(rebasing: buffer[3...]) : buffer, file: file)
    }
  }

  /// The document as it is written. JSON that only YAML understands is read as YAML.
  static func nodes(_ text: UnsafeBufferPointer<UInt8>, file: String)
    -> (root: TemplateNode?, diagnostics: [Diagnostic])
  {
    let first = text.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    guard first == UInt8(ascii: "{") else { return YAMLReader.read(text, file: file) }
    do throws(JSONTemplateReader.Failure) {
      return try JSONTemplateReader.read(text, file: file)
    } catch {
      let (root, found) = YAMLReader.read(text, file: file)
      if root != nil || found.contains(where: { $0.code != .syntax }) { return (root, found) }
      let end = SourcePosition(line: error.position.line, column: error.position.column + 1)
      let span = SourceSpan(file: file, start: error.position, end: end)
      var diagnostic = Diagnostic(.syntax, error.message, at: span, hint: error.hint)
      if let opening = error.opening {
        let end = SourcePosition(line: opening.line, column: opening.column + 1)
        let place = SourceSpan(file: file, start: opening, end: end)
        diagnostic.related = [.init(span: place, label: "opened here")]
      }
      return (nil, [diagnostic])
    }
  }
}
