import Diagnostics
import PropertyTree

/// The places of a resource's properties' values, as a tree beside them.
public struct ValuePlaces: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public var key: String
    public var places: ValuePlaces

    public init(_ key: String, _ places: ValuePlaces) {
      self.key = key
      self.places = places
    }
  }

  public var span: SourceSpan
  /// Of an object's values, by key.
  public var entries: [Entry]
  /// Of a list's elements.
  public var elements: [ValuePlaces]

  public init(_ span: SourceSpan, entries: [Entry] = [], elements: [ValuePlaces] = []) {
    self.span = span
    self.entries = entries
    self.elements = elements
  }

  /// The place of a value, or of the nearest one around it.
  public func nearest(to path: PropertyPath) -> SourceSpan {
    var places = self
    for step in path.steps {
      switch step {
      case .key(let key):
        guard let entry = places.entries.first(where: { $0.key == key }) else { return places.span }
        places = entry.places
      case .index(let index):
        guard places.elements.indices.contains(index) else { return places.span }
        places = places.elements[index]
      }
    }
    return places.span
  }

  /// Every value's place by its path.
  public var spans: [PropertyPath: SourceSpan] {
    var spans: [PropertyPath: SourceSpan] = [:]
    collect(PropertyPath(), &spans)
    return spans
  }

  private func collect(_ path: PropertyPath, _ spans: inout [PropertyPath: SourceSpan]) {
    spans[path] = span
    for entry in entries { entry.places.collect(path.appending(entry.key), &spans) }
    for (index, element) in elements.enumerated() {
      element.collect(path.appending(index), &spans)
    }
  }
}

/// Places that are put together only where a message needs one.
public final class LazyValuePlaces: Sendable {
  private let find: @Sendable () -> ValuePlaces

  public init(_ find: @escaping @Sendable () -> ValuePlaces) { self.find = find }

  /// Made anew at each call.
  public var value: ValuePlaces { find() }
}

extension LazyValuePlaces: Hashable {
  public static func == (a: LazyValuePlaces, b: LazyValuePlaces) -> Bool {
    a === b || a.value == b.value
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(value.span) }
}
