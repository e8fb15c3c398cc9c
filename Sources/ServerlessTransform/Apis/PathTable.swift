import Diagnostics

/// The paths of a definition, found by name in constant time.
///
/// Definitions of REST APIs are copied around each of their events, and a copy settles the order
/// of keys. Here a copy is only counted; what is looked at afterwards catches up.
struct PathTable {
  private struct Slot {
    let key: String
    let keySpan: SourceSpan?
    let hash: UInt64
    var item: Tree
    /// The number of copies that the item has gone through.
    var copies: Int
  }

  private var slots: [Slot] = []
  private var index: [String: Int] = [:]
  /// Slots in the order in which their keys stand.
  private var order: [Int] = []
  private var orderCopies = 0
  private var copies = 0
  private let span: SourceSpan?

  init(_ tree: Tree) {
    span = tree.span
    for member in tree.members ?? [] {
      append(member.key, member.value, keySpan: member.keySpan)
    }
  }

  var count: Int { slots.count }

  /// Counts one more copy.
  mutating func copy() { copies += 1 }

  /// The names of the paths in their order.
  mutating func keys() -> [String] {
    settleOrder()
    return order.map { slots[$0].key }
  }

  func keySpan(_ path: String) -> SourceSpan? { index[path].flatMap { slots[$0].keySpan } }

  /// A path's item; nil where it says nothing.
  func item(_ path: String) -> Tree? {
    guard let place = index[path] else { return nil }
    let slot = slots[place]
    return slot.item.isNull ? nil : PythonOrder.copied(slot.item, times: copies - slot.copies)
  }

  /// Changes a path's item where it is.
  mutating func update(_ path: String, _ change: (inout Tree) -> Void) {
    guard let place = index[path], !slots[place].item.isNull else { return }
    var item = slots[place].item
    slots[place].item = .emptyObject
    item = PythonOrder.copied(item, times: copies - slots[place].copies)
    change(&item)
    slots[place].item = item
    slots[place].copies = copies
  }

  /// Adds an item unless there is one.
  mutating func addItem(_ path: String, keySpan: SourceSpan?) {
    if let place = index[path] {
      if slots[place].item.isNull { slots[place].item = .emptyObject }
      return
    }
    settleOrder()
    append(path, .emptyObject, keySpan: keySpan)
  }

  /// The paths as an object, copies made good.
  mutating func tree() -> Tree {
    settleOrder()
    let members = order.map { place in
      let slot = slots[place]
      let item = PythonOrder.copied(slot.item, times: copies - slot.copies)
      return Tree.Member(slot.key, item, keySpan: slot.keySpan)
    }
    return Tree(.object(members), span: span)
  }

  private mutating func append(_ key: String, _ item: Tree, keySpan: SourceSpan?) {
    if index[key] == nil { index[key] = slots.count }
    order.append(slots.count)
    slots.append(
      Slot(
        key: key, keySpan: keySpan, hash: PythonOrder.hash(key), item: item, copies: copies))
  }

  private mutating func settleOrder() {
    guard orderCopies < copies else { return }
    let indices = PythonOrder.indices(
      of: order.map { slots[$0].hash }, copies: copies - orderCopies)
    order = indices.map { order[$0] }
    orderCopies = copies
  }
}
