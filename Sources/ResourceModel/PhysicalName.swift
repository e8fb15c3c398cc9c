import Effects

/// How a type's generated names look: `<stack>-<logical id>-<12 characters>`.
public struct NamingRule: Sendable, Hashable {
  /// The property that gives the name, or nil where the user can't.
  public var property: String?
  /// The longest name, in characters.
  public var lengthMax: Int
  /// Buckets: lower case only.
  public var isLowercase: Bool

  public init(property: String?, lengthMax: Int, isLowercase: Bool = false) {
    self.property = property
    self.lengthMax = lengthMax
    self.isLowercase = isLowercase
  }

  /// The name for a resource, the same every time for the same arguments. CloudFormation cuts the
  /// stack's part so that the whole fits; what evidence there is (a stack part of 28 characters
  /// beside a 21-character logical id in a 64-character name) agrees.
  ///
  /// - Parameter generation: grows with each replacement, so that old and new can live together.
  public func generate(
    stack: String, logicalID: LogicalID, account: String, region: String, generation: Int
  ) -> String {
    let suffixLength = 12
    let seed = "\(account)/\(region)/\(stack)/\(logicalID)/\(generation)"
    let suffix = SeededRandomSource(seed: seed)
      .text(suffixLength, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    // CloudFormation reserves 13 characters for a suffix that is mostly 12 long.
    let room = lengthMax - 13 - 2
    let logical = String(logicalID.text.prefix(max(1, room - 1)))
    let stackPart = String(stack.prefix(max(1, room - logical.count)))
    let name = "\(stackPart)-\(logical)-\(suffix)"
    return isLowercase ? name.lowercased() : name
  }
}
