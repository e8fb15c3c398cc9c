/// The template's resources in their order, found by name in constant time.
struct ResourceTable {
  private(set) var order: [String] = []
  private var byID: [String: Tree] = [:]

  init() {}

  init(_ tree: Tree?) {
    for member in tree?.members ?? [] {
      if byID.updateValue(member.value, forKey: member.key) == nil { order.append(member.key) }
    }
  }

  subscript(id: String) -> Tree? {
    get { byID[id] }
    set {
      if newValue == nil {
        if byID.removeValue(forKey: id) != nil { order.removeAll { $0 == id } }
      } else if byID.updateValue(newValue ?? .emptyObject, forKey: id) == nil {
        order.append(id)
      }
    }
  }

  /// Puts what a resource became where it stood.
  mutating func replace(_ id: String, with resources: [GeneratedResource]) {
    let place = order.firstIndex(of: id) ?? order.endIndex
    if byID.removeValue(forKey: id) != nil { order.remove(at: place) }
    var new: [String] = []
    for resource in resources {
      if byID.updateValue(resource.tree, forKey: resource.id) == nil { new.append(resource.id) }
    }
    order.insert(contentsOf: new, at: place)
  }

  func type(of id: String) -> String? { byID[id]?["Type"]?.string }

  /// Names in order with their resources.
  var all: [(id: String, tree: Tree)] {
    order.compactMap { id in byID[id].map { (id, $0) } }
  }
}
