import AWSModel
import PropertyTree

/// The part of a list that a request asks for.
struct GluePage: Sendable, Hashable {
  var limit: Int
  /// The name of the last entry of the page before.
  var after: String?
  var isDescending = false
  /// The number of the part, and of all parts, of about the same size, that never overlap.
  private(set) var segment = 0
  private(set) var segments = 1

  /// All entries.
  static let all = GluePage(limit: .max - 1)

  private init(limit: Int) { self.limit = limit }

  /// - Parameter limitMax: of entries a page, and the default.
  /// - Throws: `InvalidInputException` where the token is none that a page before gave.
  init(_ limit: Int?, _ token: String?, limitMax: Int) throws(ServiceError) {
    self.limit = min(limit ?? limitMax, limitMax)
    if let token {
      guard let bytes = Base64.decode(token), let name = String(validating: bytes, as: UTF8.self)
      else { throw GlueFault.invalid("Invalid NextToken.") }
      after = name
    }
  }

  /// Keeps to one part of the list.
  ///
  /// - Throws: `InvalidInputException` where there are not so many parts.
  mutating func take(_ segment: Int, of total: Int) throws(ServiceError) {
    guard total > 0, (0..<total).contains(segment) else {
      throw GlueFault.invalid("SegmentNumber must be less than TotalSegments.")
    }
    (self.segment, segments) = (segment, total)
  }

  /// The entries of this page, of one more than its limit, and the token of the next one.
  func cut<Entry>(_ entries: [Entry], name: (Entry) -> String) -> ([Entry], token: String?) {
    guard entries.count > limit else { return (entries, nil) }
    let page = Array(entries.prefix(limit))
    return (page, page.last.map { Self.token(name($0)) })
  }

  static func token(_ name: String) -> String { Base64.encode(Array(name.utf8)) }

  /// The entries of this page, of all; for lists that are put together in memory.
  func slice<Entry>(_ entries: [Entry]) -> ([Entry], token: String?) {
    let start = min(after.flatMap { Int($0) } ?? 0, entries.count)
    let end = min(start + limit, entries.count)
    return (Array(entries[start..<end]), end < entries.count ? Self.token(String(end)) : nil)
  }
}
