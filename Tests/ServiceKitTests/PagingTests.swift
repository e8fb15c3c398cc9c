import ServiceKit
import Testing

@Suite struct PagingTests {
  /// Whatever the limit, and whatever disappears between two pages: each item that stays comes once.
  @Test(arguments: 1...9) func pagesHoldEverythingOnce(_ limit: Int) {
    let all = ["a", "b", "c", "d", "e", "f", "g"]
    var left = all
    var found: [String] = []
    var marker: String?
    repeat {
      let page = left.page(after: marker, limit: limit, by: \.self)
      #expect(page.items.count <= limit)
      found += page.items
      marker = page.next
      // The item that the marker names is gone by the next page.
      if let marker { left.removeAll { $0 == marker } }
    } while marker != nil
    #expect(found == all)
  }

  @Test func theLastPageSaysSo() {
    #expect(["a", "b"].page(after: nil, limit: 2, by: \.self).next == nil)
    #expect(["a", "b"].page(after: "b", limit: 2, by: \.self).items.isEmpty)
    #expect([String]().page(after: nil, limit: 1, by: \.self).next == nil)
  }
}
