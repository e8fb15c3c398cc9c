import AWSModel
import ServiceKit

/// IAM's way of listing: `Marker` and `MaxItems`.
struct IAMPage {
  var marker: String?
  var itemsMax: Int

  init(marker: String?, max: Int?) {
    self.marker = marker
    itemsMax = max ?? 100
  }

  /// The part of `items` that follows the marker, and the next marker where more remains.
  /// `items` is in the order of `key`.
  func cut<Item>(_ items: [Item], by key: (Item) -> String) -> (items: [Item], next: String?) {
    items.page(after: marker, limit: itemsMax, by: key)
  }
}
