import PropertyTree

/// Pages of listings (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html).
/// A token holds the key of the last item shown, so that what comes or goes between
/// two requests shifts nothing.
extension CloudFormationService {
  static let itemsPerPage = 100

  /// The items after the one that the token names, and the token of the next page.
  ///
  /// - Parameters:
  ///   - items: by key, ascending.
  ///   - key: unique among the items.
  func page<Item>(
    _ items: [Item], after token: String?, by key: (Item) -> String
  ) throws -> (items: [Item], next: String?) {
    var start = 0
    if let token {
      guard let bytes = Base64.decode(token), let last = String(validating: bytes, as: UTF8.self)
      else { throw Self.validation("NextToken `\(token)` is not valid.") }
      start = items.firstIndex { key($0) > last } ?? items.count
    }
    let page = Array(items[start...].prefix(Self.itemsPerPage))
    guard start + page.count < items.count, let last = page.last else { return (page, nil) }
    return (page, Base64.encode(Array(key(last).utf8)))
  }

  /// The same for items that have an order of their own, and no key.
  func page<Item>(_ items: [Item], after token: String?) throws -> (items: [Item], next: String?) {
    let numbered = items.enumerated().map { (place: Self.number($0.offset), item: $0.element) }
    let (page, next) = try page(numbered, after: token) { $0.place }
    return (page.map(\.item), next)
  }

  /// Text that sorts as the number does.
  static func number(_ value: some BinaryInteger) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
  }
}
