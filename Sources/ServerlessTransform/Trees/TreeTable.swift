import Diagnostics

/// An object whose members are found by key in constant time, in the order in which they came.
struct TreeTable {
  private var members: [Tree.Member?] = []
  private var index: [String: Int] = [:]

  init(_ tree: Tree? = nil) {
    for member in tree?.members ?? [] where index[member.key] == nil {
      index[member.key] = members.count
      members.append(member)
    }
  }

  var isEmpty: Bool { index.isEmpty }

  /// A member; those that say nothing count as absent. Setting keeps the place of the key.
  subscript(key: String) -> Tree? {
    get {
      guard let place = index[key], let value = members[place]?.value, !value.isNull else {
        return nil
      }
      return value
    }
    set {
      switch (index[key], newValue) {
      case (let place?, let value?): members[place]?.value = value
      case (let place?, nil):
        members[place] = nil
        index[key] = nil
      case (nil, let value?):
        index[key] = members.count
        members.append(Tree.Member(key, value))
      case (nil, nil): break
      }
    }
  }

  /// The object; it has no place of its own.
  var tree: Tree { Tree(.object(members.compactMap { $0 })) }
}
