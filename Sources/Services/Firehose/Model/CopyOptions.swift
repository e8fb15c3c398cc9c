/// The options of Redshift's COPY that Leat carries out.
/// https://docs.aws.amazon.com/redshift/latest/dg/r_COPY-parameters.html
struct CopyOptions: Sendable, Hashable {
  enum Form: Sendable, Hashable {
    /// Fields with a delimiter between them.
    case delimited
    case csv(quote: UInt8)
    /// Members by the names of columns.
    case json(ignoresCase: Bool)
    /// Members by the paths in a file.
    case jsonPaths(bucket: String, key: String)
  }

  /// Values of columns for moments.
  enum MomentForm: Sendable, Hashable {
    /// As the server reads it.
    case auto
    case epochSeconds
    case epochMilliseconds
  }

  var form = Form.delimited
  var delimiter: UInt8?
  var isPacked = false
  var null = "\\N"
  var headerLines = 0
  /// The number of errors that is one too many; 0 and 1 allow none.
  var errorsMax = 0
  var moments = MomentForm.auto
  var truncates = false
  var emptyIsNull = false
  var blankIsNull = false
  var skipsBlankLines = false
  var fillsRecords = false
  var trimsBlanks = false
  var removesQuotes = false
  var escapes = false
  /// Stands for bytes that are no UTF-8; nil where such a row is an error.
  var replacement: UInt8?

  /// - Throws: the reason why these options can't be carried out.
  init(_ text: String) throws(ConfigurationFault.Reason) {
    var words = try CopyWords(text)
    var seen: Set<String> = []
    while let word = try words.keyword() {
      guard seen.insert(word).inserted || word == "AS" else {
        throw Self.invalid("CopyOptions has \(word) twice")
      }
      try take(word, &words)
    }
    try checkCombination(seen)
    if delimiter == nil { delimiter = UInt8(ascii: isCSV ? "," : "|") }
  }

  private var isCSV: Bool { if case .csv = form { true } else { false } }

  private var isJSON: Bool {
    switch form {
    case .json, .jsonPaths: true
    case .delimited, .csv: false
    }
  }

  private mutating func take(_ word: String, _ words: inout CopyWords)
    throws(ConfigurationFault.Reason)
  {
    switch word {
    // FORMAT says nothing but that a format follows.
    case "FORMAT", "AS": break
    case "CSV": form = .csv(quote: quote ?? UInt8(ascii: "\""))
    case "QUOTE":
      let byte = try words.character(word)
      quote = byte
      if isCSV { form = .csv(quote: byte) }
    case "JSON": try takeJSON(words.text(word))
    case "DELIMITER": delimiter = try words.character(word)
    case "GZIP": isPacked = true
    case "NULL": null = try words.text(word)
    case "IGNOREHEADER": headerLines = try words.number(word, 0...Int(Int32.max))
    case "MAXERROR": errorsMax = try words.number(word, 0...100_000)
    case "TIMEFORMAT": moments = try Self.moments(words.text(word))
    case "DATEFORMAT":
      let form = try words.text(word)
      guard form.lowercased() == "auto" else { throw Self.unsupported("DATEFORMAT '\(form)'") }
    case "ENCODING":
      let name = try words.word(word)
      guard name.uppercased() == "UTF8" else { throw Self.unsupported("ENCODING \(name)") }
    case "ACCEPTINVCHARS": replacement = try words.optionalCharacter() ?? UInt8(ascii: "?")
    case "COMPUPDATE", "STATUPDATE":
      // A server that is not Redshift compresses and counts in its own way.
      let value = try words.optionalWord(["ON", "OFF", "TRUE", "FALSE", "PRESET"])
      guard value == "OFF" || value == "FALSE" else {
        throw Self.unsupported("\(word)\(value.map { " \($0)" } ?? "")")
      }
    default: try takeSwitch(word)
    }
  }

  private var quote: UInt8?

  private mutating func takeSwitch(_ word: String) throws(ConfigurationFault.Reason) {
    switch word {
    case "TRUNCATECOLUMNS": truncates = true
    case "EMPTYASNULL": emptyIsNull = true
    case "BLANKSASNULL": blankIsNull = true
    case "IGNOREBLANKLINES": skipsBlankLines = true
    case "FILLRECORD": fillsRecords = true
    case "TRIMBLANKS": trimsBlanks = true
    case "REMOVEQUOTES": removesQuotes = true
    case "ESCAPE": escapes = true
    case "CREDENTIALS", "IAM_ROLE", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN",
      "MANIFEST":
      throw Self.invalid("CopyOptions must not contain \(word), which Firehose gives itself")
    case let word where Self.otherOptions.contains(word): throw Self.unsupported(word)
    default: throw Self.invalid("CopyOptions contains \(word), which is no option of COPY")
    }
  }

  /// Options of Redshift that are not implemented.
  private static let otherOptions: Set<String> = [
    "AVRO", "ORC", "PARQUET", "SHAPEFILE", "FIXEDWIDTH", "BZIP2", "LZOP", "ZSTD", "ENCRYPTED",
    "MASTER_SYMMETRIC_KEY", "REGION", "ACCEPTANYDATE", "EXPLICIT_IDS", "ROUNDEC", "NOLOAD",
    "READRATIO", "COMPROWS", "SSH", "SERIALIZETOJSON", "SIMPLIFY", "IGNOREALLERRORS", "ON",
    "PARTITION",
  ]

  private mutating func takeJSON(_ text: String) throws(ConfigurationFault.Reason) {
    switch text.lowercased() {
    case "auto": form = .json(ignoresCase: false)
    case "auto ignorecase": form = .json(ignoresCase: true)
    case "noshred": throw Self.unsupported("JSON 'noshred'")
    default:
      let path = text.dropFirst("s3://".count)
      guard text.hasPrefix("s3://"), let slash = path.firstIndex(of: "/"),
        slash != path.startIndex, path.index(after: slash) != path.endIndex
      else {
        throw Self.invalid("JSON must be 'auto', 'auto ignorecase' or a file's s3://bucket/key")
      }
      form = .jsonPaths(
        bucket: String(path[..<slash]), key: String(path[path.index(after: slash)...]))
    }
  }

  private static func moments(_ text: String) throws(ConfigurationFault.Reason) -> MomentForm {
    switch text.lowercased() {
    case "auto": return .auto
    case "epochsecs": return .epochSeconds
    case "epochmillisecs": return .epochMilliseconds
    default: throw unsupported("TIMEFORMAT '\(text)'")
    }
  }

  private func checkCombination(_ seen: Set<String>) throws(ConfigurationFault.Reason) {
    let excluded: Set<String>
    let form: String
    if isJSON {
      form = "JSON"
      excluded = [
        "CSV", "QUOTE", "DELIMITER", "ESCAPE", "FILLRECORD", "IGNOREBLANKLINES", "IGNOREHEADER",
        "NULL", "REMOVEQUOTES",
      ]
    } else if isCSV {
      form = "CSV"
      excluded = ["JSON", "ESCAPE", "REMOVEQUOTES"]
    } else {
      form = "fields without CSV"
      excluded = ["QUOTE"]
    }
    if let other = excluded.intersection(seen).min() {
      throw Self.invalid("CopyOptions must not contain \(other) with \(form)")
    }
  }

  static func invalid(_ message: String) -> ConfigurationFault.Reason { .init(message: message) }

  private static func unsupported(_ option: String) -> ConfigurationFault.Reason {
    .init(message: "\(option) in CopyOptions", isUnsupported: true)
  }
}

/// The words of COPY's options, one after another.
struct CopyWords {
  private enum Word {
    case name(String)
    case text(String)
  }

  private var words: [Word] = []
  private var index = 0

  init(_ source: String) throws(ConfigurationFault.Reason) {
    var rest = source[...]
    while let first = rest.first {
      if first.isWhitespace || first == "," {
        rest.removeFirst()
      } else if first == "'" {
        words.append(.text(try Self.quoted(&rest)))
      } else {
        let name = rest.prefix { !$0.isWhitespace && $0 != "'" && $0 != "," }
        guard !name.contains(";"), !name.contains("--") else {
          throw CopyOptions.invalid("CopyOptions contains \(name), which is no option of COPY")
        }
        rest.removeFirst(name.count)
        words.append(.name(String(name)))
      }
    }
  }

  private static func quoted(_ rest: inout Substring) throws(ConfigurationFault.Reason) -> String {
    var text = ""
    rest.removeFirst()
    while let character = rest.popFirst() {
      if character != "'" {
        text.append(character)
      } else if rest.first == "'" {
        text.append("'")
        rest.removeFirst()
      } else {
        return text
      }
    }
    throw CopyOptions.invalid("CopyOptions has a text without its closing quote")
  }

  mutating func keyword() throws(ConfigurationFault.Reason) -> String? {
    guard index < words.count else { return nil }
    defer { index += 1 }
    guard case .name(let name) = words[index] else {
      throw CopyOptions.invalid("CopyOptions has a text where an option should stand")
    }
    return name.uppercased()
  }

  private mutating func skipAs() {
    if index < words.count, case .name(let name) = words[index], name.uppercased() == "AS" {
      index += 1
    }
  }

  private mutating func value(_ option: String) throws(ConfigurationFault.Reason) -> Word {
    skipAs()
    guard index < words.count else {
      throw CopyOptions.invalid("CopyOptions: \(option) needs a value")
    }
    defer { index += 1 }
    return words[index]
  }

  mutating func text(_ option: String) throws(ConfigurationFault.Reason) -> String {
    guard case .text(let text) = try value(option) else {
      throw CopyOptions.invalid("CopyOptions: \(option) needs a text in single quotes")
    }
    return text
  }

  mutating func word(_ option: String) throws(ConfigurationFault.Reason) -> String {
    switch try value(option) {
    case .name(let name): name
    case .text(let text): text
    }
  }

  mutating func number(_ option: String, _ bounds: ClosedRange<Int>)
    throws(ConfigurationFault.Reason) -> Int
  {
    guard let number = Int(try word(option)), bounds.contains(number) else {
      throw CopyOptions.invalid(
        "CopyOptions: \(option) must be between \(bounds.lowerBound) and \(bounds.upperBound)")
    }
    return number
  }

  /// One byte; `\t` stands for a tab, and `\001` for a byte in octal.
  mutating func character(_ option: String) throws(ConfigurationFault.Reason) -> UInt8 {
    let text = try text(option)
    guard let byte = Self.byte(text) else {
      throw CopyOptions.invalid("CopyOptions: \(option) must be one ASCII character")
    }
    return byte
  }

  mutating func optionalCharacter() throws(ConfigurationFault.Reason) -> UInt8? {
    skipAs()
    guard index < words.count, case .text(let text) = words[index] else { return nil }
    index += 1
    guard let byte = Self.byte(text) else {
      throw CopyOptions.invalid("CopyOptions: ACCEPTINVCHARS must be one ASCII character")
    }
    return byte
  }

  mutating func optionalWord(_ known: [String]) throws(ConfigurationFault.Reason) -> String? {
    guard index < words.count, case .name(let name) = words[index],
      known.contains(name.uppercased())
    else { return nil }
    index += 1
    return name.uppercased()
  }

  private static func byte(_ text: String) -> UInt8? {
    let bytes = Array(text.utf8)
    if bytes.count == 1 { return bytes[0] < 0x80 ? bytes[0] : nil }
    if text == "\\t" { return 0x09 }
    guard bytes.count == 4, text.hasPrefix("\\"), let byte = UInt8(text.dropFirst(), radix: 8),
      byte > 0, byte < 0x80
    else { return nil }
    return byte
  }
}
