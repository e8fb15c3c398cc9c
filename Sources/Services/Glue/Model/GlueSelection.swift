import PropertyTree

/// An entity with those of its members that a request asks for (`AttributesToGet`), or with all.
struct GlueSelection<Entity: Encodable & Sendable>: Encodable, Sendable {
  var entity: Entity
  /// `NAME`, `TABLE_TYPE`, `TARGET_DATABASE`; nil for all.
  var attributes: [String]?

  init(_ entity: Entity, _ attributes: [String]?) {
    self.entity = entity
    self.attributes = attributes
  }

  private static var members: [String: String] {
    ["NAME": "Name", "TABLE_TYPE": "TableType", "TARGET_DATABASE": "TargetDatabase"]
  }

  func encode(to encoder: any Encoder) throws {
    guard let attributes, !attributes.isEmpty else { return try entity.encode(to: encoder) }
    let wanted = Set(attributes.compactMap { Self.members[$0] })
    let whole = try TreeEncoder().encode(entity).objectValue ?? [:]
    let selected = whole.filter { wanted.contains($0.key) }.map { ($0.key, $0.value) }
    try PropertyValue.object(PropertyObject(selected)).encode(to: encoder)
  }
}
