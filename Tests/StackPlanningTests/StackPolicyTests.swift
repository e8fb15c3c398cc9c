import PropertyTree
import ResourceModel
import StackModel
import Testing

/// Stack policies, judged change by change.
@Suite struct StackPolicyTests {
  static func change(_ action: ChangeAction, _ id: LogicalID = "Data") -> ResourceChange {
    ResourceChange(
      logicalID: id, type: "AWS::Kinesis::Stream", action: action, before: nil, after: nil)
  }

  static func policy(_ statements: String...) -> String {
    let whole = statements.map { "{\"Principal\": \"*\", \($0)}" }
    return "{\"Statement\": [\(whole.joined(separator: ", "))]}"
  }

  static let allow = "\"Effect\": \"Allow\", \"Action\": \"Update:*\", \"Resource\": \"*\""

  static func deny(_ rest: String) -> String { "\"Effect\": \"Deny\", \(rest)" }

  @Test(arguments: [
    // A statement that denies, and the changes that it stands against.
    ("\"Action\": \"Update:*\", \"Resource\": \"LogicalResourceId/Data\"", "update replace delete"),
    ("\"Action\": \"*\", \"Resource\": \"*\"", "update replace delete"),
    ("\"Action\": [\"Update:Modify\"], \"Resource\": \"*\"", "update"),
    ("\"Action\": \"Update:Replace\", \"Resource\": \"LogicalResourceId/D*a\"", "replace"),
    ("\"NotAction\": \"Update:Delete\", \"Resource\": \"*\"", "update replace"),
    ("\"Action\": \"Update:*\", \"NotResource\": \"LogicalResourceId/Data\"", ""),
    (
      "\"Action\": \"Update:*\", \"NotResource\": \"LogicalResourceId/O*\"", "update replace delete"
    ),
    ("\"Action\": \"Update:*\", \"Resource\": \"LogicalResourceId/data\"", ""),
    ("\"Action\": \"Update:*\", \"Resource\": \"LogicalResourceId/Dat\"", ""),
    (
      "\"Action\": \"Update:*\", \"Resource\": \"*\", \"Condition\": "
        + "{\"StringEquals\": {\"ResourceType\": [\"AWS::Kinesis::Stream\"]}}",
      "update replace delete"
    ),
    (
      "\"Action\": \"Update:*\", \"Resource\": \"*\", \"Condition\": "
        + "{\"StringLike\": {\"ResourceType\": \"AWS::S3::*\"}}", ""
    ),
  ])
  func denials(_ statement: String, _ denied: String) throws {
    let judge = try StackPolicy(Self.policy(Self.allow, Self.deny(statement)))
    let actions: [ChangeAction] = [.create, .update, .replace, .delete, .keep, .move, .import]
    let found = actions.filter { judge.denial(of: Self.change($0)) != nil }
    #expect(found.map(\.rawValue).joined(separator: " ") == denied)
    for action in found {
      #expect(judge.denial(of: Self.change(action))?.statement == 2)
    }
  }

  @Test func sentences() throws {
    let judge = try StackPolicy(
      Self.policy(
        Self.deny(
          "\"Action\": [\"Update:Delete\", \"Update:*\"], \"Resource\": \"LogicalResourceId/D*\""))
    )
    #expect(
      judge.denial(of: Self.change(.replace))?.description
        == "Action denied by stack policy: Statement [#1] does not allow [Update:*] for resource "
        + "[LogicalResourceId/D*];")
    #expect(
      judge.denial(of: Self.change(.update, "Other"))?.description
        == "Action not allowed by stack policy: no statement allows [Update:Modify] for resource "
        + "[LogicalResourceId/Other];")
  }

  /// A resource that is deployed is protected by the name that it has there.
  @Test func aMoveIsFoundByItsOldName() throws {
    var change = Self.change(.update, "New")
    change.previousLogicalID = "Data"
    let judge = try StackPolicy(
      Self.policy(
        Self.allow,
        Self.deny("\"Action\": \"Update:*\", \"Resource\": \"LogicalResourceId/Data\"")))
    #expect(judge.denial(of: change)?.resource == "Data")
  }

  @Test(arguments: [
    "", "[]", "{}", "{\"Statement\": [1]}", "{\"Statement\": [], \"More\": 1}",
    policy("\"Effect\": \"Permit\", \"Action\": \"Update:*\", \"Resource\": \"*\""),
    policy("\"Effect\": \"Deny\", \"Resource\": \"*\""),
    policy("\"Effect\": \"Deny\", \"Action\": \"Update:*\""),
    policy(
      "\"Effect\": \"Deny\", \"Action\": \"Update:*\", \"NotAction\": \"Update:*\", \"Resource\": \"*\""
    ),
    policy("\"Effect\": \"Deny\", \"Action\": \"Update:Move\", \"Resource\": \"*\""),
    policy("\"Effect\": \"Deny\", \"Action\": \"Update:*\", \"Resource\": \"Data\""),
    String(repeating: " ", count: 16_385),
  ])
  func malformed(_ text: String) {
    #expect(throws: StackPolicy.Malformed.self) { _ = try StackPolicy(text) }
  }
}
