import PropertyTree

/// The many spellings of one IAM policy document.
enum PolicyDocument {
  private static let listsOfText: Set<String> = [
    "Action", "NotAction", "Resource", "NotResource",
  ]

  /// The same tree with every policy document inside in one spelling: statements as a list, a
  /// single action, resource or principal as a list of one.
  static func normalised(_ value: PropertyValue) -> PropertyValue {
    switch value {
    case .list(let list): return .list(list.map(normalised))
    case .object(let object):
      if let statements = statements(of: object) {
        var document = object
        document["Statement"] = .list(statements.map(normalisedStatement))
        return .object(document)
      }
      return .object(PropertyObject(object.map { ($0.key, normalised($0.value)) }))
    default: return value
    }
  }

  /// The statements when the object is a policy document: each has an `Effect`.
  private static func statements(of object: PropertyObject) -> [PropertyObject]? {
    guard let value = object["Statement"] else { return nil }
    let elements = value.listValue ?? [value]
    let statements = elements.compactMap(\.objectValue)
    guard !elements.isEmpty, statements.count == elements.count,
      statements.allSatisfy({ $0["Effect"] != nil })
    else { return nil }
    return statements
  }

  private static func normalisedStatement(_ statement: PropertyObject) -> PropertyValue {
    .object(
      PropertyObject(
        statement.map { key, value in
          if listsOfText.contains(key) { return (key, asList(value)) }
          if key == "Principal" || key == "NotPrincipal", let kinds = value.objectValue {
            return (key, .object(PropertyObject(kinds.map { ($0.key, asList($0.value)) })))
          }
          return (key, value)
        }))
  }

  private static func asList(_ value: PropertyValue) -> PropertyValue {
    value.listValue == nil ? .list([value]) : value
  }
}
