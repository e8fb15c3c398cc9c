import AWSModel
import PropertyTree

/// A compiled URI pattern: `/2015-03-31/functions/{FunctionName}/invocations`, `/{Bucket}/{Key+}`.
public struct PathPattern: Sendable, Hashable {
  private enum Segment: Sendable, Hashable {
    case literal(String)
    case label(String)
    /// Takes the rest, slashes and all.
    case rest(String)
  }

  private let segments: [Segment]
  /// Grows with what the pattern says for certain: literals first, then plain labels.
  public let specificity: Int

  public init(_ pattern: String) {
    segments = pattern.split(separator: "/").map { part in
      guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
      let name = part.dropFirst().dropLast()
      return name.hasSuffix("+") ? .rest(String(name.dropLast())) : .label(String(name))
    }
    specificity = segments.reduce(0) { total, segment in
      switch segment {
      case .literal: total + 100
      case .label: total + 10
      case .rest: total + 1
      }
    }
  }

  /// The labels, percent-decoded; nil when the path is another one. A final slash is ignored,
  /// except inside `{Key+}`. Labels are never empty.
  public func match(_ path: String) -> PropertyObject? {
    var labels = PropertyObject()
    var rest = path.dropFirst(path.hasPrefix("/") ? 1 : 0)
    for segment in segments {
      if case .rest(let name) = segment {
        guard !rest.isEmpty else { return nil }
        labels[name] = .string(FormCoding.decode(rest))
        return labels
      }
      let part = rest.prefix { $0 != "/" }
      guard !part.isEmpty else { return nil }
      switch segment {
      case .literal(let literal):
        guard part == literal[...] || FormCoding.decode(part) == literal else { return nil }
      case .label(let name): labels[name] = .string(FormCoding.decode(part))
      case .rest: return nil
      }
      rest = rest[part.endIndex...].dropFirst()
    }
    return rest.isEmpty ? labels : nil
  }
}
