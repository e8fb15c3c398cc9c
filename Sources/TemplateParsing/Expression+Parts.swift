/// The parts of an expression, whatever its function.
extension Expression {
  /// The expressions right inside.
  public var parts: [Expression] {
    switch kind {
    case .literal, .reference, .condition, .unsupported, .invalid: []
    case .list(let parts), .and(let parts), .or(let parts), .ruleFunction(_, let parts): parts
    case .object(let entries), .substitution(_, let entries): entries.map(\.value)
    case .attribute(_, let part), .not(let part), .base64(let part), .availabilityZones(let part),
      .length(let part), .jsonText(let part), .importValue(let part):
      [part]
    case .join(let a, let b), .select(let a, let b), .split(let a, let b), .equals(let a, let b),
      .conditional(_, let a, let b):
      [a, b]
    case .findInMap(let map, let first, let second, let fallback):
      [map, first, second] + (fallback.map { [$0] } ?? [])
    case .cidr(let block, let count, let bits): [block, count] + (bits.map { [$0] } ?? [])
    case .stackOutput(let stack, let output, let region, let role):
      [stack, output] + [region, role].compactMap(\.self)
    }
  }

  /// True where `Ref` or `Fn::Sub` reads one of some names, here or anywhere inside.
  public func refers(to isMeant: (String) -> Bool) -> Bool {
    switch kind {
    case .reference(let name) where isMeant(name): return true
    case .substitution(let texts, let variables):
      let isRead = texts.contains { part in
        guard case .reference(let name) = part else { return false }
        return isMeant(name.value) && !variables.contains { $0.key.value == name.value }
      }
      if isRead { return true }
    default: break
    }
    return parts.contains { $0.refers(to: isMeant) }
  }
}
