import Diagnostics
import PropertyTree

/// A value as a template writes it: literal, or an intrinsic function to be answered later.
public struct Expression: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// A scalar.
    case literal(PropertyValue)
    case list([Expression])
    case object([ExpressionEntry])
    /// `Ref`: a parameter, a pseudo parameter or a resource.
    case reference(String)
    /// `Fn::GetAtt`; the attribute's name may itself be a `Ref`.
    indirect case attribute(resource: Spanned<String>, name: Expression)
    /// `Fn::Sub` with its variables.
    case substitution([SubstitutionPart], variables: [ExpressionEntry])
    indirect case join(separator: Expression, list: Expression)
    indirect case select(index: Expression, list: Expression)
    indirect case split(separator: Expression, text: Expression)
    /// `Fn::If`
    indirect case conditional(condition: Spanned<String>, then: Expression, else: Expression)
    indirect case equals(Expression, Expression)
    case and([Expression])
    case or([Expression])
    indirect case not(Expression)
    /// `Condition`: the value of another condition.
    case condition(String)
    indirect case findInMap(
      map: Expression, first: Expression, second: Expression, fallback: Expression?)
    indirect case base64(Expression)
    indirect case cidr(block: Expression, count: Expression, bits: Expression?)
    /// `Fn::GetAZs`
    indirect case availabilityZones(Expression)
    indirect case length(Expression)
    /// `Fn::ToJsonString`
    indirect case jsonText(Expression)
    /// `Fn::ImportValue`: what another stack exports under this name.
    indirect case importValue(Expression)
    /// `Fn::GetStackOutput`: an output of another stack, of another region or account too.
    indirect case stackOutput(
      stack: Expression, output: Expression, region: Expression?, role: Expression?)
    /// A function that only rules know: `Fn::Contains` and its kin, with its arguments.
    indirect case ruleFunction(String, [Expression])
    /// A function that exists but is not implemented, by its name.
    case unsupported(String)
    /// Wrong in a way that has been reported.
    case invalid
  }

  public var kind: Kind
  public var span: SourceSpan

  public init(_ kind: Kind, _ span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

public struct ExpressionEntry: Sendable, Hashable {
  public var key: Spanned<String>
  public var value: Expression

  public init(key: Spanned<String>, value: Expression) {
    self.key = key
    self.value = value
  }
}

/// A piece of `Fn::Sub` text.
public enum SubstitutionPart: Sendable, Hashable {
  case text(String)
  /// `${Name}`: one of the variables, else what `Ref` gives.
  case reference(Spanned<String>)
  /// `${Resource.Attribute}`
  case attribute(resource: String, name: String, span: SourceSpan)
}
