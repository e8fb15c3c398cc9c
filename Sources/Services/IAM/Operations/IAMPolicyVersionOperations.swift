import AWSModel
import PropertyTree
import ServiceKit

/// Versions of managed policies: five at most, one of which counts.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
extension IAMService {
  var policyVersionOperations: [Operation] {
    [
      .typed("CreatePolicyVersion") { try await self.createPolicyVersion($0, $1) },
      .typed("GetPolicyVersion") { try self.getPolicyVersion($0, $1) },
      .typed("ListPolicyVersions") { try self.listPolicyVersions($0, $1) },
      .typed("SetDefaultPolicyVersion") { try await self.setDefaultVersion($0, $1) },
      .typed("DeletePolicyVersion") { try await self.deletePolicyVersion($0, $1) },
    ]
  }

  struct VersionShape: Codable, Sendable {
    /// URL-encoded, as the API returns documents; lists leave it out.
    var Document: String?
    var VersionId: String
    var IsDefaultVersion: Bool
    var CreateDate: String

    init(_ version: IAMManagedPolicy.Version, of policy: IAMManagedPolicy, isFull: Bool) {
      if isFull { Document = PercentEncoding.encode(version.document) }
      VersionId = version.id
      IsDefaultVersion = version.number == policy.defaultNumber
      CreateDate = version.createdAt.iso8601
    }
  }

  struct VersionOutput: Codable, Sendable { var PolicyVersion: VersionShape }

  struct CreateVersionInput: Codable, Sendable {
    var PolicyArn: String
    var PolicyDocument: String
    var SetAsDefault: Bool?
  }

  private func createPolicyVersion(_ input: CreateVersionInput, _ context: RequestContext)
    async throws -> VersionOutput
  {
    let document = try IAMManagedPolicy.normalize(.string(input.PolicyDocument))
    let now = environment.effects.clock.now
    let policy = try await change(policy: input.PolicyArn, context) {
      try $0.add(document, isDefault: input.SetAsDefault ?? false, at: now)
    }
    guard let made = policy.versions.last else {
      throw ServiceError.internalFailure("a policy without versions")
    }
    return VersionOutput(PolicyVersion: VersionShape(made, of: policy, isFull: false))
  }

  struct VersionInput: Codable, Sendable {
    var PolicyArn: String
    var VersionId: String
  }

  private func getPolicyVersion(_ input: VersionInput, _ context: RequestContext) throws
    -> VersionOutput
  {
    let policy = try find(policy: input.PolicyArn, context)
    if IAMPolicyARN.isAWS(input.PolicyArn), let number = Int(input.VersionId.dropFirst()),
      (1..<policy.defaultNumber).contains(number)
    {
      throw ServiceError.unsupported(
        "the version \(input.VersionId) of AWS's own policy \(policy.name): only \(policy.defaultID) "
          + "is known")
    }
    let version = try policy.version(input.VersionId, arn: input.PolicyArn)
    return VersionOutput(PolicyVersion: VersionShape(version, of: policy, isFull: true))
  }

  struct VersionPageInput: Codable, Sendable {
    var PolicyArn: String
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListVersionsOutput: Codable, Sendable {
    var Versions: [VersionShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  /// The newest first.
  private func listPolicyVersions(_ input: VersionPageInput, _ context: RequestContext) throws
    -> ListVersionsOutput
  {
    let policy = try find(policy: input.PolicyArn, context)
    var versions = Array(policy.versions.reversed())
    if let marker = input.Marker, let place = versions.firstIndex(where: { $0.id == marker }) {
      versions.removeFirst(place + 1)
    }
    let items = versions.prefix(input.MaxItems ?? 100)
    let isTruncated = items.count < versions.count
    return ListVersionsOutput(
      Versions: items.map { VersionShape($0, of: policy, isFull: false) },
      IsTruncated: isTruncated, Marker: isTruncated ? items.last?.id : nil)
  }

  private func setDefaultVersion(_ input: VersionInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let now = environment.effects.clock.now
    _ = try await change(policy: input.PolicyArn, context) {
      $0.defaultNumber = try $0.version(input.VersionId, arn: input.PolicyArn).number
      $0.updatedAt = now
    }
    return EmptyOutput()
  }

  private func deletePolicyVersion(_ input: VersionInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    _ = try await change(policy: input.PolicyArn, context) { policy in
      let version = try policy.version(input.VersionId, arn: input.PolicyArn)
      guard version.number != policy.defaultNumber else {
        throw IAMFaults.deleteConflict("Cannot delete the default version of a policy.")
      }
      policy.versions.removeAll { $0.number == version.number }
    }
    return EmptyOutput()
  }
}
