import APIFacts
import AWSModel

extension HTTPTrait {
  /// The way to an operation as its model gives it.
  ///
  /// - Parameters:
  ///   - isAmbiguous: true where another operation has the same method, path and query: then what
  ///     the request must carry tells them apart.
  ///   - root: the name of the answer's root element.
  public init(_ facts: OperationFacts, isAmbiguous: Bool, root: String? = nil) {
    let shapes = facts.bindings
    var query = facts.http.query
    var headers: [String] = []
    if isAmbiguous {
      let required = facts.requiredBindings
      for key in required.query { query[key] = "" }
      headers = required.headers
    }
    self.init(
      facts.http.method, facts.http.path, query: query, headers: headers,
      status: facts.http.status, input: Self.input(shapes.input),
      output: Self.bindings(shapes.output), outputRoot: root)
  }

  private static func input(_ shape: APIShape?) -> [String: HTTPBinding] {
    var bindings = bindings(shape)
    // The checksum of a streamed payload may follow it; which, the model has no member for.
    if shape?.payload != nil, shape?.member("ChecksumAlgorithm") != nil {
      bindings["Trailer"] = .header("x-amz-trailer")
    }
    return bindings
  }

  private static func bindings(_ shape: APIShape?) -> [String: HTTPBinding] {
    var bindings: [String: HTTPBinding] = [:]
    for member in shape?.members ?? [] {
      switch member.location {
      case .query: bindings[member.name] = .query(member.wireName)
      case .header: bindings[member.name] = .header(member.wireName)
      case .headers: bindings[member.name] = .headerPrefix(member.wireName)
      case .status: bindings[member.name] = .status
      case .body where shape?.payload == member.name: bindings[member.name] = .payload
      case .body, .uri: break
      }
    }
    return bindings
  }
}
