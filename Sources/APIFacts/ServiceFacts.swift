import PropertyTree
import Synchronization

/// The protocols that service models name.
public enum APIProtocol: String, Sendable, Hashable {
  case json
  case query
  case ec2
  case restJSON = "rest-json"
  case restXML = "rest-xml"
  case cbor = "smithy-rpc-v2-cbor"
}

/// A form that a resource of a service may have in a policy.
public struct IAMResource: Sendable, Hashable {
  /// `arn:${Partition}:kinesis:${Region}:${Account}:stream/${StreamName}`.
  public let arn: String
  public let conditionKeys: [String]
}

/// One service's traits, and the way to its operations.
public final class ServiceFacts: Sendable {
  /// botocore's name: `kinesis`.
  public let name: String
  /// The first is the one that the service prefers; later ones it speaks as well.
  public let protocols: [APIProtocol]
  /// `2013-12-02`; the Query protocol's `Version`.
  public let apiVersion: String
  /// `1.0` or `1.1`, of JSON protocols.
  public let jsonVersion: String?
  /// The part of `X-Amz-Target` before the dot.
  public let targetPrefix: String?
  public let xmlNamespace: String?
  /// The name in a signature's scope.
  public let signingName: String
  /// The first label of the service's host names.
  public let endpointPrefix: String
  /// The name that SDKs make their own from: `Secrets Manager`.
  public let serviceID: String
  /// True for a JSON service that was a Query one and still names errors as it did.
  public let isQueryCompatible: Bool
  /// The prefix of the service's actions: `kinesis` in `kinesis:PutRecord`.
  public let actionPrefix: String?
  /// The forms of the service's resources by their names in `IAMAction.resources`.
  public let resources: [String: IAMResource]

  private let operations: FactLines
  private let shapes: FactLines
  private let memo = Mutex<[String: OperationFacts]>([:])

  init(name: String, text: ServiceText) {
    let traits = APIFacts.tree(text.traits.withUTF8Buffer { Array($0) }, of: name)
    func string(_ key: String) -> String? { traits[key]?.stringValue }
    self.name = name
    let named = (traits["protocols"]?.listValue ?? [traits["protocol"] ?? .null])
      .compactMap(\.stringValue).compactMap(APIProtocol.init(rawValue:))
    protocols = named
    apiVersion = string("version") ?? ""
    jsonVersion = string("json")
    targetPrefix = string("target")
    xmlNamespace = string("namespace")
    signingName = string("signing") ?? name
    endpointPrefix = string("endpoint") ?? name
    serviceID = string("id") ?? name
    isQueryCompatible = traits["queryCompatible"] != nil
    actionPrefix = string("iam")
    resources = Dictionary(
      (traits["resources"]?.objectValue ?? [:]).map { key, value in
        (
          key,
          IAMResource(
            arn: value["arn"]?.stringValue ?? "",
            conditionKeys: (value["keys"]?.listValue ?? []).compactMap(\.stringValue))
        )
      }, uniquingKeysWith: { first, _ in first })
    operations = FactLines(text.operations)
    shapes = FactLines(text.shapes)
  }

  /// Operations with packaged facts, ascending.
  public var operationNames: [String] { operations.names }

  /// The facts of an operation, or nil where none are packaged.
  public func operation(_ name: String) -> OperationFacts? {
    memo.withLock { memo in
      if let known = memo[name] { return known }
      guard let json = operations.json(of: name) else { return nil }
      let facts = OperationFacts(
        name: name, tree: APIFacts.tree(json, of: "\(self.name).\(name)"), service: self)
      memo[name] = facts
      return facts
    }
  }

  /// A shape's packaged facts. Every name that the data mention is in them: a test walks them all.
  func shapeTree(_ name: String) -> PropertyValue {
    guard let json = shapes.json(of: name) else {
      preconditionFailure("\(self.name) has no facts of the shape \(name)")
    }
    return APIFacts.tree(json, of: "\(self.name).\(name)")
  }
}
