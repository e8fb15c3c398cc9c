import Diagnostics
import Synchronization
import TemplateParsing

/// The result of reading a template's text.
enum TemplateReading: Sendable {
  case document(TemplateDocument)
  /// Decided by nothing but the text.
  case whole(Template?, [Diagnostic])
}

/// Readings that a command needs a second time: it looks for local code first and plans then.
/// Each is handed out once, so that a server never holds on to a template.
final class TemplateReadings: Sendable {
  private struct Kept {
    var body: String
    var reading: TemplateReading
  }

  private let kept = Mutex<[String: Kept]>([:])

  func keep(_ reading: TemplateReading, _ body: String, file: String) {
    kept.withLock { $0[file] = Kept(body: body, reading: reading) }
  }

  /// The reading of this very text; nil where there is none.
  func take(_ body: String, file: String) -> TemplateReading? {
    kept.withLock { kept in
      guard let found = kept[file], found.body == body else { return nil }
      kept[file] = nil
      return found.reading
    }
  }
}
