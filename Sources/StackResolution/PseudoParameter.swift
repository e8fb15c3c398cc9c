import PropertyTree
import ResourceModel

/// `AWS::Region` and its kin.
enum PseudoParameter {
  static let names = [
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region",
    "AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
  ]

  /// nil for a name that is none, and for `AWS::NoValue`.
  static func value(_ name: String, in environment: StackEnvironment) -> PropertyValue? {
    let region = environment.scope.region.text
    switch name {
    case "AWS::AccountId": return .string(environment.scope.account.text)
    case "AWS::NotificationARNs": return .list([])
    case "AWS::Partition":
      if region.hasPrefix("cn-") { return "aws-cn" }
      return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    case "AWS::Region": return .string(region)
    case "AWS::StackId": return .string(environment.stackID)
    case "AWS::StackName": return .string(environment.stackName)
    case "AWS::URLSuffix":
      return region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    default: return nil
    }
  }
}
