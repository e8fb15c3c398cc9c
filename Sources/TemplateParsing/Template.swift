import Diagnostics
import PropertyTree

/// A template with typed sections; intrinsics are not answered yet.
public struct Template: Sendable, Hashable {
  public var file: String
  public var formatVersion: Spanned<String>?
  public var description: String?
  public var transforms: [Spanned<String>] = []
  /// Names in the document before its transforms, where it has any.
  public var writtenNames: WrittenNames?
  public var parameters: [TemplateParameter] = []
  public var mappings: [TemplateMapping] = []
  public var conditions: [TemplateCondition] = []
  public var rules: [TemplateRule] = []
  public var metadata: Expression?
  public var resources: [TemplateResource] = []
  public var outputs: [TemplateOutput] = []

  public init(file: String) { self.file = file }
}

/// An entry of `Parameters`.
public struct TemplateParameter: Sendable, Hashable {
  public var name: Spanned<String>
  /// `String`, `Number`, `List<Number>`, `CommaDelimitedList`, `AWS::…`.
  public var type: Spanned<String>
  /// As text; lists joined with commas.
  public var defaultValue: Spanned<String>?
  /// True where there is a default that can't be used, which has been reported.
  public var isDefaultInvalid = false
  public var allowedValues: [Spanned<String>] = []
  public var allowedPattern: Spanned<String>?
  public var minLength: Spanned<Int>?
  public var maxLength: Spanned<Int>?
  public var minValue: Spanned<Double>?
  public var maxValue: Spanned<Double>?
  public var constraintDescription: String?
  public var description: String?
  public var isSecret = false

  public init(name: Spanned<String>, type: Spanned<String>) {
    self.name = name
    self.type = type
  }
}

/// An entry of `Mappings`: two levels of keys, then a scalar or a list.
public struct TemplateMapping: Sendable, Hashable {
  public struct Row: Sendable, Hashable {
    public var key: Spanned<String>
    public var columns: [ExpressionEntry]
  }

  public var name: Spanned<String>
  public var rows: [Row]

  public init(name: Spanned<String>, rows: [Row]) {
    self.name = name
    self.rows = rows
  }
}

/// An entry of `Conditions`.
public struct TemplateCondition: Sendable, Hashable {
  public var name: Spanned<String>
  public var expression: Expression

  public init(name: Spanned<String>, expression: Expression) {
    self.name = name
    self.expression = expression
  }
}

/// An entry of `Rules`: assertions over parameters.
public struct TemplateRule: Sendable, Hashable {
  public struct Assertion: Sendable, Hashable {
    public var expression: Expression
    public var description: String?
  }

  public var name: Spanned<String>
  /// The assertions count only where this is true; nil means always.
  public var condition: Expression?
  public var assertions: [Assertion]

  public init(name: Spanned<String>, condition: Expression?, assertions: [Assertion]) {
    self.name = name
    self.condition = condition
    self.assertions = assertions
  }
}

/// An entry of `Resources`.
public struct TemplateResource: Sendable, Hashable {
  public var logicalID: Spanned<String>
  public var type: Spanned<String>
  /// An `.object`, or nil where there is none.
  public var properties: Expression?
  /// The place of the key `Properties`.
  public var propertiesKey: SourceSpan?
  public var dependsOn: [Spanned<String>] = []
  public var condition: Spanned<String>?
  public var deletionPolicy: Expression?
  public var updateReplacePolicy: Expression?
  public var metadata: Expression?
  /// `CreationPolicy` and `UpdatePolicy` with what they hold.
  public var lifecyclePolicies: [ExpressionEntry] = []

  public init(logicalID: Spanned<String>, type: Spanned<String>) {
    self.logicalID = logicalID
    self.type = type
  }
}

/// An entry of `Outputs`.
public struct TemplateOutput: Sendable, Hashable {
  public var key: Spanned<String>
  public var value: Expression
  public var description: String?
  public var exportName: Expression?
  public var condition: Spanned<String>?

  public init(key: Spanned<String>, value: Expression) {
    self.key = key
    self.value = value
  }
}
