import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::CDK::Metadata`: what CDK tells AWS of the constructs in use. It has no effect, here or
/// there; nothing is made and nothing is sent.
struct CDKMetadataResource: ResourceHandler {
  let schema = ResourceSchema(
    type: "AWS::CDK::Metadata", naming: NamingRule(property: nil, lengthMax: 100),
    supported: ["Analytics", "Modules"])

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(physicalID: physicalID, reference: .string(physicalID))
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    [
      PropertyIssue(
        .substituted, at: PropertyPath(), "AWS::CDK::Metadata has no effect; nothing is sent",
        severity: .note)
    ]
  }

  // Being in the stack's record is all there is of it.
  func create(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func update(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool { false }
}
