/// Findings as SARIF 2.1.0, the format that code hosts and editors take.
public enum SARIFReport {
  /// The whole report as JSON text, ending in a line break.
  ///
  /// - Parameter version: the tool's own.
  public static func render(_ diagnostics: [Diagnostic], version: String = "0.1.0") -> String {
    let sorted = diagnostics.inSourceOrder()
    var codes: [DiagnosticCode] = []
    for code in DiagnosticCode.allCases where sorted.contains(where: { $0.code == code }) {
      codes.append(code)
    }
    let rules = codes.map { code in
      "{\"id\":\(quoted(code.rawValue)),\"name\":\(quoted(code.ruleName)),"
        + "\"shortDescription\":{\"text\":\(quoted(code.summary))},"
        + "\"fullDescription\":{\"text\":\(quoted(code.explanation))},"
        + "\"help\":{\"text\":\(quoted(code.help))},\"helpUri\":\(quoted(code.page))}"
    }
    let results = sorted.map { result($0, codes) }
    return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
      + "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"leat\",\"version\":\(quoted(version)),"
      + "\"rules\":[\(rules.joined(separator: ","))]}},\"columnKind\":\"unicodeCodePoints\","
      + "\"results\":[\(results.joined(separator: ","))]}]}\n"
  }

  private static func result(_ diagnostic: Diagnostic, _ codes: [DiagnosticCode]) -> String {
    let level = diagnostic.severity.rawValue
    let index = codes.firstIndex(of: diagnostic.code) ?? 0
    let text = diagnostic.hint.map { "\(diagnostic.message)\nHelp: \($0)" } ?? diagnostic.message
    var result =
      "{\"ruleId\":\(quoted(diagnostic.code.rawValue)),\"ruleIndex\":\(index),"
      + "\"level\":\(quoted(level)),\"message\":{\"text\":\(quoted(text))}"
    if let span = diagnostic.span {
      result += ",\"locations\":[{\(location(span))}]"
    }
    if !diagnostic.related.isEmpty {
      let related = diagnostic.related.enumerated().map { index, related in
        "{\"id\":\(index + 1),\(location(related.span)),"
          + "\"message\":{\"text\":\(quoted(related.label))}}"
      }
      result += ",\"relatedLocations\":[\(related.joined(separator: ","))]"
    }
    return result + "}"
  }

  private static func location(_ span: SourceSpan) -> String {
    "\"physicalLocation\":{\"artifactLocation\":{\"uri\":\(quoted(uri(span.file)))},"
      + "\"region\":{\"startLine\":\(span.start.line),\"startColumn\":\(span.start.column),"
      + "\"endLine\":\(span.end.line),\"endColumn\":\(span.end.column)}}"
  }

  /// A path with what a URI can't hold escaped.
  private static func uri(_ path: String) -> String {
    var text = path.hasPrefix("/") ? "file://" : ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return text
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
