/// References that only SAM understands.
extension Expansion {
  /// Replaces ids that changed (`Layer` is `Layer1a2b3c` now) and names of what a resource made
  /// (`Function.Alias`), in references, texts and dependencies.
  func resolveReferences(in tree: Tree) -> Tree {
    guard !renamed.isEmpty || !referable.isEmpty else { return tree }
    var result = tree.mapIntrinsics { name, tree in
      switch name {
      case "Ref": return self.resolveRef(tree)
      case "Fn::GetAtt": return self.resolveGetAtt(tree)
      case "Fn::Sub": return tree.mapPlaceholders(self.resolvePlaceholder)
      default: return tree
      }
    }
    guard !renamed.isEmpty, let members = result["Resources"]?.members else { return result }
    let resolved = members.map { member in
      var member = member
      if let depends = member.value["DependsOn"] {
        member.value["DependsOn"] = resolveDependency(depends)
      }
      return member
    }
    result["Resources"] = Tree(.object(resolved), span: result["Resources"]?.span)
    return result
  }

  private func resolveDependency(_ tree: Tree) -> Tree {
    if let id = tree.string { return renamed[id].map { Tree($0).placed(at: tree.span) } ?? tree }
    guard let elements = tree.elements else { return tree }
    return Tree(.list(elements.map(resolveDependency)), span: tree.span)
  }

  private func resolveRef(_ tree: Tree) -> Tree {
    guard let name = tree["Ref"]?.string else { return tree }
    var result = tree
    if let id = renamed[name] {
      result["Ref"] = Tree(id).placed(at: tree["Ref"]?.span)
    } else if let id = made(by: name.split(separator: ".", maxSplits: 1).map(String.init)) {
      result["Ref"] = Tree(id).placed(at: tree["Ref"]?.span)
    }
    return result
  }

  /// The logical id that `Resource.Property` stands for.
  private func made(by parts: [String]) -> String? {
    parts.count >= 2 ? referable[parts[0]]?[parts[1]] : nil
  }

  private func resolveGetAtt(_ tree: Tree) -> Tree {
    guard let argument = tree["Fn::GetAtt"] else { return tree }
    let elements = argument.elements ?? [argument]
    let parts = elements.compactMap(\.string).joined(separator: ".").split(separator: ".")
      .map(String.init)
    guard elements.allSatisfy({ $0.string != nil }), parts.count >= 2 else { return tree }
    var new: [String]?
    if let id = renamed[parts[0]] {
      new = [id] + parts.dropFirst()
    } else if let id = made(by: parts) {
      new = [id] + parts.dropFirst(2)
    }
    guard let new else { return tree }
    var result = tree
    result["Fn::GetAtt"] = Tree(.list(new.map { Tree($0) }), span: argument.span)
    return result
  }

  private func resolvePlaceholder(_ name: String) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    guard let first = parts.first else { return nil }
    if let id = renamed[first] {
      return "${" + ([id] + parts.dropFirst()).joined(separator: ".") + "}"
    }
    guard let id = made(by: parts) else { return nil }
    return "${" + ([id] + parts.dropFirst(2)).joined(separator: ".") + "}"
  }
}
