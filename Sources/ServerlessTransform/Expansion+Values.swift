/// Values that the transform itself must know.
extension Expansion {
  /// The stand-in for a local path where ids are hashed: its content where that is known.
  func content(at path: String) -> Tree {
    ["Path": Tree(path), "Content": Tree(contentHashes[path] ?? "")]
  }

  /// Puts in the values that `Fn::FindInMap` finds where its keys are known; others stay as they
  /// are.
  func resolveMappings(_ tree: Tree) -> Tree {
    tree.mapIntrinsics { name, tree in
      guard name == "Fn::FindInMap",
        let keys = tree[name]?.elements?.compactMap(\.string), keys.count == 3
      else { return tree }
      return root["Mappings"]?.at(keys[0], keys[1], keys[2]) ?? tree
    }
  }

  /// With the language extensions, SAM finds functions over parameters answered.
  func answerFunctions() {
    guard let answers else { return }
    root["Globals"] = root["Globals"].map(answers.answered)
    for (id, tree) in resources.all
    where tree["Type"]?.string?.hasPrefix("AWS::Serverless::") == true {
      guard let properties = tree["Properties"] else { continue }
      resources[id]?["Properties"] = answers.answered(properties)
    }
  }
}
