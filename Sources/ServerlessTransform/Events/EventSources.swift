/// Events' additions to the buckets and user pools that they name, gathered until all events are
/// known: lists that are long are not searched for each event.
struct EventSources {
  private var buckets: [String: Bucket] = [:]
  private var pools: [String: (tree: Tree, triggers: TreeTable)] = [:]

  struct Bucket {
    fileprivate var tree: Tree
    fileprivate var dependencies: UniqueTrees?
    fileprivate var tags: [Tree]
    fileprivate var notifications: UniqueTrees

    fileprivate init(_ tree: Tree) {
      self.tree = tree
      tags = tree.at("Properties", "Tags")?.elements ?? []
      notifications = UniqueTrees(
        tree.at("Properties", "NotificationConfiguration", "LambdaConfigurations")?.elements ?? [])
    }

    /// The bucket waits for a resource.
    mutating func wait(for resource: Tree) {
      var known = dependencies ?? UniqueTrees(tree["DependsOn"]?.asList ?? [])
      dependencies = nil
      if known.add(resource) { tree["DependsOn"] = .emptyObject }
      dependencies = known
    }

    mutating func add(tag: Tree) {
      tags.append(tag)
      tree.reserve("Tags")
    }

    mutating func add(notification: Tree) {
      notifications.add(notification)
      tree.reserve("NotificationConfiguration")
    }

    /// The bucket with all of it. Keys stand where the first event put them.
    fileprivate var placed: Tree {
      var tree = tree
      if let dependencies, tree["DependsOn"]?.members != nil {
        tree["DependsOn"] = Tree(dependencies.trees)
      }
      guard var properties = tree["Properties"] else { return tree }
      if !tags.isEmpty, properties["Tags"] != nil { properties["Tags"] = Tree(tags) }
      if var configuration = properties["NotificationConfiguration"] {
        configuration["LambdaConfigurations"] = Tree(notifications.trees)
        properties["NotificationConfiguration"] = configuration
      }
      tree["Properties"] = properties
      return tree
    }
  }

  /// Changes what is gathered for a bucket.
  ///
  /// - Returns: false where the template has no such resource.
  mutating func updateBucket(
    _ id: String, in resources: ResourceTable, _ change: (inout Bucket) -> Void
  ) -> Bool {
    guard var bucket = buckets.removeValue(forKey: id) ?? resources[id].map(Bucket.init) else {
      return false
    }
    change(&bucket)
    buckets[id] = bucket
    return true
  }

  /// Sets a user pool's trigger; false where it is set already.
  mutating func setTrigger(
    _ name: String, of id: String, _ pool: Tree, to function: Tree
  ) -> Bool {
    var (tree, triggers) =
      pools.removeValue(forKey: id)
      ?? (pool, TreeTable(pool.at("Properties", "LambdaConfig")))
    defer { pools[id] = (tree, triggers) }
    guard triggers[name] == nil else { return false }
    tree.reserve("LambdaConfig")
    triggers[name] = function
    return true
  }

  /// Writes everything into the resources.
  mutating func place(into resources: inout ResourceTable) {
    for (id, bucket) in buckets { resources[id] = bucket.placed }
    for (id, pool) in pools {
      var tree = pool.tree
      guard var properties = tree["Properties"], let written = properties["LambdaConfig"] else {
        continue
      }
      properties["LambdaConfig"] = pool.triggers.tree.placed(at: written.span)
      tree["Properties"] = properties
      resources[id] = tree
    }
    self = EventSources()
  }
}

extension Tree {
  /// Makes room for a property of a resource where it has none.
  fileprivate mutating func reserve(_ property: String) {
    guard self["Properties"]?[property] == nil else { return }
    var properties = self["Properties"] ?? .emptyObject
    properties[property] = .emptyObject
    self["Properties"] = properties
  }
}
