import PropertyTree
import Synchronization

/// The method, path and status of an operation over HTTP.
public struct HTTPFacts: Sendable, Hashable {
  public let method: String
  /// `/2015-03-31/functions/{FunctionName}/invocations`, without the query.
  public let path: String
  /// The fixed part of the query, an empty value for a bare key: `uploads`, `list-type=2`.
  public let query: [String: String]
  public let status: Int

  init(_ tree: PropertyValue) {
    method = tree["method"]?.stringValue ?? "POST"
    let uri = tree["uri"]?.stringValue ?? "/"
    let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    let pairs = parts.count < 2 ? [] : parts[1].split(separator: "&")
    query = Dictionary(
      pairs.map { pair in
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(sides[0]), sides.count < 2 ? "" : String(sides[1]))
      }, uniquingKeysWith: { first, _ in first })
    status = tree["status"]?.integerValue.map { Int($0) } ?? 200
  }
}

/// An error that an operation is known to end in.
public struct ErrorFacts: Sendable, Hashable {
  /// The name of its shape: `InvalidArgumentException`.
  public let name: String
  /// The error's code on the wire; the name where the model gives no other.
  public let code: String
  /// nil where the model gives none: 400, and 500 for a fault.
  public let status: Int?
  /// True where the service is to blame.
  public let isFault: Bool
}

/// An action that a caller must be allowed for an operation.
public struct IAMAction: Sendable, Hashable {
  /// Without the service's prefix: `PutRecord`.
  public let name: String
  /// Names of resource forms (`ServiceFacts.resources`); true where the action can't do without.
  public let resources: [String: Bool]
  public let conditionKeys: [String]
  /// Actions that it needs besides: `iam:PassRole`.
  public let dependentActions: [String]
}

/// The facts of one operation.
public final class OperationFacts: Sendable {
  public let name: String
  public let http: HTTPFacts
  /// restXML: the name of the request's root element, where it is fixed.
  public let inputRoot: String?
  /// Query: the element in an answer that holds the output.
  public let resultWrapper: String
  public let isIdempotent: Bool
  /// True where a newer operation has taken its place.
  public let isDeprecated: Bool
  /// True where requests need no signature.
  public let isAnonymous: Bool
  public let iam: [IAMAction]

  private unowned let service: ServiceFacts
  private let inputName: String?
  private let outputName: String?
  private let errorNames: [String]
  private let memo = Mutex<OperationShapes?>(nil)

  init(name: String, tree: PropertyValue, service: ServiceFacts) {
    self.name = name
    self.service = service
    http = HTTPFacts(tree)
    inputRoot = tree["root"]?.stringValue
    resultWrapper = tree["wrapper"]?.stringValue ?? "\(name)Result"
    isIdempotent = tree["idempotent"] != nil
    isDeprecated = tree["deprecated"] != nil
    isAnonymous = tree["anonymous"] != nil
    inputName = tree["input"]?.stringValue
    outputName = tree["output"]?.stringValue
    errorNames = (tree["errors"]?.listValue ?? []).compactMap(\.stringValue)
    iam = (tree["iam"]?.listValue ?? []).map { action in
      IAMAction(
        name: action["action"]?.stringValue ?? name,
        resources: Dictionary(
          (action["resources"]?.objectValue ?? [:]).map { ($0.key, $0.value == .bool(true)) },
          uniquingKeysWith: { first, _ in first }),
        conditionKeys: (action["keys"]?.listValue ?? []).compactMap(\.stringValue),
        dependentActions: (action["dependent"]?.listValue ?? []).compactMap(\.stringValue))
    }
  }

  /// The shapes of input and output, and of all that they hold; read at the first call.
  public var shapes: OperationShapes {
    memo.withLock { memo in
      if let known = memo { return known }
      let shapes = OperationShapes(input: inputName, output: outputName, of: service)
      memo = shapes
      return shapes
    }
  }

  /// The errors that the operation is known to end in, in the model's order.
  public var errors: [ErrorFacts] {
    errorNames.map { name in
      let error = service.shapeTree(name)["error"]
      return ErrorFacts(
        name: name, code: error?["code"]?.stringValue ?? name,
        status: error?["status"]?.integerValue.map { Int($0) }, isFault: error?["fault"] != nil)
    }
  }

  /// The input and the output by themselves, without the shapes that they hold: where members stand.
  public var bindings: (input: APIShape?, output: APIShape?) {
    (inputName.map(root), outputName.map(root))
  }

  private func root(_ name: String) -> APIShape {
    APIShape(name: name, tree: service.shapeTree(name)) { _ in 0 }
  }

  /// Members that a request must carry in its query and headers, by their names there.
  public var requiredBindings: (query: [String], headers: [String]) {
    guard let shape = inputName.map(root) else { return ([], []) }
    let members = shape.members.filter { shape.required.contains($0.name) }
    return (
      members.filter { $0.location == .query }.map(\.wireName),
      members.filter { $0.location == .header }.map(\.wireName)
    )
  }
}
