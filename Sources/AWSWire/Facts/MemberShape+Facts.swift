import APIFacts
import AWSModel

extension OperationShapes {
  /// The part of a shape that encodings need. Where it holds itself, the inner one is plain.
  ///
  /// - Parameter outer: the names of the shapes around it.
  func memberShape(_ shape: APIShape, inside outer: Set<String>) -> MemberShape {
    guard !outer.contains(shape.name) else { return .plain }
    let around = outer.union([shape.name])
    func inner(_ member: APIMember) -> MemberShape { memberShape(self[member], inside: around) }
    switch shape.kind {
    case .blob: return .blob
    case .timestamp: return .timestamp
    case .list: return shape.element.map { MemberShape.list(inner($0)) } ?? .plain
    case .map: return shape.value.map { MemberShape.map(inner($0)) } ?? .plain
    case .structure:
      var members: [String: MemberShape] = [:]
      for member in shape.members {
        let found = inner(member)
        if found != .plain { members[member.name] = found }
      }
      return .structure(members)
    default: return .plain
    }
  }
}
