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
