import PropertyTree
import ResourceModel

/// A value that only a step can tell: the answer of a resource that waits, or what is computed from
/// it. Until then it stands in texts as `{{resolve:deferred:…}}`, which joins with other text.
public enum DeferredValue: Sendable, Hashable {
  /// `Ref` of a resource where `attribute` is nil, or one of its attributes.
  case resource(LogicalID, attribute: String?, stackID: String)
  /// A function of something deferred: texts that can't be computed piece by piece.
  case function(Function, [PropertyValue])

  /// The arguments are those of the intrinsic functions, in their order.
  public enum Function: String, Sendable, Hashable {
    case split, select, join, base64, json
  }

  /// The value's form in a text.
  public var text: String {
    let payload = Base64.encode(Array(JSONWriter.compact(tree).utf8))
    return "\(String.deferredMark)\(payload)}}"
  }

  private var tree: PropertyValue {
    switch self {
    case .resource(let id, let attribute, let stackID):
      .list(
        [.string("resource"), .string(stackID), .string(id.text)]
          + (attribute.map { [.string($0)] } ?? []))
    case .function(let function, let arguments):
      .list([.string(function.rawValue)] + arguments)
    }
  }

  /// Reads what `text` has between its mark and `}}`; nil for anything else.
  public init?(payload: String) {
    guard let bytes = Base64.decode(payload),
      // Text that is not JSON was written by nobody here.
      let tree = try? JSONReader.read(bytes), let parts = tree.listValue,
      let kind = parts.first?.stringValue
    else { return nil }
    if let function = Function(rawValue: kind) {
      self = .function(function, Array(parts.dropFirst()))
      return
    }
    let texts = parts.dropFirst().compactMap(\.stringValue)
    guard kind == "resource", (2...3).contains(texts.count) else { return nil }
    self = .resource(
      LogicalID(texts[1]), attribute: texts.count == 3 ? texts[2] : nil, stackID: texts[0])
  }

  /// `Job.Answer`: the resource that the value comes from.
  public var source: String {
    switch self {
    case .resource(let id, let attribute, _): attribute.map { "\(id).\($0)" } ?? id.text
    case .function(_, let arguments):
      arguments.lazy.compactMap { $0.firstDeferred?.source }.first ?? "a function"
    }
  }

  /// The reason why a deferred value can't be computed.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    public init(description: String) { self.description = description }
  }

  /// - Parameter identity: what a resource of a stack is called; nil where there is none.
  func answered(_ identity: (LogicalID, _ stackID: String) throws -> ResourceIdentity?) throws
    -> PropertyValue
  {
    switch self {
    case .resource(let id, let attribute, let stackID):
      guard let known = try identity(id, stackID) else {
        throw Failure(description: "\(id) has not been made")
      }
      guard let attribute else { return known.reference }
      guard let value = known.attributes[attribute] else {
        throw Failure(description: "\(id) has told no attribute \(attribute)")
      }
      return value
    case .function(let function, let arguments):
      return try function.value(of: try arguments.map { try $0.answered(identity) })
    }
  }
}

extension DeferredValue.Function {
  fileprivate func value(of arguments: [PropertyValue]) throws -> PropertyValue {
    switch (self, arguments.count) {
    case (.split, 2):
      guard let separator = arguments[0].stringValue, let text = arguments[1].scalarText else {
        break
      }
      return .list(text.pieces(separatedBy: separator).map { .string($0) })
    case (.select, 2):
      guard let index = arguments[0].integerValue, let list = arguments[1].listValue else { break }
      guard list.indices.contains(Int(index)) else {
        throw DeferredValue.Failure(
          description: "Fn::Select has no index \(index) in a list of \(list.count)")
      }
      return list[Int(index)]
    case (.join, 2):
      guard let separator = arguments[0].stringValue, let list = arguments[1].listValue else {
        break
      }
      let texts = list.compactMap(\.scalarText)
      guard texts.count == list.count else { break }
      return .string(texts.joined(separator: separator))
    case (.base64, 1):
      guard let text = arguments[0].scalarText else { break }
      return .string(Base64.encode(Array(text.utf8)))
    case (.json, 1): return .string(JSONWriter.compact(arguments[0]))
    default: break
    }
    throw DeferredValue.Failure(description: "the arguments of Fn::\(self) are of the wrong kind")
  }
}

extension String {
  public static let deferredMark = "{{resolve:deferred:"

  /// True where a deferred value stands in the text.
  public var containsDeferred: Bool {
    containsDynamicReference && contains(Self.deferredMark)
  }

  /// The text with the sources of deferred values in their place, for people.
  public var showingDeferred: String {
    guard containsDeferred else { return self }
    return DynamicPiece.pieces(of: self).map { piece in
      switch piece {
      case .text(let text), .unclosed(let text), .malformed(_, let text): String(text)
      case .reference(let reference, let written):
        reference.deferred.map { "(known after apply: \($0.source))" } ?? String(written)
      }
    }.joined()
  }

  /// The parts between separators, which are not empty; bytes count, not characters.
  func pieces(separatedBy separator: String) -> [String] {
    guard !separator.isEmpty else { return [self] }
    var pieces: [String] = []
    var rest = utf8[...]
    while let range = rest.firstRange(of: Array(separator.utf8)) {
      pieces.append(String(decoding: rest[..<range.lowerBound], as: UTF8.self))
      rest = rest[range.upperBound...]
    }
    return pieces + [String(decoding: rest, as: UTF8.self)]
  }

  fileprivate var firstDeferred: DeferredValue? {
    guard containsDeferred else { return nil }
    return DynamicPiece.pieces(of: self).lazy.compactMap { piece in
      if case .reference(let reference, _) = piece { return reference.deferred }
      return nil
    }.first
  }
}

extension DynamicReference {
  /// The value that the reference stands for; nil for those of other services.
  public var deferred: DeferredValue? {
    service == .deferred ? DeferredValue(payload: name) : nil
  }
}

extension PropertyValue {
  /// True where a deferred value stands in a text anywhere inside.
  public var containsDeferred: Bool { firstDeferred != nil }

  /// True for a text that is one deferred value and nothing else: it may come to a list.
  public var isDeferred: Bool {
    guard let text = stringValue, text.hasPrefix(String.deferredMark) else { return false }
    return DynamicPiece.pieces(of: text).count == 1
  }

  /// The resources whose deferred values stand anywhere inside, those in functions too.
  public var deferredResources: Set<LogicalID> {
    switch self {
    case .string(let text) where text.containsDeferred:
      DynamicPiece.pieces(of: text).reduce(into: []) { found, piece in
        guard case .reference(let reference, _) = piece, let value = reference.deferred else {
          return
        }
        switch value {
        case .resource(let id, _, _): found.insert(id)
        case .function(_, let arguments):
          for argument in arguments { found.formUnion(argument.deferredResources) }
        }
      }
    case .list(let list): list.reduce(into: []) { $0.formUnion($1.deferredResources) }
    case .object(let object):
      object.values.reduce(into: []) { $0.formUnion($1.deferredResources) }
    default: []
    }
  }

  /// The value with the sources of deferred values in their place, for people.
  public var showingDeferred: PropertyValue {
    switch self {
    case .string(let text): .string(text.showingDeferred)
    case .list(let list): .list(list.map(\.showingDeferred))
    case .object(let object):
      .object(PropertyObject(object.map { ($0.key, $0.value.showingDeferred) }))
    default: self
    }
  }

  fileprivate var firstDeferred: DeferredValue? {
    switch self {
    case .string(let text): text.firstDeferred
    case .list(let list): list.lazy.compactMap(\.firstDeferred).first
    case .object(let object): object.values.lazy.compactMap(\.firstDeferred).first
    default: nil
    }
  }

  /// The value with what is known now in the place of deferred values. Throws
  /// `DeferredValue.Failure`, and what `identity` throws.
  public func answered(
    _ identity: (LogicalID, _ stackID: String) throws -> ResourceIdentity?
  ) throws -> PropertyValue {
    switch self {
    case .string(let text) where text.containsDeferred:
      let pieces = DynamicPiece.pieces(of: text)
      if pieces.count == 1, case .reference(let reference, _) = pieces[0],
        let value = reference.deferred
      {
        return try value.answered(identity)
      }
      return .string(try pieces.map { try $0.answered(identity) }.joined())
    case .list(let list): return .list(try list.map { try $0.answered(identity) })
    case .object(let object):
      return .object(
        PropertyObject(try object.map { ($0.key, try $0.value.answered(identity)) }))
    default: return self
    }
  }
}

extension DynamicPiece {
  fileprivate func answered(
    _ identity: (LogicalID, _ stackID: String) throws -> ResourceIdentity?
  ) throws -> String {
    switch self {
    case .text(let text), .unclosed(let text), .malformed(_, let text): return String(text)
    case .reference(let reference, let written):
      guard let value = reference.deferred else { return String(written) }
      guard let text = try value.answered(identity).scalarText else {
        throw DeferredValue.Failure(
          description: "\(value.source) is no text, and stands within one")
      }
      return text
    }
  }
}
