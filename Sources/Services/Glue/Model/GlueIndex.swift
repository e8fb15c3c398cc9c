/// A partition index as its maker gives it.
struct GlueIndexInput: Codable, Sendable, Hashable {
  var Keys: [String]
  var IndexName: String
}

/// A partition index as the catalog answers it. Partitions are found by their values with or
/// without one, so an index is ready as soon as it is made.
struct GlueIndex: Codable, Sendable, Hashable {
  struct Key: Codable, Sendable, Hashable {
    var Name: String
    var `Type`: String
  }

  var IndexName: String
  var Keys: [Key]
  var IndexStatus = "ACTIVE"
}
