import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::S3::BucketPolicy`: one for each bucket, whose name is the physical id.
struct S3BucketPolicyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Bucket: String
    /// nil only while a plan does not know it.
    var PolicyDocument: PropertyValue?
  }

  static let declaration = ResourceDeclaration(
    "AWS::S3::BucketPolicy", naming: .generated(lengthMax: 63), physicalID: "{Bucket}")

  let store: S3Store

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    guard let document = properties.PolicyDocument else { return }
    issues.check("PolicyDocument") { () throws(ServiceError) in
      _ = try S3Policy(Self.text(document), bucket: properties.Bucket)
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let rows = S3Rows(transaction)
    let bucket = try rows.bucket(step.physicalID, account: step.scope.account)
    guard try rows.policy(of: bucket) == nil else {
      throw ServiceError(
        "AlreadyExists", "The bucket policy already exists on bucket \(bucket.name).", status: 409)
    }
    try update(step, in: transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard let document = step.properties.PolicyDocument else {
      throw ServiceError.validation("A bucket policy needs PolicyDocument.")
    }
    let rows = S3Rows(transaction)
    let bucket = try rows.bucket(step.physicalID, account: step.scope.account)
    try rows.setPolicy(
      try S3Policy(Self.text(document), bucket: bucket.name), of: bucket, store: store)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let rows = S3Rows(transaction)
    guard
      let bucket = try rows.findBucket(request.physicalID, account: request.scope.account)
    else { return }
    try rows.setPolicy(nil, of: bucket, store: store)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    let rows = S3Rows(transaction)
    guard
      let bucket = try rows.findBucket(request.physicalID, account: request.scope.account),
      let policy = try rows.policy(of: bucket)
    else { return nil }
    return Properties(Bucket: bucket.name, PolicyDocument: try JSONReader.read(policy.text))
  }

  private static func text(_ document: PropertyValue) -> String {
    document.stringValue ?? JSONWriter.compact(document)
  }
}
