import JQ

/// A jq expression that says which records are wanted: it sees a record's data as `.` and all of
/// the record, as `--format json` prints it, as `$record`.
struct RecordFilter: Sendable {
  private let program: JQProgram

  /// Of one record: an expression may go on for ever.
  private static let resultsMax = 10_000

  /// - Throws: `JQProgram.Failure` where the text is no expression.
  init(_ text: String) throws(JQProgram.Failure) {
    // A comment may stand at the expression's end.
    program = try JQProgram(". as $record | .data | (\(text)\n)")
  }

  /// True where a result is neither false nor null.
  ///
  /// - Parameter record: as an object of JSON.
  /// - Throws: `JQProgram.Failure` where the expression fails on the record.
  func wants(_ record: [UInt8]) throws(JQProgram.Failure) -> Bool {
    try program.run(record, resultsMax: Self.resultsMax).contains { $0 != "false" && $0 != "null" }
  }
}
