/// The template's resources in their order, found by name in constant time.
struct ResourceTable {
  /// The logical ids at one place: a resource, or those that it became.
  private var places: [[String]] = []
  private var byID: [String: (place: Int, tree: Tree)] = [:]

  init() {}

  init(_ tree: Tree?) {
    for member in tree?.members ?? [] { self[member.key] = member.value }
  }

  var order: [String] { places.flatMap { $0 } }

  subscript(id: String) -> Tree? {
    get { byID[id]?.tree }
    set {
      switch (byID[id]?.place, newValue) {
      case (.some, let tree?): byID[id]?.tree = tree
      case (let place?, nil):
        byID[id] = nil
        places[place].removeAll { $0 == id }
      case (nil, let tree?):
        byID[id] = (places.count, tree)
        places.append([id])
      case (nil, nil): break
      }
    }
  }

  /// Puts what a resource became where it stood.
  mutating func replace(_ id: String, with resources: [GeneratedResource]) {
    let place = byID[id]?.place ?? places.count
    if place == places.count { places.append([]) }
    let index = places[place].firstIndex(of: id) ?? places[place].endIndex
    if byID.removeValue(forKey: id) != nil { places[place].remove(at: index) }
    var new: [String] = []
    for resource in resources {
      if byID[resource.id] != nil {
        byID[resource.id]?.tree = resource.tree
      } else {
        byID[resource.id] = (place, resource.tree)
        new.append(resource.id)
      }
    }
    places[place].insert(contentsOf: new, at: index)
  }

  func type(of id: String) -> String? { byID[id]?.tree["Type"]?.string }

  /// Names in order with their resources.
  var all: [(id: String, tree: Tree)] {
    order.compactMap { id in byID[id].map { (id, $0.tree) } }
  }
}
