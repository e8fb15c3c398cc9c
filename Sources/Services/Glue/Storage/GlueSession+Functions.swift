import AWSModel

extension GlueSession {
  /// Throws `EntityNotFoundException`.
  func function(_ database: String, _ name: String) throws -> GlueRow<GlueFunction> {
    let parent = try self.database(database)
    guard let found = try Self.functions.find(name, under: parent.id, transaction) else {
      throw GlueFault.notFound("Function \(name) not found.")
    }
    return found
  }

  /// The functions of one database or of all, by database and name.
  func functions(of database: String?, matching pattern: GlueNamePattern) throws -> [GlueFunction] {
    var pattern = pattern
    let parents = try database.map { [try self.database($0)] } ?? databases()
    return try parents.flatMap { parent in
      try Self.functions.list(under: parent.id, transaction) { try pattern.matches($0) }
        .map(\.model)
    }
  }

  func createFunction(_ input: GlueFunctionInput, in database: GlueRow<GlueDatabase>) throws {
    guard let name = input.FunctionName else {
      throw GlueFault.invalid("FunctionName is missing.")
    }
    guard try Self.functions.find(name, under: database.id, transaction) == nil else {
      throw GlueFault.alreadyExists("Function")
    }
    let record = GlueFunctionRecord(
      DatabaseName: database.name, CreateTime: now, CatalogId: catalogID)
    try Self.functions.insert(
      GlueFunction(input, record), name, under: database.id, transaction)
  }

  func updateFunction(_ database: String, _ name: String, _ input: GlueFunctionInput) throws {
    var row = try function(database, name)
    guard (input.FunctionName ?? name) == name else {
      throw ServiceError.unsupported("a new name for a function")
    }
    row.model.definition = input
    row.model.definition.FunctionName = name
    try Self.functions.update(row, transaction)
  }
}
