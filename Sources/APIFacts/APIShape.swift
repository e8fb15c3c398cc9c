import PropertyTree

/// The format in which a moment is written.
public enum TimestampFormat: String, Sendable, Hashable {
  /// Seconds since 1970, with a fraction.
  case unixTimestamp
  /// `2026-11-26T20:45:05Z`.
  case iso8601
  /// `Thu, 26 Nov 2026 20:45:05 GMT`.
  case rfc822
}

/// A bound of a value or a length, and how it is written.
public struct Bound: Sendable, Hashable {
  public let value: Double
  public let text: String

  init?(_ tree: PropertyValue?) {
    switch tree {
    case .int(let integer)?: (value, text) = (Double(integer), String(integer))
    case .double(let double)?: (value, text) = (double, String(double))
    default: return nil
    }
  }
}

/// A place in a shape that another shape fills: a member, a list's element, a map's key or value.
public struct APIMember: Sendable, Hashable {
  public enum Location: String, Sendable, Hashable {
    case body
    case uri
    case query = "querystring"
    case header
    /// All headers with the prefix `wireName`, as a map keyed by the rest.
    case headers
    case status = "statusCode"
  }

  public let name: String
  /// Index in `OperationShapes`.
  public let shape: Int
  public let location: Location
  /// The name on the wire.
  public let wireName: String
  /// True where the model gives a name of its own for the wire.
  public let isRenamed: Bool
  /// The name in EC2's Query protocol, where it is not the capitalised `wireName`.
  public let queryName: String?
  public let timestampFormat: TimestampFormat?
  /// True where a list stands without an element around its elements.
  public let isFlattened: Bool
  /// True for an attribute of the XML element.
  public let isAttribute: Bool
  /// True where a client that is given none makes one.
  public let isIdempotencyToken: Bool
  /// The payload, or a header, of an event in a stream.
  public let isEventPayload: Bool
  public let isEventHeader: Bool
  /// The element's namespace, with its prefix before a blank where it has one.
  public let xmlNamespace: String?

  init(name: String, tree: PropertyValue, index: (String) -> Int) {
    self.name = name
    func string(_ key: String) -> String? { tree[key]?.stringValue }
    shape = index(tree.stringValue ?? string("shape") ?? "")
    location = string("in").flatMap(Location.init(rawValue:)) ?? .body
    wireName = string("name") ?? name
    isRenamed = string("name").map { $0 != name } ?? false
    queryName = string("queryName")
    timestampFormat = string("format").flatMap(TimestampFormat.init(rawValue:))
    isFlattened = tree["flattened"] != nil
    isAttribute = tree["attribute"] != nil
    isIdempotencyToken = tree["token"] != nil
    isEventPayload = tree["eventPayload"] != nil
    isEventHeader = tree["eventHeader"] != nil
    xmlNamespace = string("namespace")
  }
}

/// The bounds of one value of an operation, from its model.
public final class APIShape: Sendable {
  public enum Kind: String, Sendable, Hashable {
    case structure, list, map, string, integer, long, short, byte, float, double, boolean
    case timestamp, blob, character
    case bigInteger = "biginteger"
    case bigDecimal = "bigdecimal"

    public var isInteger: Bool {
      switch self {
      case .integer, .long, .short, .byte, .bigInteger: true
      default: false
      }
    }

    public var isNumber: Bool {
      switch self {
      case .float, .double, .bigDecimal: true
      default: isInteger
      }
    }
  }

  public let name: String
  public let kind: Kind
  /// Of a number's value; of the length of a text, blob, list or map.
  public let minimum: Bound?
  public let maximum: Bound?
  public let pattern: String?
  public let enumeration: [String]
  public let timestampFormat: TimestampFormat?
  public let isFlattened: Bool
  /// True where exactly one member is given.
  public let isUnion: Bool
  /// True where any tree may stand.
  public let isDocument: Bool
  /// True where messages must not repeat the value.
  public let isSensitive: Bool
  public let isEventStream: Bool
  public let isEvent: Bool
  public let xmlNamespace: String?
  /// The name of an element that holds it, where it is fixed.
  public let elementName: String?
  public let required: Set<String>
  /// The member that is the whole body.
  public let payload: String?
  /// A structure's members in the model's order.
  public let members: [APIMember]
  public let element: APIMember?
  public let key: APIMember?
  public let value: APIMember?
  private let indexByName: [String: Int]
  /// Of members of the body that bear another name there.
  private let indexByWireName: [String: Int]

  init(name: String, tree: PropertyValue, index: (String) -> Int) {
    self.name = name
    func string(_ key: String) -> String? { tree[key]?.stringValue }
    func texts(_ key: String) -> [String] {
      (tree[key]?.listValue ?? []).compactMap(\.stringValue)
    }
    func place(_ key: String, named name: String) -> APIMember? {
      tree[key].map { APIMember(name: name, tree: $0, index: index) }
    }
    kind = string("type").flatMap(Kind.init(rawValue:)) ?? .string
    minimum = Bound(tree["min"])
    maximum = Bound(tree["max"])
    pattern = string("pattern")
    enumeration = texts("enum")
    timestampFormat = string("format").flatMap(TimestampFormat.init(rawValue:))
    isFlattened = tree["flattened"] != nil
    isUnion = tree["union"] != nil
    isDocument = tree["document"] != nil
    isSensitive = tree["sensitive"] != nil
    isEventStream = tree["eventstream"] != nil
    isEvent = tree["event"] != nil
    xmlNamespace = string("namespace")
    elementName = string("name")
    required = Set(texts("required"))
    payload = string("payload")
    let members = (tree["members"]?.objectValue ?? [:]).map { name, member in
      APIMember(name: name, tree: member, index: index)
    }
    self.members = members
    element = place("member", named: "member")
    key = place("key", named: "key")
    value = place("value", named: "value")
    indexByName = Dictionary(
      members.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    indexByWireName = Dictionary(
      members.enumerated().filter { $0.element.isRenamed && $0.element.location == .body }
        .map { ($0.element.wireName, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// The member of that name; nil where the model has none.
  public func member(_ name: String) -> APIMember? { indexByName[name].map { members[$0] } }

  /// The member that a body's document calls so, or that bears the name.
  public func member(inBody name: String) -> APIMember? {
    (indexByWireName[name] ?? indexByName[name]).map { members[$0] }
  }

  /// True where a value of the shape can be held against anything but its kind.
  public var isConstrained: Bool {
    minimum != nil || maximum != nil || pattern != nil || !enumeration.isEmpty
  }
}

/// The shapes of one operation, laid out in one array, so that shapes that hold themselves are no
/// trouble.
public struct OperationShapes: Sendable {
  public let all: [APIShape]
  /// True where an output in JSON is the tree that the operation answers: no member bears another
  /// name there, and all moments are seconds since 1970.
  public let isPlainJSON: Bool
  private let inputIndex: Int?
  private let outputIndex: Int?

  init(input: String?, output: String?, of service: ServiceFacts) {
    var names: [String] = []
    var indexByName: [String: Int] = [:]
    func index(_ name: String) -> Int {
      if let known = indexByName[name] { return known }
      indexByName[name] = names.count
      names.append(name)
      return names.count - 1
    }
    inputIndex = input.map(index)
    outputIndex = output.map(index)
    var shapes: [APIShape] = []
    // Reading a shape may name further ones, which are read in their turn.
    while shapes.count < names.count {
      let name = names[shapes.count]
      shapes.append(APIShape(name: name, tree: service.shapeTree(name), index: index))
    }
    all = shapes
    isPlainJSON = shapes.allSatisfy { shape in
      (shape.timestampFormat ?? .unixTimestamp) == .unixTimestamp
        && shape.members.allSatisfy { member in
          !(member.isRenamed && member.location == .body)
            && (member.timestampFormat ?? .unixTimestamp) == .unixTimestamp
        }
    }
  }

  public var input: APIShape? { inputIndex.map { all[$0] } }
  public var output: APIShape? { outputIndex.map { all[$0] } }

  /// The shape that fills a member.
  public subscript(_ member: APIMember) -> APIShape { all[member.shape] }
}
