import Diagnostics

/// The role that a function or a state machine runs as, where none is given.
struct ExecutionRole {
  /// The role without the policies that `finished` puts in.
  var resource: GeneratedResource
  private var managed: UniqueTrees
  private var policies: [Tree]
  private var documents: Set<Tree>

  init(
    of owner: String, assumedBy document: Tree, managed: [Tree], policies: [Tree],
    entries: [PolicyEntry], attributes: Tree, at span: SourceSpan?
  ) {
    resource = GeneratedResource(
      owner + "Role", "AWS::IAM::Role", ["AssumeRolePolicyDocument": document],
      attributes: attributes, at: span)
    self.managed = UniqueTrees([])
    for arn in managed { self.managed.add(arn) }
    self.policies = policies
    for (index, entry) in entries.enumerated() {
      switch entry {
      case .managed(let arn): self.managed.add(arn)
      case .document(let document):
        self.policies.append(Self.inline(document, name: "\(owner)RolePolicy\(index)"))
      }
    }
    documents = Set(self.policies.compactMap { $0["PolicyDocument"] })
    resource["ManagedPolicyArns"] = []
    if !self.policies.isEmpty { resource["Policies"] = [] }
  }

  /// The role with its policies.
  var finished: GeneratedResource {
    var role = resource
    role["ManagedPolicyArns"] = Tree(managed.trees)
    if !policies.isEmpty { role["Policies"] = Tree(policies) }
    return role
  }

  private static func inline(_ document: Tree, name: String) -> Tree {
    func policy(_ document: Tree) -> Tree {
      document.isNoValue
        ? document
        : Tree(
          .object([
            Tree.Member("PolicyName", Tree(name)), Tree.Member("PolicyDocument", document),
          ]), span: document.span)
    }
    guard let (condition, then, otherwise) = document.branches else { return policy(document) }
    return .conditional(condition, policy(then), policy(otherwise))
  }

  /// Adds a managed policy that an event needs.
  mutating func add(managed arn: Tree) {
    managed.add(arn)
  }

  /// Adds an inline policy unless one with the same document is there.
  mutating func add(policy: Tree) {
    guard let document = policy["PolicyDocument"], documents.insert(document).inserted else {
      return
    }
    policies.append(policy)
  }
}

/// The documents that generated roles consist of.
enum PolicyDocument {
  static func assumedBy(_ service: String) -> Tree {
    [
      "Version": "2012-10-17",
      "Statement": [
        [
          "Action": ["sts:AssumeRole"], "Effect": "Allow",
          "Principal": ["Service": [Tree(service)]],
        ]
      ],
    ]
  }

  static func allow(_ action: Tree, on resource: Tree) -> Tree {
    ["Action": action, "Effect": "Allow", "Resource": resource]
  }

  static func named(_ name: String, _ statements: [Tree], version: Bool = false) -> Tree {
    var document = Tree.emptyObject
    if version { document["Version"] = "2012-10-17" }
    document["Statement"] = Tree(statements)
    return ["PolicyName": Tree(name), "PolicyDocument": document]
  }

  /// The rights that a role needs to hand failed or processed events on to a destination; nil for
  /// types that need nothing.
  static func destination(_ type: String, _ arn: Tree, owner: String) -> Tree? {
    switch type {
    case "SQS": named(owner + "SQSPolicy", [allow("sqs:SendMessage", on: arn)])
    case "SNS": named(owner + "SNSPolicy", [allow("sns:publish", on: arn)])
    case "EventBridge":
      named(owner + "EventBridgePolicy", [allow("events:PutEvents", on: arn)])
    case "Lambda": named(owner + "LambdaPolicy", [allow("lambda:InvokeFunction", on: arn)])
    case "S3", "S3Bucket":
      named(
        owner + "S3Policy",
        [
          allow("s3:PutObject", on: ["Fn::Join": ["/", [arn, "*"]]]),
          allow("s3:ListBucket", on: arn),
        ])
    default: nil
    }
  }

  static func startExecution(_ stateMachine: Tree, owner: String) -> Tree {
    named(owner + "StartExecutionPolicy", [allow("states:StartExecution", on: stateMachine)])
  }
}
