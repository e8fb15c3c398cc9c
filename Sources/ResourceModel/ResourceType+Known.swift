import ResourceFacts

extension ResourceType {
  /// True for types that CloudFormation has, those of one's own, and what a declared transform makes
  /// something of.
  public func isKnown(with transforms: [String]) -> Bool {
    if isCustom || ResourceFacts.isKnown(text) { return true }
    return text.hasPrefix("AWS::Serverless::")
      && transforms.contains { $0.hasPrefix("AWS::Serverless") }
  }
}
