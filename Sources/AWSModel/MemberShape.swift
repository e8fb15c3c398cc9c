/// The shape of a value, as far as encodings differ by it: JSON writes a blob as text and a
/// timestamp as a number, CBOR has types of its own for both; XML writes a map's entries otherwise
/// than a structure's members.
public indirect enum MemberShape: Sendable, Hashable {
  /// Text, number, boolean, or anything that every protocol writes in the same way.
  case plain
  /// Base64 in trees.
  case blob
  /// Seconds since 1970 in trees.
  case timestamp
  /// Members that are not listed are plain.
  case structure([String: MemberShape])
  case list(MemberShape)
  /// The shape of the values.
  case map(MemberShape)

  public func member(_ name: String) -> MemberShape {
    switch self {
    case .structure(let members): members[name] ?? .plain
    case .map(let value): value
    case .plain, .blob, .timestamp, .list: .plain
    }
  }

  public var element: MemberShape {
    if case .list(let element) = self { element } else { .plain }
  }
}
