/// Two things that claim the same name, of which one would silently win: a mistake in what this
/// program is put together from. Found at the start, before anything is served.
public struct DuplicateRegistration: Error, Sendable, Hashable, CustomStringConvertible {
  /// `resource type`, `operation`, `capability`.
  public var kind: String
  public var name: String

  public init(_ kind: String, _ name: String) {
    self.kind = kind
    self.name = name
  }

  public var description: String {
    "the \(kind) `\(name)` is registered twice: one of the two would never be reached"
  }
}

extension Dictionary where Value: Sendable {
  /// A table of things that must all have names of their own. Throws `DuplicateRegistration` for the
  /// first that has not.
  public init(
    registering values: some Sequence<Value>, as kind: String, _ key: (Value) -> Key
  ) throws(DuplicateRegistration) {
    self.init()
    for value in values {
      let key = key(value)
      guard updateValue(value, forKey: key) == nil else {
        throw DuplicateRegistration(kind, "\(key)")
      }
    }
  }
}
