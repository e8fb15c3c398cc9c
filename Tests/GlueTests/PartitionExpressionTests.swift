import AWSModel
import Testing

@testable import Glue

@Suite struct PartitionExpressionTests {
  private static let keys = [
    GlueColumn(Name: "year", Type: "int"), GlueColumn(Name: "name", Type: "string"),
    GlueColumn(Name: "day", Type: "date"), GlueColumn(Name: "price", Type: "decimal(10,2)"),
    GlueColumn(Name: "at", Type: "timestamp"),
  ]

  private static let values = ["2026", "o'neil", "2026-11-26", "12.50", "2026-11-26 08:00:00.5"]

  @Test(arguments: [
    ("year = 2026", true), ("year = '2026'", true), ("YEAR = 02026", true), ("year <> 2026", false),
    ("year != 2026", false), ("year > 300", true), ("year < 300", false), ("year >= 2026", true),
    ("year <= 2025", false), ("year > -1", true), ("name = 'o''neil'", true),
    ("name > 'o'", true), ("name like 'o%'", true), ("name LIKE '_''n%l'", true),
    ("name like 'o'", false), ("name like '%e_l%'", true), ("name not like 'p%'", true),
    ("name in ('a', 'o''neil')", true), ("name not in ('a','b')", true), ("year in (1)", false),
    ("year between 2026 and 2027", true), ("year not between 1 and 2025", true),
    ("year between 2027 and 2026", false), ("day = '2026-11-26'", true),
    ("day > '2026-02-28'", true), ("price = 12.5", true), ("price < 100", true),
    ("price > 9.99", true), ("at < '2026-11-26 08:00:00.51'", true),
    ("at = '2026-11-26 08:00:00.500000000'", true), ("name is null", false),
    ("name is not null", true), ("not year = 1", true), ("not (year = 2026 or year = 1)", false),
    ("year = 1 and year = 2 or year = 2026", true), ("year = 2026 or year = 1 and year = 2", true),
    ("(year = 2026 or year = 1) and year = 2", false), ("((((year = 2026))))", true),
    ("not not year = 2026", true), (" year=2026\nAND\tname='o''neil' ", true),
  ])
  func aPartitionIsMeantOrNot(_ text: String, _ isMeant: Bool) throws {
    let expression = try PartitionExpression(text, keys: Self.keys)
    #expect(try expression.matches(Self.values) == isMeant)
  }

  @Test(arguments: [
    ("month = 1", "Unknown column 'month'"), ("year = 'x'", "\"x\" is not an integer."),
    ("year = 1.5", "\"1.5\" is not an integer."), ("price = 'x'", "x is not a decimal."),
    ("day = '2026-02-29'", "2026-02-29 is not a date."),
    ("day = '26-1-1'", "26-1-1 is not a date."),
    (
      "at = '2026-11-26'",
      "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] 2026-11-26 is not a timestamp."
    ), ("year like '2%'", "Integral data type doesn't support operation 'LIKE'"),
    ("day like '2%'", "Date data type doesn't support operation 'LIKE'"),
    ("year", "Unsupported expression 'year'"), ("year =", "Unsupported expression 'year ='"),
    ("year = 1 and", "Unsupported expression 'year = 1 and'"),
    ("year = 1)", "Unsupported expression 'year = 1)'"),
    ("(year = 1", "Unsupported expression '(year = 1'"),
    ("name = 'x", "Unsupported expression 'name = 'x'"),
    ("year in ()", "Unsupported expression 'year in ()'"),
    ("year; drop", "Unsupported expression 'year; drop'"),
  ])
  func whatIsNoExpressionIsRefusedInAWSsWords(_ text: String, _ message: String) {
    #expect(throws: ServiceError("InvalidInputException", message)) {
      try PartitionExpression(text, keys: Self.keys)
    }
  }

  @Test func aKeyOfATypeThatDoesNotCompare() {
    #expect(throws: ServiceError("InvalidInputException", "Unknown type : 'array<int>'")) {
      try PartitionExpression("a = 1", keys: [GlueColumn(Name: "a", Type: "array<int>")])
    }
  }

  @Test func aStoredValueOfAnotherTypeIsAnInvalidState() throws {
    let expression = try PartitionExpression("year = 1", keys: Self.keys)
    #expect(throws: ServiceError("InvalidStateException", "\"soon\" is not an integer.")) {
      try expression.matches(["soon", "", "", "", ""])
    }
  }

  @Test func nestingIsBounded() {
    let text = String(repeating: "(", count: 5000) + "year = 1"
    #expect(throws: ServiceError.self) { try PartitionExpression(text, keys: Self.keys) }
  }
}
