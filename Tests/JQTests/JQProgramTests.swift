import JQ
import Testing

@Suite struct JQProgramTests {
  private func run(_ program: String, _ document: String, resultsMax: Int = .max) throws -> [String]
  {
    try JQProgram(program).run(Array(document.utf8), resultsMax: resultsMax)
  }

  @Test(arguments: [
    (".a", #"{"a":1}"#, ["1"]), (".a.b[]", #"{"a":{"b":[1,"x",null]}}"#, ["1", #""x""#, "null"]),
    (
      "{k: .c, y: (.t | strftime(\"%Y\"))}", #"{"c":"é","t":1630443600}"#,
      [#"{"k":"é","y":"2021"}"#]
    ),
    (".[] | select(. > 1)", "[1,2,3]", ["2", "3"]), ("empty", "1", []),
  ])
  func resultsComeInOrder(program: String, document: String, results: [String]) throws {
    #expect(try run(program, document) == results)
  }

  @Test func aProgramRunsAgain() throws {
    let program = try JQProgram(".a")
    #expect(throws: JQProgram.Failure.self) { try program.run(Array("1".utf8)) }
    #expect(try program.run(Array(#"{"a":2}"#.utf8)) == ["2"])
  }

  @Test func runsEndWhenEnoughIsThere() throws {
    #expect(try run("repeat(.)", "1", resultsMax: 3) == ["1", "1", "1"])
  }

  @Test(arguments: [
    (".a", "1", "Cannot index number"), (".", "{", "Unfinished JSON"), ("error(\"no\")", "1", "no"),
    ("error({a: 1})", "1", #"{"a":1}"#), (".", "", "JSON"),
    ("input", "1", "break"),
  ])
  func failuresSayWhy(program: String, document: String, reason: String) {
    let failure = #expect(throws: JQProgram.Failure.self) { try run(program, document) }
    #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
  }

  @Test(arguments: ["{", ".a |", "nosuch(1)", "if . then 1"])
  func whatIsNoProgramIsRefused(program: String) {
    let failure = #expect(throws: JQProgram.Failure.self) { try JQProgram(program) }
    #expect(
      failure?.description.contains("error") == true
        || failure?.description.contains("not defined") == true, "\(failure?.description ?? "")")
  }

  @Test func whatReachesOutsideFindsNothing() throws {
    #expect(try run("[debug, (try input catch .)]", "1") == [#"[1,"break"]"#])
  }

  @Test func largeDocumentsGoThrough() throws {
    let text = String(repeating: "x", count: 1 << 20)
    #expect(try run("length", "\"\(text)\"") == ["\(1 << 20)"])
  }
}
