import AWSModel

/// The question of `SearchTables`.
/// https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html
struct GlueSearch: Sendable {
  struct Filter: Decodable, Sendable {
    var Key: String?
    var Value: String?
    /// For times only.
    var Comparator: String?
  }

  struct Criterion: Decodable, Sendable {
    var FieldName: String?
    var Sort: String?
  }

  private let filters: [Filter]
  private let text: String?
  private let criterion: Criterion?

  /// - Throws: `UnsupportedOperation` for a field that tables can't be found or sorted by here.
  init(filters: [Filter], text: String?, criterion: Criterion?) throws(ServiceError) {
    self.filters = filters
    self.text = text?.lowercased()
    self.criterion = criterion
    let known = Set(Self.texts.keys).union(Self.times.keys)
    for field in filters.map(\.Key) + [criterion?.FieldName] {
      if let field, !known.contains(field) {
        throw .unsupported("the field `\(field)` in a search for tables")
      }
    }
    for filter in filters {
      guard let key = filter.Key, let value = filter.Value else {
        throw GlueFault.invalid("A filter has a Key and a Value.")
      }
      if Self.times[key] != nil, Double(value) == nil {
        throw GlueFault.invalid("The value of \(key) is a time in seconds: \(value)")
      }
    }
  }

  private static let texts: [String: @Sendable (GlueTable) -> String?] = [
    "Name": { $0.definition.Name }, "DatabaseName": { $0.record.DatabaseName },
    "Description": { $0.definition.Description }, "Owner": { $0.definition.Owner },
    "TableType": { $0.definition.TableType }, "CatalogId": { $0.record.CatalogId },
    "Location": { $0.definition.StorageDescriptor?.Location },
  ]

  private static let times: [String: @Sendable (GlueTable) -> Double?] = [
    "CreateTime": { $0.record.CreateTime }, "UpdateTime": { $0.record.UpdateTime },
    "LastAccessTime": { $0.definition.LastAccessTime },
  ]

  /// True if all filters and the text let a table through.
  func matches(_ table: GlueTable) -> Bool {
    filters.allSatisfy { Self.passes(table, $0) } && containsText(table)
  }

  private static func passes(_ table: GlueTable, _ filter: Filter) -> Bool {
    guard let key = filter.Key, let value = filter.Value else { return false }
    if let field = texts[key] {
      // A word of the field, as punctuation divides it.
      let words = (field(table) ?? "").lowercased().split { "-:#./ ,".contains($0) }
      let wanted = value.lowercased()
      return words.contains { $0 == wanted } || field(table)?.lowercased() == wanted
    }
    guard let time = times[key]?(table), let bound = Double(value) else { return false }
    switch filter.Comparator ?? "EQUALS" {
    case "GREATER_THAN": return time > bound
    case "LESS_THAN": return time < bound
    case "GREATER_THAN_EQUALS": return time >= bound
    case "LESS_THAN_EQUALS": return time <= bound
    default: return time == bound
    }
  }

  /// Text in double quotes is a whole name, description or column; other text is a part of one.
  private func containsText(_ table: GlueTable) -> Bool {
    guard let text else { return true }
    let columns = table.definition.StorageDescriptor?.Columns ?? []
    let fields =
      [table.definition.Name ?? "", table.record.DatabaseName, table.definition.Description ?? ""]
      + (columns + (table.definition.PartitionKeys ?? [])).flatMap { [$0.Name, $0.Comment ?? ""] }
    if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
      let whole = text.dropFirst().dropLast()
      return fields.contains { $0.lowercased() == whole }
    }
    return fields.contains { $0.lowercased().contains(text) }
  }

  func sorted(_ tables: [GlueTable]) -> [GlueTable] {
    guard let field = criterion?.FieldName else { return tables }
    let ascending = tables.sorted { a, b in
      if let time = Self.times[field] { return (time(a) ?? 0) < (time(b) ?? 0) }
      return (Self.texts[field]?(a) ?? "") < (Self.texts[field]?(b) ?? "")
    }
    return criterion?.Sort == "DESC" ? ascending.reversed() : ascending
  }
}
