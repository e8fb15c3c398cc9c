import AWSModel
import AWSWire
import PropertyTree
import ServiceKit
import ResourceModel

/// The operation that a request means, looked up in what the services declare. A value: made again
/// when a service is registered.
struct RoutingTable: Sendable {
  struct Entry: Sendable {
    var traits: ServiceTraits
    var operations: [String: Operation]
    private let routes: RESTRoutes

    init(_ service: any Service) throws(DuplicateRegistration) {
      traits = type(of: service).traits
      let name = traits.signingName
      operations = try Dictionary(
        registering: service.operations, as: "operation of \(name)", \.name)
      routes = RESTRoutes(traits, Array(operations.values))
    }

    /// The REST operation that a request means: one that refuses where AWS has it and Leat not.
    func match(_ request: WireRequest) -> (operation: Operation, labels: PropertyObject)? {
      routes.match(request)
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
        hot["\(prefix).\(operation.name)"] = HotOperation(operation, of: entry.traits)
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
