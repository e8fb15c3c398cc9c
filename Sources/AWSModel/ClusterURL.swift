/// The place of a database as JDBC writes it: `jdbc:redshift://host:port/database`, and
/// `jdbc:postgresql:…` alike.
public struct ClusterURL: Sendable, Hashable {
  /// A name or an address; an IPv6 address without its brackets.
  public var host: String
  public var port: Int
  public var database: String
  /// Behind the question mark, in order.
  public var parameters: [(name: String, value: String)] { pairs.map { ($0.name, $0.value) } }

  private struct Pair: Sendable, Hashable {
    var name: String
    var value: String
  }

  private let pairs: [Pair]

  /// nil for anything else.
  public init?(_ text: String) {
    guard
      let scheme = ["jdbc:redshift://", "jdbc:postgresql://"].first(where: { text.hasPrefix($0) })
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    guard let slash = rest.firstIndex(of: "/"),
      let colon = rest[..<slash].lastIndex(of: ":")
    else { return nil }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard Self.holds(host, ":.0123456789abcdefABCDEF") else { return nil }
    } else {
      guard Self.holds(host, ".-"), host.first != "-" else { return nil }
    }
    let port = rest[rest.index(after: colon)..<slash]
    guard port.utf8.count <= 5, let number = Int(port), (1...65_535).contains(number) else {
      return nil
    }
    let tail = rest[rest.index(after: slash)...].split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard Self.holds(tail[0], "_$-") else { return nil }
    var pairs: [Pair] = []
    for pair in tail.count > 1 ? tail[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { return nil }
      pairs.append(Pair(name: String(sides[0]), value: String(sides[1])))
    }
    self.host = String(host)
    self.port = number
    database = String(tail[0])
    self.pairs = pairs
  }

  public var isLoopback: Bool { ["localhost", "127.0.0.1", "::1"].contains(host) }

  /// Letters, digits and some more, one at least.
  private static func holds(_ text: Substring, _ more: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: more.utf8.contains(byte)
        }
      }
  }
}

/// Addresses of servers that stand in for AWS's: their form is not the one that AWS demands.
public enum StandInURL {
  /// The address as AWS would want it, to be held against a pattern in its place; nil where the text
  /// is no address of a stand-in.
  ///
  /// A PostgreSQL server stands in for a Redshift cluster, wherever it is; others do on this machine.
  public static func demanded(_ text: String) -> String? {
    if let secured = LoopbackURL.secured(text) { return secured }
    guard let cluster = ClusterURL(text) else { return nil }
    return "jdbc:redshift://stand-in.redshift.amazonaws.com:\(cluster.port)/\(cluster.database)"
  }
}
