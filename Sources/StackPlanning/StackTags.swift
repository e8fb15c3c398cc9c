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

  /// Keys of the stack's tags that differ from those deployed.
  var changedStackTags: Set<String> {
    guard let old = state?.tags, old != tags else { return [] }
    return Set(old.keys).union(tags.keys).filter { old[$0] != tags[$0] }
  }
}
