/// CloudFormation's own sentence for a finding. Clients and scripts match its words, so the API
/// says it first. Findings of one kind that name something share one sentence: `[A, B]`.
public struct CloudFormationSentence: Sendable, Hashable, Codable {
  var lead: String
  var names: [String]
  var tail: String

  public init(_ text: String) { self.init(text, [], "") }

  /// - Parameters:
  ///   - lead: ends before the names' opening bracket.
  ///   - tail: begins behind their closing one.
  public init(_ lead: String, _ names: [String], _ tail: String) {
    self.lead = lead
    self.names = names
    self.tail = tail
  }

  /// A reference to what the template does not have, or what a condition leaves out.
  ///
  /// - Parameter block: `Resources` or `Outputs`.
  public static func unresolvedDependency(_ name: String, in block: String) -> Self {
    Self(
      "Template format error: Unresolved resource dependencies ", [name],
      " in the \(block) block of the template")
  }

  public static func valueMissing(_ parameter: String) -> Self {
    Self("Parameters: ", [parameter], " must have values")
  }

  public static func unrecognizedType(_ type: String) -> Self {
    Self("Template format error: Unrecognized resource types: ", [type], "")
  }

  /// One sentence for the first of the findings that have one, and for those that share it.
  public static func first(in sentences: [Self]) -> String? {
    guard let first = sentences.first else { return nil }
    var names: [String] = []
    for sentence in sentences where sentence.lead == first.lead && sentence.tail == first.tail {
      for name in sentence.names where !names.contains(name) { names.append(name) }
    }
    return names.isEmpty
      ? first.lead : "\(first.lead)[\(names.joined(separator: ", "))]\(first.tail)"
  }
}
