import Foundation
import Testing

/// The manifest says what the code needs: nothing undeclared, nothing unused.
@Suite struct ManifestTests {
  /// Names of products in the manifest → the modules that they bring.
  private static let products = [
    "collections": "OrderedCollections", "crypto": "Crypto", "grdb": "GRDB", "heap": "HeapModule",
    "grdbSQLite": "GRDBSQLite",
    "hummingbird": "HummingbirdCore", "logging": "Logging", "nioCore": "NIOCore",
    "nioPosix": "NIOPosix", "nioHTTP": "NIOHTTP1", "nioHTTP2": "NIOHTTP2",
    "nioHTTPTypes": "NIOHTTPTypesHTTP1", "argumentParser": "ArgumentParser",
  ]

  /// Modules of the toolchain, and those that a product exports.
  private static let given: Set<String> = [
    "Foundation", "FoundationEssentials", "FoundationNetworking", "Glibc", "Dispatch",
    "Synchronization", "Testing", "HTTPTypes",
  ]

  /// Targets and their dependencies, by module, read off `Package.swift`.
  static let declared: [String: Set<String>] = {
    let url = SourceTree.root.appending(path: "Package.swift")
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      preconditionFailure("can't read Package.swift")
    }
    var targets: [String: Set<String>] = [:]
    let call = #/\b(library|service|test|executableTarget)\(\s*(?:name:\s*)?"(\w+)"/#
    for match in text.matches(of: call) {
      let kind = String(match.1)
      var modules: Set<String> = kind == "service" ? ["ServiceKit", "AWSModel", "Effects"] : []
      let rest = text[match.range.upperBound...]
      if rest.first == ",", let open = rest.firstIndex(of: "["),
        let close = rest[open...].firstIndex(of: "]"),
        rest[..<open].allSatisfy({ $0.isWhitespace || ",dependencies:".contains($0) })
      {
        for item in rest[rest.index(after: open)..<close].split(separator: ",") {
          let word = item.trimmingCharacters(in: .whitespacesAndNewlines)
          if word.isEmpty { continue }
          let name = word.trimmingCharacters(in: ["\""])
          modules.insert(word == name ? products[name] ?? "product \(name)" : name)
        }
        if rest[close...].hasPrefix("] + services.map") { modules.formUnion(TidyTests.services) }
      }
      targets[String(match.2)] = modules
    }
    return targets
  }()

  /// The targets of the product and what each needs, without what those need themselves: services as
  /// one. Written into `Sources/ARCHITECTURE.md` with `UPDATE_GOLDEN=1`.
  static var picture: String {
    let services = TidyTests.services
    func name(_ module: String) -> String { services.contains(module) ? "Services" : module }
    var edges: [String: Set<String>] = [:]
    let targets = Set(SourceTree.sources.map(\.target))
    for target in targets {
      let needed = (declared[target] ?? []).intersection(targets).map(name)
      edges[name(target), default: []].formUnion(needed)
    }
    edges["Services"]?.remove("Services")
    func reachable(_ start: String) -> Set<String> {
      var found: Set<String> = []
      var rest = Array(edges[start] ?? [])
      while let next = rest.popLast() {
        if found.insert(next).inserted { rest += edges[next] ?? [] }
      }
      return found
    }
    var lines = ["```mermaid", "flowchart TD"]
    for (target, needed) in edges.sorted(by: { $0.key < $1.key }) {
      let indirect = needed.reduce(into: Set<String>()) { $0.formUnion(reachable($1)) }
      for other in needed.subtracting(indirect).sorted() {
        lines.append("  \(target) --> \(other)")
      }
    }
    return (lines + ["```"]).joined(separator: "\n")
  }

  @Test func thePictureOfTheFloorsIsOfToday() throws {
    let file = SourceTree.root.appending(path: "Sources/ARCHITECTURE.md")
    var text = try String(contentsOf: file, encoding: .utf8)
    let open = try #require(text.range(of: "```mermaid"))
    let close = try #require(text.range(of: "\n```", range: open.upperBound..<text.endIndex))
    let drawn = open.lowerBound..<close.upperBound
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1", text[drawn] != Self.picture {
      text.replaceSubrange(drawn, with: Self.picture)
      try text.write(to: file, atomically: true, encoding: .utf8)
      return
    }
    #expect(String(text[drawn]) == Self.picture, "UPDATE_GOLDEN=1 draws it anew")
  }

  @Test func everyTargetIsDeclared() {
    let folders = Set((SourceTree.sources + SourceTree.tests).map(\.target))
    #expect(folders.subtracting(Self.declared.keys).sorted() == [])
    #expect(Self.declared.count > 30)
  }

  @Test func dependenciesAreThoseThatAreImported() {
    var imported: [String: Set<String>] = [:]
    for file in SourceTree.sources + SourceTree.tests {
      imported[file.target, default: []].formUnion(file.imports)
    }
    for (target, modules) in imported.sorted(by: { $0.key < $1.key }) {
      let needed = modules.subtracting(Self.given)
      let declared = Self.declared[target] ?? []
      #expect(needed.subtracting(declared).sorted() == [], "\(target) does not declare these")
      #expect(declared.subtracting(needed).sorted() == [], "\(target) does not need these")
    }
  }
}
