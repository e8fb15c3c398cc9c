import Diagnostics

/// A value together with the place where it is written.
public struct Spanned<Value> {
  public var value: Value
  public var span: SourceSpan

  public init(_ value: Value, _ span: SourceSpan) {
    self.value = value
    self.span = span
  }
}

extension Spanned: Sendable where Value: Sendable {}
extension Spanned: Equatable where Value: Equatable {}
extension Spanned: Hashable where Value: Hashable {}
