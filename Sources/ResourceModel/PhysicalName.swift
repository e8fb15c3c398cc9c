import Effects
import PropertyTree

/// The form of a name that AWS or CloudFormation makes up.
public enum GeneratedName: Sendable, Hashable {
  /// `<stack>-<logical id>-<12 characters>`.
  case standard
  /// The same in lower case: buckets.
  case lowercase
  /// `CFN-<logical id>-<12 characters>`: parameters.
  case marked
  /// A version-4 UUID: event-source mappings.
  case uuid
  /// A prefix and hexadecimal digits: `i-0123456789abcdef0`.
  case hexadecimal(prefix: String, digits: Int)
  /// A prefix and characters of `a-z0-9`: the ids of APIs.
  case letters(prefix: String, count: Int)
}

/// The source of a type's names, and the form of generated ones.
public struct NamingRule: Sendable, Hashable {
  /// The property that gives the name, dotted where it lies deeper; nil where the user can't.
  public var property: String?
  /// The longest name, in characters.
  public var lengthMax: Int
  public var form: GeneratedName

  public init(property: String?, lengthMax: Int, form: GeneratedName = .standard) {
    self.property = property
    self.lengthMax = lengthMax
    self.form = form
  }

  /// The name that the properties give; nil where they give none.
  public func givenName(in properties: PropertyValue) -> String? {
    guard let property else { return nil }
    var value: PropertyValue? = properties
    for key in property.split(separator: ".") { value = value?[String(key)] }
    guard let name = value?.scalarText, !name.isEmpty else { return nil }
    return name
  }

  /// The name for a resource, the same every time for the same arguments. CloudFormation cuts the
  /// stack's part so that the whole fits; what evidence there is (a stack part of 28 characters
  /// beside a 21-character logical id in a 64-character name) agrees.
  ///
  /// - Parameter generation: grows with each replacement, so that old and new can live together.
  public func generate(
    stack: String, logicalID: LogicalID, account: String, region: String, generation: Int
  ) -> String {
    let random = SeededRandomSource(
      seed: "\(account)/\(region)/\(stack)/\(logicalID)/\(generation)")
    switch form {
    case .uuid: return random.uuid()
    case .hexadecimal(let prefix, let digits):
      return prefix + random.text(digits, from: "0123456789abcdef")
    case .letters(let prefix, let count):
      return prefix + random.text(count, from: "abcdefghijklmnopqrstuvwxyz0123456789")
    case .standard, .lowercase, .marked: break
    }
    let suffix = random.text(12, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    // CloudFormation reserves 13 characters for a suffix that is mostly 12 long.
    let room = lengthMax - 13 - 2
    let logical = String(logicalID.text.prefix(max(1, room - 1)))
    let start = form == .marked ? "CFN" : stack
    let stackPart = String(start.prefix(max(1, room - logical.count)))
    let name = "\(stackPart)-\(logical)-\(suffix)"
    return form == .lowercase ? name.lowercased() : name
  }
}
