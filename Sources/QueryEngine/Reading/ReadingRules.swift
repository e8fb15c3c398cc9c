import ServiceKit

/// The rules of a deserializer, ready for use.
struct ReadingRules: Sendable {
  /// Values of the wrong shape are made to fit: OpenX puts one value into an array, fills a struct
  /// from an array by position, turns nested JSON into text, and reads numbers from strings.
  var isLenient: Bool
  /// Keys that are data (of maps, and in JSON that becomes text) are put into lower case.
  var lowersKeys: Bool
  var folding: KeyFolding
  /// Columns, in lower case, to the keys that they stand under.
  var keys: [String: String]
  var timestampPatterns: [JodaPattern]

  /// - Parameter year: the present one.
  init(_ reader: JSONRecordReader, year: Int) throws(JodaPattern.Fault) {
    switch reader {
    case .openX(let options):
      isLenient = true
      lowersKeys = options.isCaseInsensitive
      folding = KeyFolding(
        lowers: options.isCaseInsensitive, convertsDots: options.convertsDots)
      keys = Dictionary(
        options.keys.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
      timestampPatterns = []
    case .hive(let formats):
      isLenient = false
      lowersKeys = false
      // Columns are found in any case, whereas keys of maps stay as they are.
      folding = KeyFolding(lowers: true, convertsDots: false)
      keys = [:]
      var patterns: [JodaPattern] = []
      for format in formats { patterns.append(try JodaPattern(format, year: year)) }
      timestampPatterns = patterns
    }
  }

  /// The key that a column or a member stands under.
  func key(_ field: HiveField) -> String { keys[field.name.lowercased()] ?? field.name }

  /// Empty buffers for these columns, as members of one struct.
  func buffers(_ columns: [HiveField]) -> ColumnBuffers {
    ColumnBuffers(.structure(columns), path: "", keys: key, folding: folding)
  }
}
