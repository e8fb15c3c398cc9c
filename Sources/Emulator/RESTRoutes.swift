import APIFacts
import AWSModel
import AWSWire
import PropertyTree
import Synchronization

/// The REST operations of one service, the most specific first: those that it serves, and those that
/// AWS has besides, which are refused by their names. Put together at the first request.
final class RESTRoutes: Sendable {
  private let traits: ServiceTraits
  private let served: [Operation]
  private let memo = Mutex<[Route]?>(nil)

  init(_ traits: ServiceTraits, _ served: [Operation]) {
    self.traits = traits
    self.served = served
  }

  func match(_ request: WireRequest) -> (operation: Operation, labels: PropertyObject)? {
    let known = memo.withLock { memo -> [Route] in
      if let known = memo { return known }
      let made = routes()
      memo = made
      return made
    }
    for route in known {
      if let labels = route.match(request) { return (route.operation, labels) }
    }
    return nil
  }

  private func routes() -> [Route] {
    var routes = served.filter { $0.http != nil }.map { Route($0) }
    if let facts = APIFacts.service(traits.signingName), facts.isREST {
      routes += modelled(facts)
    }
    return routes.sorted {
      ($0.specificity, $0.isServed ? 1 : 0, $1.operation.name)
        > ($1.specificity, $1.isServed ? 1 : 0, $0.operation.name)
    }
  }

  /// The operations of the model, but for those that a service reaches in a way of its own.
  private func modelled(_ facts: ServiceFacts) -> [Route] {
    let byName = Dictionary(served.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    let operations = facts.operationNames.compactMap { facts.operation($0) }
    let places = Dictionary(grouping: operations, by: \.http.place)
    return operations.compactMap { operation in
      let own = byName[operation.name]
      guard own?.http == nil, own != nil || !operation.isDeprecated else { return nil }
      var routed = own ?? refusal(operation.name)
      routed.http = HTTPTrait(
        operation, isAmbiguous: (places[operation.http.place]?.count ?? 0) > 1,
        root: routed.answerRoot)
      return Route(routed)
    }
  }

  private func refusal(_ name: String) -> Operation {
    let service = traits.signingName
    // Whatever the payload is, it is not looked at.
    var operation = Operation(name: name, streamsBody: true) { _, _ in
      throw ServiceError.unsupported("the operation \(name) of \(service)")
    }
    operation.isRefusal = true
    return operation
  }
}

extension RESTRoutes {
  private struct Route: Sendable {
    var operation: Operation
    var trait: HTTPTrait
    var pattern: PathPattern
    var specificity: Int
    var isServed: Bool { !operation.isRefusal }

    init(_ operation: Operation) {
      let trait = operation.http ?? HTTPTrait("POST", "/")
      self.operation = operation
      self.trait = trait
      pattern = PathPattern(trait.path)
      // Demanded queries and headers tell `?uploads` from a plain POST on the same path.
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
}

extension HTTPFacts {
  /// Method, path and query, whatever the labels are called.
  fileprivate var place: String {
    let segments = path.split(separator: "/").map { part in
      part.hasPrefix("{") ? (part.hasSuffix("+}") ? "{+}" : "{}") : String(part)
    }
    let query = query.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "&")
    return "\(method) /\(segments.joined(separator: "/"))?\(query)"
  }
}

extension ServiceFacts {
  fileprivate var isREST: Bool { protocols.contains { $0 == .restJSON || $0 == .restXML } }
}
