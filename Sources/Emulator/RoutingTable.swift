import AWSModel
import AWSWire
import PropertyTree
import ServiceKit
import ResourceModel

/// Which operation a request means, looked up in what the services declare. A value: made again
/// when a service is registered.
struct RoutingTable: Sendable {
  struct Entry: Sendable {
    var traits: ServiceTraits
    var operations: [String: Operation]
    /// REST operations, the most specific first.
    var routes: [Route]

    init(_ service: any Service) throws(DuplicateRegistration) {
      traits = type(of: service).traits
      let name = traits.signingName
      operations = try Dictionary(
        registering: service.operations, as: "operation of \(name)", \.name)
      routes = service.operations.compactMap(Route.init)
        .sorted { ($0.specificity, $1.operation.name) > ($1.specificity, $0.operation.name) }
    }

    func match(_ request: WireRequest) -> (operation: Operation, labels: PropertyObject)? {
      for route in routes {
        if let labels = route.match(request) { return (route.operation, labels) }
      }
      return nil
    }
  }

  struct Route: Sendable {
    var operation: Operation
    var trait: HTTPTrait
    var pattern: PathPattern
    var specificity: Int

    init?(_ operation: Operation) {
      guard let trait = operation.http else { return nil }
      self.operation = operation
      self.trait = trait
      pattern = PathPattern(trait.path)
      // What a query or header demands tells `?uploads` from a plain POST on the same path.
      specificity =
        pattern.specificity * 1000 + trait.requiredQuery.count * 20
        + trait.requiredQuery.values.count { !$0.isEmpty } * 5 + trait.requiredHeaders.count * 2
    }

    func match(_ request: WireRequest) -> PropertyObject? {
      guard trait.method == request.method else { return nil }
      for (key, value) in trait.requiredQuery {
        guard let given = request.queryValue(key), value.isEmpty || given == value else {
          return nil
        }
      }
      for name in trait.requiredHeaders where request.header(name.lowercased()) == nil {
        return nil
      }
      return pattern.match(request.path)
    }
  }

  let entries: [Entry]
  let hotOperations: [String: HotOperation]
  let frontDoors: FrontDoorTable

  /// Throws where a service lists an operation twice, or two services have the same target prefix.
  init(_ services: [any Service]) throws(DuplicateRegistration) {
    var entries: [Entry] = []
    for service in services { entries.append(try Entry(service)) }
    let prefixes = entries.compactMap(\.traits.targetPrefix)
    _ = try Dictionary(registering: prefixes, as: "target prefix") { $0 }
    self.entries = entries
    frontDoors = FrontDoorTable(services.flatMap(\.frontDoors))
    var hot: [String: HotOperation] = [:]
    for entry in entries {
      guard let prefix = entry.traits.targetPrefix else { continue }
      for operation in entry.operations.values {
        guard let invoke = operation.hot else { continue }
        hot["\(prefix).\(operation.name)"] = HotOperation(
          traits: entry.traits, name: operation.name, invoke: invoke)
      }
    }
    hotOperations = hot
  }

  func operation(named name: String, service: String) -> Operation? {
    for entry in entries where entry.traits.signingName == service {
      if let operation = entry.operations[name] { return operation }
    }
    return nil
  }
}
