import AWSModel
import Diagnostics
import PropertyTree
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// Templates for what is there.
extension StackEngine {
  public func draft(_ request: DraftRequest) async throws -> TemplateDraft {
    try database.read { transaction in
      var writer = DraftWriter()
      var unlisted: [String] = []
      var leftOut: [String] = []
      if let names = request.resources {
        for name in names {
          writer.add(try named(name, in: request.scope, transaction))
        }
      } else {
        let owned = try ownedNames(in: request.scope, transaction)
        for (type, handler) in handlers.sorted(by: { $0.key.text < $1.key.text })
        where handler is any ResourceDefinition && !(handler is CDKMetadataResource) {
          guard let ids = try handler.physicalIDs(in: request.scope, transaction) else {
            unlisted.append(type.text)
            continue
          }
          for id in ids.sorted() where !owned.contains(DraftRequest.Name(type, id)) {
            // Buckets that were made for what deployments bring along come and go with these.
            if type == "AWS::S3::Bucket",
              try ledger.hasBucket(id, account: request.scope.account, transaction)
            {
              continue
            }
            guard let found = try lookUp(handler, id, in: request.scope, transaction) else {
              continue
            }
            if let reason = Self.refusal(of: found, by: handler) {
              leftOut.append("\(type) `\(id)`: \(reason)")
            } else {
              writer.add(found)
            }
          }
        }
      }
      var draft = writer.draft
      draft.unlisted = unlisted
      draft.leftOut = leftOut
      return draft
    }
  }

  /// The rule against a template with these properties; nil where there is none. Code is not among
  /// them yet.
  private static func refusal(of found: DraftWriter.Found, by handler: any ResourceHandler)
    -> String?
  {
    guard found.file == nil else { return nil }
    return handler.check(found.properties).first { $0.severity == .error }?.message
  }

  private func ownedNames(in scope: Scope, _ transaction: Transaction) throws
    -> Set<DraftRequest.Name>
  {
    Set(
      try stacks.stacks(in: scope, includingDeleted: false, transaction).flatMap { state in
        state.resources.map { DraftRequest.Name($0.type, $0.identity.physicalID) }
      })
  }

  private func named(_ name: DraftRequest.Name, in scope: Scope, _ transaction: Transaction) throws
    -> DraftWriter.Found
  {
    func failure(_ message: String, hint: String? = nil) -> StackFailure {
      StackFailure(.invalidArgument, message, hint: hint)
    }
    let type = ResourceType(name.type)
    guard let handler = handlers[type], handler is any ResourceDefinition,
      !(handler is CDKMetadataResource)
    else {
      throw failure(
        "resources of type `\(name.type)` can't be imported",
        hint: Suggestion.didYouMean(name.type, among: handlers.keys.map(\.text).sorted()))
    }
    if let owner = try stacks.owner(of: name.physicalID, type, in: scope, transaction) {
      throw failure("`\(name.physicalID)` belongs to the stack \(owner) already")
    }
    guard let found = try lookUp(handler, name.physicalID, in: scope, transaction) else {
      let known = try handler.physicalIDs(in: scope, transaction)
      throw failure(
        "there is no `\(name.type)` `\(name.physicalID)`",
        hint: known.flatMap { Suggestion.didYouMean(name.physicalID, among: $0.sorted()) })
    }
    if let reason = Self.refusal(of: found, by: handler) {
      throw failure("`\(name.physicalID)` can't be imported: \(reason)")
    }
    if found.identity.isPending || found.identity.physicalID != name.physicalID {
      throw failure("resources of type `\(name.type)` can't be imported")
    }
    return found
  }

  /// The live resource; nil where it is not there, or is AWS's own.
  private func lookUp(
    _ handler: any ResourceHandler, _ physicalID: String, in scope: Scope,
    _ transaction: Transaction
  ) throws -> DraftWriter.Found? {
    let environment = StackEnvironment(scope: scope, stackName: "import", stackID: "")
    let naming = handler.schema.naming?.property
    let given = naming.map { PropertyValue(.string(physicalID), at: $0) } ?? [:]
    // No template says anything of it yet.
    let request = ResourceRequest(
      environment: environment, type: handler.type, logicalID: "", physicalID: physicalID,
      properties: .unknown("a template"), now: effects.clock.now)
    guard var properties = try handler.liveProperties(request, in: transaction),
      !(properties["Path"]?.stringValue?.hasPrefix("/aws-service-role/") ?? false)
    else { return nil }
    if handler.schema.naming?.givenName(in: properties) == nil, naming != nil {
      properties = properties.merging(given)
    }
    let file = try handler.localFile(request, in: transaction)
    return DraftWriter.Found(
      type: handler.type, properties: properties,
      identity: handler.identity(
        physicalID: physicalID, properties: properties, in: environment),
      file: file)
  }
}

extension DraftRequest.Name {
  fileprivate init(_ type: ResourceType, _ physicalID: String) {
    self.init(type: type.text, physicalID: physicalID)
  }
}

extension PropertyValue {
  /// `["A": ["B": value]]` for the path `A.B`.
  fileprivate init(_ value: PropertyValue, at path: String) {
    var value = value
    for key in path.split(separator: ".").reversed() {
      value = .object(PropertyObject([(String(key), value)]))
    }
    self = value
  }

  /// The object with another's members put in, level by level.
  fileprivate func merging(_ other: PropertyValue) -> PropertyValue {
    guard case .object(var members) = self, case .object(let others) = other else { return other }
    for (key, value) in others { members[key] = members[key]?.merging(value) ?? value }
    return .object(members)
  }
}
