/// What connecting two types of resources means.
struct ConnectorProfile: Sendable {
  enum Effect: Sendable {
    /// A policy of the source's role or of the destination's.
    case rolePolicy(ofSource: Bool)
    case queuePolicy
    case topicPolicy
    /// A permission of the destination, a function.
    case permission(principal: String, sourceArn: String, sourceAccount: String?)
  }

  struct Grant: Sendable {
    let actions: [String]
    let resources: [String]

    init(_ actions: String, on resources: [String]) {
      self.actions = actions.split(separator: " ").map(String.init)
      self.resources = resources
    }
  }

  let source: String
  let destination: String
  let effect: Effect
  /// `Read` and `Write`, each with what it grants; nothing where the effect says all.
  let access: [(name: String, grants: [Grant])]
  /// Which combinations of permissions there are; empty where each may be asked for.
  var combinations: [Set<String>] = []
  /// The event source mapping between the two waits for the policy.
  var isAwaitedByMapping = false
  /// The source waits for the policy.
  var isAwaitedBySource = false

  static func find(source: String, destination: String) -> ConnectorProfile? {
    all.first { $0.source == source && $0.destination == destination }
  }

  private static let function = "AWS::Lambda::Function"
  private static let stateMachine = "AWS::StepFunctions::StateMachine"
  private static let bucket = "AWS::S3::Bucket"
  private static let table = "AWS::DynamoDB::Table"
  private static let queue = "AWS::SQS::Queue"
  private static let topic = "AWS::SNS::Topic"
  private static let bus = "AWS::Events::EventBus"
  private static let rule = "AWS::Events::Rule"

  private static let target = ["%{Destination.Arn}"]
  private static let targetAndObjects = ["%{Destination.Arn}", "%{Destination.Arn}/*"]
  private static let targetAndIndexes = ["%{Destination.Arn}", "%{Destination.Arn}/index/*"]
  private static let executions = [
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%{Destination.Name}:*"
  ]
  private static let executionRule = [
    "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"
      + "StepFunctionsGetEventsForStepFunctionsExecutionRule"
  ]

  private static func policy(
    _ source: String, _ destination: String, read: [Grant] = [], write: [Grant] = []
  ) -> ConnectorProfile {
    var access: [(name: String, grants: [Grant])] = []
    if !read.isEmpty { access.append(("Read", read)) }
    if !write.isEmpty { access.append(("Write", write)) }
    if source == function, destination == stateMachine { access.reverse() }
    return ConnectorProfile(
      source: source, destination: destination, effect: .rolePolicy(ofSource: true),
      access: access)
  }

  private static func calls(
    _ source: String, _ principal: String, from arn: String = "%{Source.Arn}",
    account: String? = nil
  ) -> ConnectorProfile {
    ConnectorProfile(
      source: source, destination: function,
      effect: .permission(principal: principal, sourceArn: arn, sourceAccount: account),
      access: [("Write", [])])
  }

  /// What a role needs for objects and items, whoever has it.
  private static func storage(of source: String) -> [ConnectorProfile] {
    [
      policy(
        source, bucket,
        read: [
          Grant(
            """
            s3:GetObject s3:GetObjectAcl s3:GetObjectLegalHold s3:GetObjectRetention \
            s3:GetObjectTorrent s3:GetObjectVersion s3:GetObjectVersionAcl \
            s3:GetObjectVersionForReplication s3:GetObjectVersionTorrent s3:ListBucket \
            s3:ListBucketMultipartUploads s3:ListBucketVersions s3:ListMultipartUploadParts
            """, on: targetAndObjects)
        ],
        write: [
          Grant(
            """
            s3:AbortMultipartUpload s3:DeleteObject s3:DeleteObjectVersion s3:PutObject \
            s3:PutObjectLegalHold s3:PutObjectRetention s3:RestoreObject
            """, on: targetAndObjects)
        ]),
      policy(
        source, table,
        read: [
          Grant(
            """
            dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:BatchGetItem \
            dynamodb:ConditionCheckItem dynamodb:PartiQLSelect
            """, on: targetAndIndexes)
        ],
        write: [
          Grant(
            """
            dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:BatchWriteItem \
            dynamodb:PartiQLDelete dynamodb:PartiQLInsert dynamodb:PartiQLUpdate
            """, on: targetAndIndexes)
        ]),
      policy(
        source, function, write: [Grant("lambda:InvokeAsync lambda:InvokeFunction", on: target)]),
      policy(source, topic, write: [Grant("sns:Publish", on: target)]),
      policy(source, bus, write: [Grant("events:PutEvents", on: target)]),
    ]
  }

  private static let ofFunctions: [ConnectorProfile] = [
    policy(
      function, queue,
      read: [Grant("sqs:ReceiveMessage sqs:GetQueueAttributes", on: target)],
      write: [
        Grant(
          "sqs:DeleteMessage sqs:SendMessage sqs:ChangeMessageVisibility sqs:PurgeQueue",
          on: target)
      ]),
    policy(
      function, stateMachine,
      read: [
        Grant("states:DescribeStateMachine states:ListExecutions", on: target),
        Grant(
          """
          states:DescribeExecution states:DescribeStateMachineForExecution \
          states:GetExecutionHistory
          """, on: executions),
      ],
      write: [
        Grant("states:StartExecution states:StartSyncExecution", on: target),
        Grant("states:StopExecution", on: executions),
      ]),
    policy(
      function, "AWS::Location::PlaceIndex",
      read: [
        Grant(
          """
          geo:DescribePlaceIndex geo:GetPlace geo:SearchPlaceIndexForPosition \
          geo:SearchPlaceIndexForSuggestions geo:SearchPlaceIndexForText
          """, on: target)
      ]),
  ]

  private static let ofStateMachines: [ConnectorProfile] = {
    var nested = policy(
      stateMachine, stateMachine,
      read: [
        Grant("states:DescribeExecution", on: executions),
        Grant("events:DescribeRule", on: executionRule),
      ],
      write: [
        Grant("states:StartExecution", on: target),
        Grant("states:StopExecution", on: executions),
        Grant("events:PutTargets events:PutRule", on: executionRule),
      ])
    nested.combinations = [["Read"], ["Read", "Write"]]
    nested.isAwaitedBySource = true
    return [nested, policy(stateMachine, queue, write: [Grant("sqs:SendMessage", on: target)])]
  }()

  private static let ofSources: [ConnectorProfile] = {
    var stream = ConnectorProfile(
      source: table, destination: function, effect: .rolePolicy(ofSource: false),
      access: [
        (
          "Read",
          [
            Grant(
              """
              dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator \
              dynamodb:ListStreams
              """, on: ["%{Source.Arn}/stream/*"])
          ]
        )
      ])
    stream.isAwaitedByMapping = true
    var messages = ConnectorProfile(
      source: queue, destination: function, effect: .rolePolicy(ofSource: false),
      access: [
        ("Write", [Grant("sqs:DeleteMessage", on: ["%{Source.Arn}"])]),
        ("Read", [Grant("sqs:ReceiveMessage sqs:GetQueueAttributes", on: ["%{Source.Arn}"])]),
      ])
    messages.combinations = [["Read", "Write"]]
    messages.isAwaitedByMapping = true
    return [stream, messages]
  }()

  private static let ofRules: [ConnectorProfile] = [
    policy(rule, bus, write: [Grant("events:PutEvents", on: target)]),
    policy(rule, stateMachine, write: [Grant("states:StartExecution", on: target)]),
    ConnectorProfile(
      source: rule, destination: topic, effect: .topicPolicy,
      access: [("Write", [Grant("sns:Publish", on: target)])]),
    ConnectorProfile(
      source: rule, destination: queue, effect: .queuePolicy,
      access: [("Write", [Grant("sqs:SendMessage", on: target)])]),
    ConnectorProfile(
      source: topic, destination: queue, effect: .queuePolicy,
      access: [("Write", [Grant("sqs:SendMessage", on: target)])]),
  ]

  private static let apiArn =
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:%{Source.ResourceId}/"
    + "%{Source.Qualifier}"

  private static let ofCallers: [ConnectorProfile] = [
    calls(rule, "events.amazonaws.com"),
    calls(topic, "sns.amazonaws.com"),
    calls(bucket, "s3.amazonaws.com", account: "${AWS::AccountId}"),
    calls("AWS::ApiGateway::RestApi", "apigateway.amazonaws.com", from: apiArn),
    calls("AWS::ApiGatewayV2::Api", "apigateway.amazonaws.com", from: apiArn),
  ]

  private static let all: [ConnectorProfile] =
    storage(of: function) + storage(of: stateMachine) + ofFunctions + ofStateMachines + ofSources
    + ofRules + ofCallers
}
