import Diagnostics

/// An application of the Serverless Application Repository, by its ARN and version.
struct PublishedApplication {
  private let id: String
  private let version: String
  private let span: SourceSpan?

  init(_ location: Tree, of owner: String, in expansion: Expansion) throws(SAMFailure) {
    let known = ["ApplicationId", "SemanticVersion"]
    for member in location.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `Location`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
    func text(_ name: String) throws(SAMFailure) -> String {
      guard let written = location[name] else {
        throw SAMFailure(
          .missingProperty, "`Location` of `\(owner)` has no `\(name)`", at: location.span,
          hint: "an application that is published has `ApplicationId` and `SemanticVersion`")
      }
      let value = expansion.resolveMappings(expansion.parameters.resolved(written))
      guard let text = value.text, !text.isEmpty else {
        throw SAMFailure(
          "`\(name)` of `\(owner)` must be text, or `Ref` or `Fn::FindInMap` that gives text",
          at: written.span)
      }
      return text
    }
    id = try text("ApplicationId")
    version = try text("SemanticVersion")
    span = location.span
  }

  /// The tags that the nested stack bears.
  var tags: [Tree] {
    [
      ["Key": "serverlessrepo:applicationId", "Value": Tree(id)],
      ["Key": "serverlessrepo:semanticVersion", "Value": Tree(version)],
    ]
  }

  /// The repository's address for the application. It answers with a signed address in S3 when it
  /// is asked, which a transform that only reads the template can't.
  var address: Tree {
    Tree("\(PublishedApplication.scheme)\(id)@\(version)").placed(at: span)
  }

  static let scheme = "serverlessrepo://"
}
