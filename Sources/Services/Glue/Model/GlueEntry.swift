/// An entity of the catalog: what its maker gave, and the facts that the catalog adds. Both are one
/// object, on the wire as in storage; members are AWS's own, letter for letter.
struct GlueEntry<Definition: Codable & Sendable, Record: Codable & Sendable>: Codable, Sendable {
  var definition: Definition
  var record: Record

  init(_ definition: Definition, _ record: Record) {
    self.definition = definition
    self.record = record
  }

  init(from decoder: any Decoder) throws {
    definition = try Definition(from: decoder)
    record = try Record(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    try definition.encode(to: encoder)
    try record.encode(to: encoder)
  }
}
