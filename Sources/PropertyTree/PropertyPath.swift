/// The way from a resource's properties to one value inside: `Tags[0].Key`.
public struct PropertyPath: Sendable, Hashable, CustomStringConvertible {
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  public func appending(_ key: String) -> PropertyPath { PropertyPath(steps + [.key(key)]) }
  public func appending(_ index: Int) -> PropertyPath { PropertyPath(steps + [.index(index)]) }

  /// A JSON pointer (RFC 6901), as CloudFormation names places in what has drifted: `/Tags/0/Key`.
  public var pointer: String {
    steps.map { step in
      switch step {
      case .key(let key):
        "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
      case .index(let index): "/\(index)"
      }
    }.joined()
  }

  /// The path with every index dropped: what schemas speak of (`Tags.Key`).
  public var keysOnly: [String] {
    steps.compactMap { if case .key(let key) = $0 { key } else { nil } }
  }

  public var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}

/// A list of keys and indexes: nothing in it is written that a key could hold too.
extension PropertyPath: Codable {
  public init(from decoder: any Decoder) throws {
    steps = try [PropertyValue](from: decoder).map { step in
      if case .int(let index) = step { return .index(Int(index)) }
      return .key(step.scalarText ?? "")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for step in steps {
      switch step {
      case .key(let key): try container.encode(key)
      case .index(let index): try container.encode(index)
      }
    }
  }
}
