import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::CDK::Metadata`: what CDK tells AWS of the constructs in use. It has no effect, here or
/// there; nothing is made and nothing is sent.
struct CDKMetadataResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Analytics: String?
    var Modules: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::CDK::Metadata", naming: .generated(lengthMax: 100))

  var unreadable: String? { "nothing lies behind it" }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.append(
      PropertyIssue(
        .substituted, at: PropertyPath(), "AWS::CDK::Metadata has no effect; nothing is sent",
        severity: .note))
  }

  // Being in the stack's record is all there is of it: it is as it was written there, and no name of
  // it is ever taken.
  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {}
  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {}
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool { false }
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try typed(request)
  }
}
