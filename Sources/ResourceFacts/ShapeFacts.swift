import PropertyTree

/// The bounds of one value. Shapes refer to each other by their index in `TypeFacts.shapes`, so
/// that recursive definitions are no trouble.
public struct ShapeFacts: Sendable, Hashable {
  public struct Kinds: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let string = Kinds(rawValue: 1)
    public static let integer = Kinds(rawValue: 2)
    public static let number = Kinds(rawValue: 4)
    public static let boolean = Kinds(rawValue: 8)
    public static let array = Kinds(rawValue: 16)
    public static let object = Kinds(rawValue: 32)
  }

  /// Empty: any kind of value.
  public var kinds: Kinds = []
  /// The definition's name, where the shape has one.
  public var name: String?
  /// Index of the shape that this one stands for.
  public var reference: Int?
  public var enumeration: [String] = []
  public var pattern: String?
  /// The meaning of a text: `AWS::IAM::Role.Arn`, `ipv4-network`, `date-time`.
  public var format: String?
  /// The value that leaving the property out stands for; nil where the schema names none.
  public var defaultValue: PropertyValue?
  public var minimum: Double?
  public var maximum: Double?
  public var minLength: Int?
  public var maxLength: Int?
  public var minItems: Int?
  public var maxItems: Int?
  /// True where no two elements may be alike.
  public var isUnique = false
  public var minProperties: Int?
  public var maxProperties: Int?
  /// Index of the elements' shape.
  public var items: Int?
  /// Indices of the properties' shapes, by name.
  public var properties: [String: Int] = [:]
  /// Patterns of a map's keys, of which each key matches one; empty where the keys are listed.
  public var keyPatterns: [String] = []
  /// Index of the shape of a map's values.
  public var values: Int?
  public var required: [String] = []
  /// True where other keys than `properties` may stand.
  public var isOpen = false
  /// Sets of properties of which one must be there whole.
  public var requiredChoices: [[String]] = []
  /// True where only one set of `requiredChoices` may be there.
  public var areChoicesExclusive = false
  /// Groups of which exactly one property must be there.
  public var requiredXor: [[String]] = []
  /// Groups of which at least one property must be there.
  public var requiredOr: [[String]] = []
  /// Properties that must come with the key.
  public var dependentRequired: [String: [String]] = [:]
  /// Properties that can't stand beside the key.
  public var dependentExcluded: [String: [String]] = [:]
  /// Indices of alternative shapes for the whole value.
  public var choices: [Int] = []

  public init() {}

  /// True where keys that are not listed are mistakes.
  public var isClosed: Bool { !properties.isEmpty && !isOpen }
}

/// A shape that is handed around by reference: a walk over thousands of resources asks for it at
/// every value, and copying it would count a dozen references each time.
public final class Shape: Sendable {
  public let facts: ShapeFacts
  /// The shape as it is apart from its alternatives; nil where it has none.
  public let withoutChoices: Shape?

  public init(_ facts: ShapeFacts) {
    self.facts = facts
    var whole = facts
    whole.choices = []
    withoutChoices = facts.choices.isEmpty ? nil : Shape(whole)
  }
}
