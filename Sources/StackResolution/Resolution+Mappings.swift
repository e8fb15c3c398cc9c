import Diagnostics
import PropertyTree
import TemplateParsing

/// A mapping ready for look-ups.
struct MappingTable {
  var rows: [String: [String: PropertyValue]]
}

extension Resolution {
  func find(
    _ map: Expression, _ first: Expression, _ second: Expression, _ fallback: Expression?
  ) -> PropertyValue? {
    let name = text(map, "the mapping's name")
    let row = text(first, "the first key of `Fn::FindInMap`")
    let column = text(second, "the second key of `Fn::FindInMap`")
    guard let name, let row, let column else { return Self.unresolved }
    guard let index = mappingIndex[name] else {
      if let fallback { return value(fallback) }
      if case .literal = map.kind { return Self.unresolved }
      report(
        .unknownMapping, "no mapping is called `\(name)`", at: map.span,
        hint: suggestion(name, among: template.mappings.map(\.name.value)))
      return Self.unresolved
    }
    let mapping = template.mappings[index]
    let table = table(index)
    let rowKey: String
    if table.rows[row] != nil {
      rowKey = row
    } else {
      if let fallback { return value(fallback) }
      let names = mapping.rows.map(\.key.value)
      guard let stand = missing(row, names, of: mapping, at: first) else { return Self.unresolved }
      rowKey = stand
    }
    if let found = table.rows[rowKey]?[column] { return found }
    if let fallback { return value(fallback) }
    let names = mapping.rows.first { $0.key.value == rowKey }?.columns.map(\.key.value) ?? []
    return missing(column, names, of: mapping, at: second).flatMap { table.rows[rowKey]?[$0] }
      ?? Self.unresolved
  }

  /// Reports a key that is not there.
  ///
  /// - Returns: where the template is looked at by itself and the key is its environment's (the
  ///   region, the account), the first key there is, which stands for it; else nil.
  private func missing(
    _ key: String, _ keys: [String], of mapping: TemplateMapping, at expression: Expression
  ) -> String? {
    if isByItself, let first = keys.first,
      isOfEnvironment(expression) || isAssumed(expression)
    {
      report(
        .unknownMapping,
        "the mapping `\(mapping.name.value)` has no key `\(key)`: `\(first)` stands for it here",
        at: expression.span,
        hint: isRegion(expression) ? "choose the region with `--region`" : nil,
        severity: .warning)
      return first
    }
    reportKey(key, keys, of: mapping, at: expression)
    return nil
  }

  private func isOfEnvironment(_ expression: Expression) -> Bool {
    if case .reference(let name) = expression.kind { name.hasPrefix("AWS::") } else { false }
  }

  private func isRegion(_ expression: Expression) -> Bool {
    if case .reference("AWS::Region") = expression.kind { true } else { false }
  }

  private func reportKey(
    _ key: String, _ keys: [String], of mapping: TemplateMapping, at expression: Expression
  ) {
    let shown = keys.prefix(12).joined(separator: ", ") + (keys.count > 12 ? ", …" : "")
    report(
      .unknownMapping, "the mapping `\(mapping.name.value)` has no key `\(key)` here",
      at: expression.span,
      hint: suggestion(key, among: keys)
        ?? "it has \(shown)\(isRegion(expression) ? "; choose the region with `--region`" : "")",
      related: [
        .init(span: mapping.name.span, label: "`\(mapping.name.value)` is declared here")
      ])
  }

  private func table(_ index: Int) -> MappingTable {
    if let table = mappings[index] { return table }
    let place = dynamicPlace
    dynamicPlace = .properties
    defer { dynamicPlace = place }
    var table = MappingTable(rows: [:])
    for row in template.mappings[index].rows {
      var columns: [String: PropertyValue] = [:]
      for column in row.columns { columns[column.key.value] = cell(column.value) }
      table.rows[row.key.value] = columns
    }
    mappings[index] = table
    return table
  }

  /// A mapping holds texts and lists of texts, no functions.
  private func cell(_ expression: Expression) -> PropertyValue {
    switch expression.kind {
    case .literal, .invalid: return value(expression) ?? Self.unresolved
    case .list(let elements):
      let isFlat = elements.allSatisfy { if case .literal = $0.kind { true } else { false } }
      if isFlat { return value(expression) ?? Self.unresolved }
    default: break
    }
    report(
      .wrongShape, "a mapping holds texts and lists of texts only", at: expression.span,
      hint: "functions and objects can't stand in `Mappings`")
    return Self.unresolved
  }
}
