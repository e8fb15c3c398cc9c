import AWSModel
import ServiceKit

/// IAM's way of listing: `Marker` and `MaxItems`.
struct IAMPage {
  var marker: String?
  var itemsMax: Int

  /// Throws `ValidationError` unless `max` is 1 to 1,000.
  init(marker: String?, max: Int?) throws(ServiceError) {
    let itemsMax = max ?? 100
    guard (1...1000).contains(itemsMax) else {
      throw IAMFaults.validation("MaxItems must be between 1 and 1000")
    }
    self.marker = marker
    self.itemsMax = itemsMax
  }

  /// The part of `items` that follows the marker, and the next marker where more remains.
  /// `items` is in the order of `key`.
  func cut<Item>(_ items: [Item], by key: (Item) -> String) -> (items: [Item], next: String?) {
    items.page(after: marker, limit: itemsMax, by: key)
  }
}
