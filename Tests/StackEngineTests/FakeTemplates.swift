import AWSModel
import PropertyTree
import ServiceKit

/// Templates in a bucket, for nested stacks.
struct FakeTemplates: ObjectSource {
  static let bodies = [
    "first": CrashTests.withTasks(CrashTests.first),
    "second": CrashTests.withTasks(CrashTests.second),
    "bad": CrashTests.withLateBad(CrashTests.second),
    "answer": """
    Parameters:
      Given: {Type: String}
    Resources:
      Job: {Type: Fake::Task, Properties: {Says: told inside}}
      Queue: {Type: Fake::Queue, Properties: {Size: !Ref Given}}
    Outputs:
      Answer: {Value: !GetAtt Job.Answer}
      Given: {Value: !Ref Given}
    """,
  ]

  func object(
    _ reference: ObjectReference, bytesMax: Int, scope: Scope, in transaction: Transaction
  ) throws -> [UInt8] {
    guard let body = Self.bodies[reference.key] else {
      throw ServiceError("NoSuchKey", "there is no \(reference.key)")
    }
    return Array(body.utf8)
  }

  /// A nested stack of a template.
  static func nested(_ id: String, _ key: String) -> String {
    "\"\(id)\": {\"Type\": \"AWS::CloudFormation::Stack\", \"Properties\": "
      + "{\"TemplateURL\": \"https://s3.amazonaws.com/templates/\(key)\"}}"
  }
}
