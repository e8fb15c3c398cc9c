import PropertyTree
import ResourceModel
import StackModel

/// Tags of the stack, which its resources get too.
extension StackPlanner {
  /// The resource with the stack's tags behind its own, where its type has tags. An imported one
  /// stays as it is.
  public func tagged(_ resource: ResolvedResource) -> ResolvedResource {
    guard !tags.isEmpty, takeovers.imports[resource.logicalID] == nil,
      let form = catalog[resource.type]?.schema.tagForm
    else { return resource }
    var resource = resource
    resource.properties = form.adding(tags, to: resource.properties)
    resource.answered = resource.answered.map { form.adding(tags, to: $0) }
    return resource
  }

  /// Keys of the stack's tags that differ from those deployed and reach the resource, ascending;
  /// empty where the resource's own tags change.
  ///
  /// - Parameter resource: as `tagged` gives it.
  func changedStackTags(of resource: ResolvedResource, from before: ResourceState) -> [String] {
    guard let old = state?.tags, old != tags, let form = catalog[resource.type]?.schema.tagForm
    else { return [] }
    let (past, present) = (form.table(in: before.properties), form.table(in: resource.properties))
    let changed = Set(old.keys).union(tags.keys).filter { old[$0] != tags[$0] }
    let different = Set(past.keys).union(present.keys).filter { past[$0] != present[$0] }
    return different.isSubset(of: changed) ? different.sorted() : []
  }
}
