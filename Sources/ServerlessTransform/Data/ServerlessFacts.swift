import PropertyTree

/// Reads the tables that `scripts/extract_serverless_facts.py` writes.
enum ServerlessFacts {
  /// A row of a table as a tree without places. The tables are part of the program.
  static func tree(_ json: StaticString) -> Tree {
    do throws(JSONReader.Failure) {
      return Tree(try JSONReader.read("\(json)"))
    } catch {
      preconditionFailure("the facts of the serverless transform are damaged: \(error.message)")
    }
  }
}

extension Tree {
  /// A value without places.
  init(_ value: PropertyValue) {
    switch value {
    case .string(let text): self.init(text)
    case .list(let values): self.init(.list(values.map { Tree($0) }))
    case .object(let object): self.init(.object(object.map { Member($0.key, Tree($0.value)) }))
    case .bool(let bool): self.init(booleanLiteral: bool)
    default: self.init(.scalar(.init(value.scalarText ?? "null", isPlain: true)))
    }
  }
}
