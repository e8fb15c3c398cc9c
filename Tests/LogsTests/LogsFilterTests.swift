import PropertyTree
import Testing

/// Patterns against one message each, through FilterLogEvents.
@Suite struct LogsFilterTests {
  private static let event =
    #"{"level":"ERROR","code":503,"rate":1.5,"ok":true,"none":null,"user":{"name":"ann","tags":["x","y"]}}"#

  @Test(arguments: [
    ("", "anything", true), ("ERROR", "an ERROR here", true), ("ERROR", "an error here", false),
    ("ERROR", "MYERRORS", true), ("a b", "b and a", true), ("a b", "only a", false),
    ("\"b c\"", "a b c d", true), ("\"b c\"", "a c b d", false),
    ("\"say \\\"hi\\\"\"", "say \"hi\"", true), ("?one ?two", "two", true),
    ("?one ?two", "three", false), ("ERROR -fatal", "ERROR soft", true),
    ("ERROR -fatal", "ERROR fatal", false), ("-fatal", "fine", true),
    ("ERROR ?one", "ERROR", true), ("-\"a b\"", "x a b", false), ("\"a.b\"", "a.b", true),
    ("{ $.a = 1 }", "not json", false),
    ("%ERR(OR)?%", "an ERR here", true), ("%[0-9]{3}%", "code 42", false),
    ("code -%4[0-9]{2}%", "code 404", false), ("code -%4[0-9]{2}%", "code 500", true),
    ("?%^a% ?b", "xb", true), ("?%^a% ?b", "xa", false),
  ])
  func terms(_ pattern: String, _ message: String, _ matches: Bool) async throws {
    try await check(pattern, message, matches)
  }

  @Test(arguments: [
    ("{ $.level = \"ERROR\" }", true), ("{ $.level = ERROR }", true),
    ("{ $.level = \"ERR*\" }", true), ("{ $.level = \"*R*R\" }", true),
    ("{ $.level = \"*x*\" }", false), ("{ $.level != \"ERROR\" }", false),
    ("{ $.level != \"INFO\" }", true), ("{ $.code = 503 }", true), ("{ $.code != 503 }", false),
    ("{ $.code >= 500 && $.code < 600 }", true), ("{ $.code > 503 }", false),
    ("{ $.code <= 503 }", true), ("{ $.rate = 1.5 }", true), ("{ $.rate < -1 }", false),
    ("{ $.user.name = \"ann\" }", true), ("{ $.user.tags[1] = \"y\" }", true),
    ("{ $.user.tags[2] = \"y\" }", false), ("{ $.user[\"name\"] = ann }", true),
    ("{ $.missing = \"x\" }", false), ("{ $.missing NOT EXISTS }", true),
    ("{ $.level NOT EXISTS }", false), ("{ $.none IS NULL }", true),
    ("{ $.ok IS TRUE }", true), ("{ $.ok IS FALSE }", false),
    ("{ ($.level = \"INFO\") || ($.code = 503) }", true),
    ("{ $.level = \"INFO\" || $.code = 503 && $.ok IS FALSE }", false),
    ("{($.level=\"ERROR\")&&(($.code=1)||($.code=503))}", true),
    ("{ $.level = %^ERR% }", true), ("{ $.level != %^ERR% }", false),
    ("{ $.user.name = %n{2}$% && $.code = 503 }", true),
    ("{ $.user.tags[*] = \"y\" }", true), ("{ $.user.tags[*] = \"z\" }", false),
    ("{ $.user.tags[*] = %^[xy]$% }", true), ("{ $.user.* = \"ann\" }", true),
    ("{ $.* = 503 }", true), ("{ $.* = 504 }", false), ("{ $.user.tags[*] NOT EXISTS }", false),
    ("{ $.level[*] NOT EXISTS }", true),
  ])
  func conditions(_ pattern: String, _ matches: Bool) async throws {
    try await check(pattern, Self.event, matches)
  }

  private static let line =
    #"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#

  @Test(arguments: [
    ("[ip, id, user, time, request, status, bytes]", true), ("[ip, id, user]", false),
    ("[ip, id, user, time, request=*.html*, status=4*, bytes]", true),
    ("[ip, id, user, time, request, status=404, bytes>1000]", true),
    ("[ip, id, user, time, request, status != 404, bytes]", false),
    ("[ip, id, user, time, request, status, bytes <= 1533]", false),
    ("[ip, user, ..., bytes]", true), ("[..., status=404, bytes]", true),
    ("[ip=127.0.0.1, ...]", true), ("[ip != 127.*, ...]", false), ("[...]", true),
    ("[..., a, b, c, d, e, f, g, h]", false),
    ("[ip, ..., status=4* && status!=403, bytes]", true),
    ("[ip, ..., status=5* || status=404, bytes]", true),
    ("[ip, ..., status=5* || status=403, bytes]", false),
    ("[ip, ..., status=%4[0-9]{2}%, bytes]", true), ("[ip=%^10%, ...]", false),
    ("[ip, id, user, time=\"10/Oct/2000:13:25:15 -0700\", ...]", true),
    ("[ip, id, user=\"fr*\", ...]", true), ("[user > 5, ...]", false), ("[*, ...]", true),
  ])
  func fields(_ pattern: String, _ matches: Bool) async throws {
    try await check(pattern, Self.line, matches)
  }

  @Test(arguments: [
    ("[w=ERROR]", "ERROR", true), ("[a, b]", " two   words ", true),
    ("[a, b]", "open \"quote", true), ("[...]", " ", true),
    ("[n > 9]", "10", true), ("[n > 9]", "ten", false), ("[n != 9]", "ten", true),
  ])
  func words(_ pattern: String, _ message: String, _ matches: Bool) async throws {
    try await check(pattern, message, matches)
  }

  private func check(_ pattern: String, _ message: String, _ matches: Bool) async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    try await logs.put("g", "s", (0, message))
    let answer = try await logs.call(
      "FilterLogEvents", ["logGroupName": "g", "filterPattern": .string(pattern)])
    #expect(logs.messages(answer) == (matches ? [message] : []), "\(pattern)")
    try logs.end()
  }

  @Test(arguments: [
    "{ $.a", "{ $.a = 1", "{ a = 1 }", "{ $.a = 1 } x", "{ $ = 1 }", "{ $.a ~ 1 }",
    "{ $.a < \"b\" }", "\"open", "{ $.a[x] = 1 }", "{ }", "? ?", "-",
    "[a, b", "[a b]", "[, a]", "[a =]", "[..., a, ...]", "[a] b", "[a=1 || b=2]", "[a > x]",
    "[a=1 && a]", "%open", "%%", "%[%", "[a = %(%]", "{ $.a = %open }", "{ $.a > %1% }",
    "{ $.a[*].b[*] = 1 }",
    "{ \(String(repeating: "(", count: 200))$.a = 1 }",
  ])
  func brokenPatterns(_ pattern: String) async throws {
    let logs = try LogsBench()
    try await logs.make("g", "s")
    let error = try await logs.failure(
      "FilterLogEvents", ["logGroupName": "g", "filterPattern": .string(pattern)])
    #expect(error.code == "InvalidParameterException")
    #expect(error.message.hasPrefix("Invalid filter pattern"))
    try logs.end()
  }
}
