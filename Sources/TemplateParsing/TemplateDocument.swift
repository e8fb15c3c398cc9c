import Diagnostics
import Glibc

/// A template's text and the document that stands in it, as it is written: no transform has been
/// carried out and nothing has been made of it.
public struct TemplateDocument: Sendable {
  public let file: String
  /// The text without its byte order mark.
  let text: ArraySlice<UInt8>
  /// nil where there is no document, or none that can be read.
  public let root: TemplateNode?
  public let diagnostics: [Diagnostic]

  /// Reads a text, YAML or JSON.
  ///
  /// - Parameter file: how diagnostics call the text.
  public init(_ bytes: [UInt8], file: String) {
    self.file = file
    let start = SourcePosition(line: 1, column: 1)
    let top = SourceSpan(file: file, start: start, end: start)
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    self.text = text
    guard bytes.count <= DocumentLimits.bytesMax else {
      let limit = "\(DocumentLimits.bytesMax >> 20) MiB"
      root = nil
      diagnostics = [
        Diagnostic(
          .tooLarge, "the template is larger than \(limit)", at: top,
          hint: "split it into several stacks")
      ]
      return
    }
    let (root, found) = text.withUnsafeBufferPointer { TemplateParser.nodes($0, file: file) }
    guard let root, root.scalar?.isNull != true || root.tag != nil else {
      self.root = nil
      let nothing = Diagnostic(
        .missingSection, "the template is empty", at: top, hint: "it needs a `Resources` section")
      diagnostics = found.isEmpty ? [nothing] : found
      return
    }
    self.root = root
    let isLarge = bytes.count > DocumentLimits.bytesSoftMax
    let warning = Diagnostic(
      .tooLarge, "the template is larger than 1 MiB, which is CloudFormation's limit",
      at: top, severity: .warning)
    diagnostics = isLarge ? found + [warning] : found
  }

  /// False where no transform can stand in the text: neither a section nor a function of that name.
  public var mayHoldTransforms: Bool { Self.mayHold("Transform", in: text) }

  /// False where a key or value can't stand in a text: neither as it is nor written with escapes.
  public static func mayHold(_ word: String, in text: some Collection<UInt8>) -> Bool {
    let found = text.withContiguousStorageIfAvailable { buffer in
      [word, "\\x", "\\u", "\\U"].contains { Self.holds($0, buffer) }
    }
    return found ?? true
  }

  private static func holds(_ word: String, _ buffer: UnsafeBufferPointer<UInt8>) -> Bool {
    let wanted = Array(word.utf8)
    guard let base = buffer.baseAddress, let first = wanted.first else { return false }
    var offset = 0
    while buffer.count - offset >= wanted.count,
      let hit = memchr(base + offset, Int32(first), buffer.count - offset)
    {
      let start = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
      guard start + wanted.count <= buffer.count else { return false }
      if memcmp(hit, wanted, wanted.count) == 0 { return true }
      offset = start + 1
    }
    return false
  }
}
