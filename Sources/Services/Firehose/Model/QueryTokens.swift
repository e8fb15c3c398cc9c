/// The names and operators of a jq program, without its texts: what a template's query may not use
/// is found here, because the program runs inside of the server.
struct QueryTokens {
  /// Names, but no fields (`.now`) and no keys (`now:`). A text's interpolations count.
  private(set) var words: [String] = []
  /// Everything else outside of texts, a space for each name between.
  private(set) var signs = ""

  /// Words that reach outside of the record, that may run without end, or by which a few bytes of a
  /// record may ask for more memory than there is.
  private static let refusedWords: Set<String> = [
    "ENV", "env", "input", "inputs", "import", "include", "debug", "stderr", "halt", "halt_error",
    "input_filename", "input_line_number", "modulemeta", "get_search_list", "def", "range",
    "repeat", "until", "while", "recurse", "infinite", "now", "localtime", "strflocaltime",
    "setpath", "combinations", "tojson", "walk",
  ]

  /// The first part that is not taken; nil where there is none.
  var refused: String? {
    if let word = words.first(where: { Self.refusedWords.contains($0) }) { return word }
    // `"x" * .n` and `.[.n] = 1` are as large as a record says.
    if signs.contains("*") { return "the operator *" }
    var rest = signs
    for comparison in ["==", "!=", "<=", ">="] { rest.replace(comparison, with: " ") }
    return rest.contains("=") ? "an assignment" : nil
  }

  init(_ query: String) {
    let bytes = Array(query.utf8)
    var index = 0
    var depths: [Int] = []
    var depth = 0
    var isText = false
    while index < bytes.count {
      let byte = bytes[index]
      if isText {
        if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
          if bytes[index + 1] == UInt8(ascii: "(") {
            depths.append(depth)
            depth = 0
            isText = false
          }
          index += 2
          continue
        }
        if byte == UInt8(ascii: "\"") { isText = false }
      } else if byte == UInt8(ascii: "\"") {
        isText = true
      } else if Self.isWord(byte) {
        let start = index
        while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
        let isField = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
        let isKey = bytes[index...].first { $0 != 0x20 } == UInt8(ascii: ":")
        if !isField && !isKey {
          words.append(String(decoding: bytes[start..<index], as: UTF8.self))
        }
        signs += " "
        continue
      } else {
        if byte == UInt8(ascii: "(") {
          depth += 1
        } else if byte == UInt8(ascii: ")") {
          if depth == 0, let outer = depths.popLast() {
            (depth, isText) = (outer, true)
          } else {
            depth -= 1
          }
        }
        signs.unicodeScalars.append(Unicode.Scalar(byte))
      }
      index += 1
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
