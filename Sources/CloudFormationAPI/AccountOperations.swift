import AWSModel

/// DescribeAccountLimits.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeAccountLimits.html
extension CloudFormationService {
  var accountOperations: [Operation] {
    [operation("DescribeAccountLimits", describeLimits)]
  }

  private struct LimitsInput: Decodable, Sendable { var NextToken: String? }
  private struct Limit: Encodable, Sendable {
    var Name: String
    var Value: Int
  }
  private struct LimitsOutput: Encodable, Sendable {
    var AccountLimits: [Limit]
    var NextToken: String?
  }

  /// The quotas of a new account. Leat itself holds no stack to them.
  /// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  private static let limits = [
    Limit(Name: "ConcurrentResourcesLimit", Value: 2500), Limit(Name: "StackLimit", Value: 2000),
    Limit(Name: "StackOutputsLimit", Value: 200),
  ]

  private func describeLimits(_ input: LimitsInput, _ context: RequestContext) async throws
    -> LimitsOutput
  {
    let (page, next) = try page(Self.limits, after: input.NextToken, by: \.Name)
    return LimitsOutput(AccountLimits: page, NextToken: next)
  }
}
