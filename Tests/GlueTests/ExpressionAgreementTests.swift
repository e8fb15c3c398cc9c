import AWSModel
import Effects
import Testing

@testable import Glue

/// Expressions drawn by seed, told as text to the catalog and computed here in another way: by
/// ranks of values, without text, types or a tree of the catalog's.
@Suite struct ExpressionAgreementTests {
  /// A key's possible values in ascending order: a comparison is one of places in this list.
  private struct Domain {
    var name: String
    var type: String
    var ascending: [String]
  }

  private static let domains = [
    Domain(name: "n", type: "int", ascending: ["-20", "-3", "0", "7", "10", "100"]),
    Domain(name: "big", type: "bigint", ascending: ["-9000000000", "5", "60", "9000000000"]),
    Domain(name: "s", type: "string", ascending: ["10", "7", "A", "a", "a_b", "ab", "b%"]),
    Domain(name: "d", type: "date", ascending: ["1999-12-31", "2024-02-29", "2026-11-26"]),
    Domain(name: "p", type: "decimal(8,3)", ascending: ["-2.5", "-2.05", "0.1", "9.99", "10"]),
    Domain(
      name: "t", type: "timestamp",
      ascending: ["2026-01-01 00:00:00", "2026-01-01 00:00:00.25", "2026-01-01 10:00:00"]),
  ]

  /// An expression as text, with what it answers for the places of a partition's values.
  private struct Drawn {
    var text: String
    var holds: ([Int]) -> Bool
  }

  private struct Source {
    let random: SeededRandomSource

    func below(_ count: Int) -> Int { Int(random.nextUInt64() % UInt64(count)) }

    func word(_ text: String) -> String { below(2) == 0 ? text : text.uppercased() }

    func literal(_ domain: Domain, _ place: Int) -> String {
      let text = domain.ascending[place]
      let isNumber = ["int", "bigint", "decimal(8,3)"].contains(domain.type)
      return isNumber && below(2) == 0 ? text : "'\(text)'"
    }

    func expression(depth: Int) -> Drawn {
      guard depth > 0, below(4) > 0 else { return test() }
      let a = expression(depth: depth - 1)
      switch below(3) {
      case 0: return Drawn(text: "\(word("not")) (\(a.text))") { !a.holds($0) }
      case 1:
        let b = expression(depth: depth - 1)
        return Drawn(text: "(\(a.text)) \(word("and")) (\(b.text))") { a.holds($0) && b.holds($0) }
      default:
        let b = expression(depth: depth - 1)
        return Drawn(text: "(\(a.text)) \(word("or")) (\(b.text))") { a.holds($0) || b.holds($0) }
      }
    }

    func test() -> Drawn {
      let key = below(domains.count)
      let domain = domains[key]
      let (x, y) = (below(domain.ascending.count), below(domain.ascending.count))
      let (left, right) = (literal(domain, x), literal(domain, y))
      switch below(10) {
      case 0: return Drawn(text: "\(domain.name) = \(left)") { $0[key] == x }
      case 1: return Drawn(text: "\(domain.name)<>\(left)") { $0[key] != x }
      case 2: return Drawn(text: "\(domain.name) != \(left)") { $0[key] != x }
      case 3: return Drawn(text: "\(domain.name) < \(left)") { $0[key] < x }
      case 4: return Drawn(text: "\(domain.name) >= \(left)") { $0[key] >= x }
      case 5:
        return Drawn(text: "\(domain.name) \(word("between")) \(left) \(word("and")) \(right)") {
          $0[key] >= x && $0[key] <= y
        }
      case 6:
        return Drawn(text: "\(domain.name) \(word("not in")) (\(left), \(right))") {
          $0[key] != x && $0[key] != y
        }
      case 7:
        return Drawn(text: "\(domain.name) \(word("in")) (\(left),\(right))") {
          $0[key] == x || $0[key] == y
        }
      case 8:
        // Of the texts of the domain, those that begin with an a.
        return Drawn(text: "s \(word("like")) 'a%'") { (3...5).contains($0[2]) }
      default:
        // Those of two characters that begin with an a: no `a_b`.
        return Drawn(text: "s like 'a_'") { $0[2] == 5 }
      }
    }
  }

  @Test(arguments: 1...300)
  func theCatalogAgreesWithThePlainReading(_ seed: UInt64) throws {
    let source = Source(random: SeededRandomSource(seed: seed))
    let drawn = source.expression(depth: 4)
    let keys = Self.domains.map { GlueColumn(Name: $0.name, Type: $0.type) }
    let expression = try PartitionExpression(drawn.text, keys: keys)
    for _ in 0..<50 {
      let places = Self.domains.map { source.below($0.ascending.count) }
      let values = zip(Self.domains, places).map { $0.ascending[$1] }
      #expect(
        try expression.matches(values) == drawn.holds(places),
        "seed \(seed): \(drawn.text) for \(values)")
    }
  }
}
