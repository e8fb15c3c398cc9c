import Diagnostics

extension Expansion {
  /// Connectors written inside their source become resources of their own.
  func extractConnectors() throws(SAMFailure) {
    for (sourceID, resource) in resources.all {
      guard let connectors = resource["Connectors"] else { continue }
      guard let members = connectors.members else {
        throw SAMFailure("`Connectors` of `\(sourceID)` must be an object", at: connectors.span)
      }
      for member in members {
        let id = sourceID + member.key
        var connector = member.value
        guard var properties = connector["Properties"], properties.members != nil else {
          throw SAMFailure(
            .missingProperty, "the connector `\(member.key)` of `\(sourceID)` has no `Properties`",
            at: member.keySpan)
        }
        guard resources[id] == nil else {
          throw SAMFailure(
            .invalidName, "the connector `\(member.key)` is called `\(id)`, which is declared too",
            at: member.keySpan)
        }
        var source: Tree = ["Id": Tree(sourceID)]
        if let reference = properties["SourceReference"] {
          guard reference.members != nil, reference["Id"] == nil else {
            throw SAMFailure(
              "`SourceReference` must be an object without `Id`", at: reference.span)
          }
          source.update(with: reference)
          properties["SourceReference"] = nil
        }
        properties["Source"] = source
        connector["Type"] = Tree("AWS::Serverless::Connector").placed(at: member.keySpan)
        connector["Properties"] = properties
        connector.span = member.keySpan
        resources[id] = connector
      }
    }
  }
}
