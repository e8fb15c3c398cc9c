/// The resource policy of a definition while statements are added to it, each once.
struct PolicyStatements {
  private enum Statements {
    /// None yet.
    case absent
    /// The user's own document, or a first statement without a list.
    case whole(Tree, copies: Int)
    case list([(tree: Tree, copies: Int)])
  }

  /// Everything but the statements; nothing stands where they belong.
  private var policy: Tree
  private var policyCopies: Int
  private var statements = Statements.absent
  private var known: Set<Tree> = []

  /// - Parameter copies: how often the definition was copied by now.
  init(_ tree: Tree?, copies: Int) {
    policy = tree ?? .emptyObject
    policyCopies = copies
    guard let written = policy["Statement"] else { return }
    statements = .whole(written, copies: copies)
    policy["Statement"] = .emptyObject
  }

  private mutating func makeCopies(_ copies: Int) {
    policy = PythonOrder.copied(policy, times: copies - policyCopies)
    policyCopies = copies
  }

  /// - Parameter isFirstAlone: a first statement stands without a list, and is repeated freely.
  mutating func add(_ new: [Tree], isFirstAlone: Bool, copies: Int) {
    makeCopies(copies)
    policy["Version"] = "2012-10-17"
    openList()
    guard case .list(var all) = statements else {
      policy["Statement"] = .emptyObject
      if isFirstAlone {
        statements = .whole(new[0], copies: copies)
      } else {
        statements = .list(new.map { ($0, copies) })
        known = Set(new)
      }
      return
    }
    statements = .absent
    for statement in new {
      let isNew = known.insert(statement).inserted
      if isNew || isFirstAlone { all.append((statement, copies)) }
    }
    statements = .list(all)
  }

  /// Adds what the user wrote out.
  mutating func add(custom: Tree, copies: Int) {
    if case .absent = statements {
      makeCopies(copies)
      policy["Version"] = "2012-10-17"
      policy["Statement"] = .emptyObject
      statements = .whole(custom, copies: copies)
    } else {
      add(custom.asList, isFirstAlone: false, copies: copies)
    }
  }

  /// Statements that are there become a list that more can be added to.
  private mutating func openList() {
    guard case .whole(let tree, let copies) = statements else { return }
    let all = tree.asList
    known = Set(all)
    statements = .list(all.map { ($0, copies) })
  }

  /// The policy as it is after so many copies.
  func tree(copies: Int) -> Tree {
    var result = self
    result.makeCopies(copies)
    func current(_ tree: Tree, _ since: Int) -> Tree {
      PythonOrder.copied(tree, times: copies - since)
    }
    switch statements {
    case .absent: break
    case .whole(let tree, let since): result.policy["Statement"] = current(tree, since)
    case .list(let all): result.policy["Statement"] = Tree(all.map { current($0.tree, $0.copies) })
    }
    return result.policy
  }
}
