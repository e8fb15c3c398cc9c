import EventPatterns
import PropertyTree
import Testing

@Suite struct EventPatternTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var pattern: String
    var event: String
    var matches: Bool
    var testDescription: String { "\(pattern) on \(event)" }
    init(_ pattern: String, _ event: String, _ matches: Bool) {
      (self.pattern, self.event, self.matches) = (pattern, event, matches)
    }
  }

  static let cases: [Case] = [
    Case(#"{"a":["x","y"]}"#, #"{"a":"y"}"#, true),
    Case(#"{"a":["x","y"]}"#, #"{"a":"z"}"#, false),
    Case(#"{"a":["x"]}"#, #"{"b":"x"}"#, false),
    Case(#"{"a":["x"],"b":[1]}"#, #"{"a":"x","b":1}"#, true),
    Case(#"{"a":["x"],"b":[1]}"#, #"{"a":"x","b":2}"#, false),
    Case(#"{"a":[1]}"#, #"{"a":1.0}"#, true),
    Case(#"{"a":[1]}"#, #"{"a":"1"}"#, false),
    Case(#"{"a":[true]}"#, #"{"a":true}"#, true),
    Case(#"{"a":[null]}"#, #"{"a":null}"#, true),
    Case(#"{"a":[null]}"#, #"{}"#, false),
    Case(#"{"a":[""]}"#, #"{"a":""}"#, true),
    Case(#"{"a":[""]}"#, #"{"a":null}"#, false),
    Case(#"{"a":{"b":["x"]}}"#, #"{"a":{"b":"x"}}"#, true),
    Case(#"{"a":{"b":["x"]}}"#, #"{"a":"x"}"#, false),
    Case(#"{"a":["x"]}"#, #"{"a":["z","x"]}"#, true),
    Case(#"{"a":{"b":["x"]}}"#, #"{"a":[{"b":"z"},{"b":"x"}]}"#, true),
    Case(#"{"a":[{"prefix":"ab"}]}"#, #"{"a":"abc"}"#, true),
    Case(#"{"a":[{"prefix":"ab"}]}"#, #"{"a":"Abc"}"#, false),
    Case(#"{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}"#, #"{"a":"abc"}"#, true),
    Case(#"{"a":[{"suffix":".png"}]}"#, #"{"a":"x.png"}"#, true),
    Case(#"{"a":[{"suffix":".png"}]}"#, #"{"a":"x.jpg"}"#, false),
    Case(#"{"a":[{"suffix":{"equals-ignore-case":".PNG"}}]}"#, #"{"a":"x.png"}"#, true),
    Case(#"{"a":[{"equals-ignore-case":"Alice"}]}"#, #"{"a":"aLICE"}"#, true),
    Case(#"{"a":[{"equals-ignore-case":"Alice"}]}"#, #"{"a":"alic"}"#, false),
    Case(#"{"a":[{"wildcard":"x/*/z.*"}]}"#, #"{"a":"x/1/2/z.txt"}"#, true),
    Case(#"{"a":[{"wildcard":"x/*/z.*"}]}"#, #"{"a":"x/z.txt"}"#, false),
    Case(#"{"a":[{"wildcard":"ab*ba"}]}"#, #"{"a":"aba"}"#, false),
    Case(#"{"a":[{"wildcard":"a\\*"}]}"#, #"{"a":"a*"}"#, true),
    Case(#"{"a":[{"wildcard":"a\\*"}]}"#, #"{"a":"ab"}"#, false),
    Case(#"{"a":[{"anything-but":"x"}]}"#, #"{"a":"y"}"#, true),
    Case(#"{"a":[{"anything-but":"x"}]}"#, #"{"a":"x"}"#, false),
    Case(#"{"a":[{"anything-but":"x"}]}"#, #"{}"#, false),
    Case(#"{"a":[{"anything-but":[1,2]}]}"#, #"{"a":3}"#, true),
    Case(#"{"a":[{"anything-but":[1,2]}]}"#, #"{"a":2}"#, false),
    Case(#"{"a":[{"anything-but":{"prefix":"i"}}]}"#, #"{"a":"init"}"#, false),
    Case(#"{"a":[{"anything-but":{"prefix":["i","s"]}}]}"#, #"{"a":"run"}"#, true),
    Case(#"{"a":[{"anything-but":{"suffix":"t"}}]}"#, #"{"a":"init"}"#, false),
    Case(#"{"a":[{"anything-but":{"equals-ignore-case":["A","b"]}}]}"#, #"{"a":"B"}"#, false),
    Case(#"{"a":[{"anything-but":{"wildcard":"*/x"}}]}"#, #"{"a":"y/x"}"#, false),
    Case(#"{"a":[{"numeric":[">",0,"<=",5]}]}"#, #"{"a":5}"#, true),
    Case(#"{"a":[{"numeric":[">",0,"<=",5]}]}"#, #"{"a":5.1}"#, false),
    Case(#"{"a":[{"numeric":["=",3.5]}]}"#, #"{"a":3.5}"#, true),
    Case(#"{"a":[{"numeric":[">=",1]}]}"#, #"{"a":"1"}"#, false),
    Case(#"{"a":[{"cidr":"10.0.0.0/24"}]}"#, #"{"a":"10.0.0.7"}"#, true),
    Case(#"{"a":[{"cidr":"10.0.0.0/24"}]}"#, #"{"a":"10.0.1.7"}"#, false),
    Case(#"{"a":[{"cidr":"0.0.0.0/0"}]}"#, #"{"a":"1.2.3.4"}"#, true),
    Case(#"{"a":[{"cidr":"2001:db8::/32"}]}"#, #"{"a":"2001:db8:1::5"}"#, true),
    Case(#"{"a":[{"cidr":"2001:db8::/32"}]}"#, #"{"a":"2001:db9::5"}"#, false),
    Case(#"{"a":[{"exists":true}]}"#, #"{"a":null}"#, true),
    Case(#"{"a":[{"exists":true}]}"#, #"{"a":{"b":1}}"#, false),
    Case(#"{"a":[{"exists":false}]}"#, #"{"b":1}"#, true),
    Case(#"{"a":{"b":[{"exists":false}]}}"#, #"{}"#, true),
    Case(#"{"a":[{"exists":false}]}"#, #"{"a":[]}"#, true),
    Case(#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":0,"b":2}"#, true),
    Case(#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":0,"b":0}"#, false),
    Case(#"{"c":[3],"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"a":1,"c":4}"#, false),
    Case(#"{"d":{"$or":[{"a":[1]},{"b":[2]}]}}"#, #"{"d":{"b":2}}"#, true),
  ]

  @Test(arguments: cases) func matches(_ one: Case) throws {
    let pattern = try EventPattern(one.pattern)
    #expect(try pattern.matches(JSONReader.read(one.event)) == one.matches)
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"a":"x"}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":[[1]]}"#,
    #"{"a":[{"near":"x"}]}"#, #"{"a":[{"prefix":1}]}"#, #"{"a":[{"prefix":"a","suffix":"b"}]}"#,
    #"{"a":[{"numeric":[">"]}]}"#, #"{"a":[{"numeric":["~",1]}]}"#, #"{"a":[{"cidr":"10.0.0.0"}]}"#,
    #"{"a":[{"cidr":"10.0.0.0/33"}]}"#, #"{"a":[{"exists":"yes"}]}"#,
    #"{"a":[{"anything-but":[]}]}"#, #"{"a":[{"anything-but":{"numeric":["=",1]}}]}"#,
    #"{"a":[{"wildcard":"**"}]}"#, #"{"a":[{"wildcard":"a\\b"}]}"#, #"{"$or":[{"a":[1]}]}"#,
  ]) func refuses(_ text: String) {
    #expect(throws: EventPattern.Fault.self) { try EventPattern(text) }
  }

  @Test func namesTheFieldsItLooksAt() throws {
    let pattern = try EventPattern(#"{"data":{"x":[1]},"$or":[{"a":[1]},{"b":[2]}]}"#)
    #expect(pattern.keys == ["data", "a", "b"])
  }
}
