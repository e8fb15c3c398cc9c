import AWSModel
import ServiceKit

extension GlueSession {
  func findDatabase(_ name: String) throws -> GlueRow<GlueDatabase>? {
    try Self.databases.find(name.lowercased(), under: root(), transaction)
  }

  /// Throws `EntityNotFoundException`.
  func database(_ name: String) throws -> GlueRow<GlueDatabase> {
    guard let found = try findDatabase(name) else {
      throw GlueFault.notFound("Database \(name.lowercased()) not found.")
    }
    return found
  }

  func databases(_ page: GluePage = .all) throws -> [GlueRow<GlueDatabase>] {
    try Self.databases.list(under: root(), transaction, page)
  }

  func createDatabase(_ input: GlueDatabaseInput, tags: [String: String]?) throws {
    let input = input.stored
    guard let name = input.Name else { throw GlueFault.invalid("Name is missing.") }
    guard try findDatabase(name) == nil else { throw GlueFault.alreadyExists("Database") }
    let record = GlueDatabaseRecord(CreateTime: now, CatalogId: catalogID)
    let id = try Self.databases.insert(
      GlueDatabase(input, record), name, under: makeRoot(), transaction)
    if let tags { try put(tags: tags, of: id) }
  }

  func updateDatabase(_ name: String, _ input: GlueDatabaseInput) throws {
    var row = try database(name)
    guard input.stored.Name == row.name else {
      throw ServiceError.unsupported("a new name for a database")
    }
    row.model.definition = input.stored
    try Self.databases.update(row, transaction)
  }

  func tags(of database: Int64) throws -> [String: String] {
    try Self.tags.find("", under: database, transaction)?.model ?? [:]
  }

  func put(tags: [String: String], of database: Int64) throws {
    switch TagRules().violation(of: tags.map { (key: $0.key, value: $0.value) }) {
    case nil: break
    case .count(let max): throw GlueFault.invalid("A resource can have no more than \(max) tags.")
    case .reserved(let key): throw GlueFault.invalid("Tag keys can't begin with aws: \(key)")
    case .key(let key), .value(let key), .duplicate(let key):
      throw GlueFault.invalid("The tag \(key) is too long or has no key.")
    }
    if var row = try Self.tags.find("", under: database, transaction) {
      row.model = tags
      return try Self.tags.update(row, transaction)
    }
    try Self.tags.insert(tags, "", under: database, transaction)
  }
}
