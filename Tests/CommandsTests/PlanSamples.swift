import PropertyTree
import ResourceModel
import StackModel

@testable import Commands

/// Plans for views that need more than a name.
enum PlanSamples {
  static func code(_ body: String) -> PropertyValue {
    .string("def handler(event, context):\n    import json\n    n = 0\n" + body + "    return n\n")
  }

  static let creation: Plan = {
    let policy: PropertyValue = [
      "Version": "2012-10-17",
      "Statement": [
        [
          "Effect": "Allow", "Action": ["kinesis:GetRecords", "kinesis:GetShardIterator"],
          "Resource": "*",
        ]
      ],
    ]
    var plan = ViewTests.creation
    plan.changes = [
      ViewTests.change(
        .create, before: nil,
        after: ViewTests.resource(
          "Orders", "AWS::Kinesis::Stream", "shop-correct-horse-1",
          ["ShardCount": 2, "Name": "correct-horse", "Tags": []])),
      ViewTests.change(
        .create, before: nil,
        after: ViewTests.resource(
          "Reads", "AWS::IAM::Policy", "reads", ["PolicyName": "reads", "PolicyDocument": policy])),
    ]
    return plan
  }()

  /// A list and a text that are too long for their places.
  static let policy: Plan = {
    func statements(_ action: String, count: Int) -> PropertyValue {
      .list(
        (0..<count).map { number in
          [
            "Effect": "Allow", "Action": .string(number == 1 ? action : "s3:ListBucket"),
            "Resource": .string("arn:aws:s3:::landing-\(number)"),
          ]
        })
    }
    let function = ViewTests.resource("Clean", "AWS::Lambda::Function", "shop-Clean-1")
    let policy = ViewTests.resource("Reads", "AWS::IAM::Policy", "reads")
    return Plan(
      kind: .update, environment: ViewTests.environment, templateBody: "",
      changes: [
        ViewTests.change(
          .update, before: policy, after: policy,
          [
            PropertyChange(
              path: "PolicyDocument.Statement", before: statements("s3:GetObject", count: 4),
              after: statements("s3:*", count: 4), requiresReplacement: false,
              location: "t.yaml:20:9")
          ]),
        ViewTests.change(
          .update, before: function, after: function,
          [
            PropertyChange(
              path: "Code.ZipFile", before: code("    n += 1\n    print('``` | <b>')\n"),
              after: code("    n += len(event['Records'])\n    print('``` | <b>')\n"),
              requiresReplacement: false),
            PropertyChange(path: "Timeout", before: 3, after: nil, requiresReplacement: false),
          ]),
      ])
  }()

  /// Resources that need one another, one that goes, and a stack within.
  static let connected: Plan = {
    var plan = ViewTests.update
    func needing(_ change: ResourceChange, _ others: [LogicalID]) -> ResourceChange {
      var change = change
      change.dependsOn = others
      return change
    }
    let role = ViewTests.resource("Role", "AWS::IAM::Role", "shop-Role-1")
    let odd = ViewTests.resource("Odd", "Custom::A\"<b>&\\c", "odd")
    plan.changes = [
      ViewTests.change(.create, before: nil, after: role),
      needing(plan.changes[0], ["Role"]),
      needing(plan.changes[1], ["Role", "Orders", "Nowhere"]),
      needing(plan.changes[2], ["Landing"]),
      needing(ViewTests.change(.create, before: nil, after: odd), ["Child", "Role"]),
      needing(plan.changes[3], ["Role"]),
      ViewTests.change(
        .keep, before: ViewTests.bucket,
        after: ViewTests.resource("Same", "AWS::S3::Bucket", "same")),
    ]
    return plan
  }()
}
