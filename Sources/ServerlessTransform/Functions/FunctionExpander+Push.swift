import Diagnostics

/// Events that a bucket or a topic pushes.
extension FunctionExpander {
  /// A bucket of the template notifies the function.
  func addBucket(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    try event.check(known: ["Bucket", "Events", "Filter"])
    let reference = try event.required("Bucket")
    var permission = permission(event, target, "s3.amazonaws.com")
    permission["SourceAccount"] = .ref("AWS::AccountId")
    let kinds = event["Events"]?.asList
    let notifications = (kinds ?? []).map { notification(of: $0, event, target) }
    let isKnown =
      reference["Ref"]?.string.map { id in
        expansion.sources.updateBucket(id, in: expansion.resources) { bucket in
          if let condition = target.condition {
            bucket.add(tag: waitTag(for: permission.id, condition: condition))
          } else {
            bucket.wait(for: Tree(permission.id).placed(at: event.span))
          }
          for notification in notifications { bucket.add(notification: notification) }
        }
      } ?? false
    guard isKnown else {
      throw SAMFailure(
        "`Bucket` of the event `\(event.name)` must be `Ref` to a bucket of the template",
        at: reference.span ?? event.span(of: "Bucket"))
    }
    add(permission)
    if kinds == nil { _ = try event.required("Events") }
  }

  /// A permission that may not exist can't be depended on; a tag that names it conditionally
  /// gives the same order.
  private func waitTag(for permission: String, condition: String) -> Tree {
    let value: Tree = ["Fn::If": [Tree(condition), .ref(permission), "no dependency"]]
    return ["Key": Tree("sam:ConditionalDependsOn:" + permission), "Value": value]
  }

  private func notification(of kind: Tree, _ event: EventDeclaration, _ target: EventTarget)
    -> Tree
  {
    var notification: Tree = ["Function": target.arn, "Event": kind]
    notification.span = event.span
    notification["Filter"] = event["Filter"]
    guard let condition = target.condition else { return notification }
    return .conditional(condition, notification)
  }

  /// A topic calls the function, or sends to a queue that the function polls.
  func addTopic(_ event: EventDeclaration, _ target: EventTarget, role: inout ExecutionRole)
    throws(SAMFailure)
  {
    try event.check(known: [
      "Topic", "Region", "FilterPolicy", "FilterPolicyScope", "SqsSubscription", "RedrivePolicy",
    ])
    let topic = try event.required("Topic")
    var subscription = GeneratedResource(
      event.id, "AWS::SNS::Subscription", ["TopicArn": topic], attributes: target.attributes,
      at: event.span)
    for name in ["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"] {
      subscription[name] = event[name]
    }
    guard let sqs = event["SqsSubscription"], sqs.isTruthy else {
      subscription["Endpoint"] = target.arn
      subscription["Protocol"] = "lambda"
      add(permission(event, target, "sns.amazonaws.com", sourceArn: topic))
      add(subscription)
      return
    }
    let queue = try topicQueue(event, topic, sqs, target)
    add(queue.policy)
    var source = EventDeclaration(
      name: event.name, id: event.id + "EventSourceMapping", owner: event.owner, type: "SQS",
      properties: ["Queue": queue.arn, "Enabled": true], span: event.span)
    source.properties["BatchSize"] = sqs["BatchSize"] ?? 10
    let polled = try PolledSource(source, parameters: parameters)
    add(polled.mapping(to: target))
    polled.grant(&role)
    subscription["Endpoint"] = queue.arn
    subscription["Protocol"] = "sqs"
    add(subscription)
  }

  /// The given queue or a new one, which the topic may send to.
  private func topicQueue(
    _ event: EventDeclaration, _ topic: Tree, _ sqs: Tree, _ target: EventTarget
  ) throws(SAMFailure) -> (arn: Tree, policy: GeneratedResource) {
    var arn: Tree
    let url: Tree
    if sqs.bool == true {
      var queue = GeneratedResource(
        event.id + "Queue", "AWS::SQS::Queue", attributes: target.attributes, at: event.span)
      let fifo = topic.referencedResource.flatMap {
        expansion.resources[$0]?.at("Properties", "FifoTopic")
      }
      if let fifo = parameters.resolve(fifo), fifo.isTruthy { queue["FifoQueue"] = fifo }
      add(queue)
      (arn, url) = (queue.arn, queue.reference)
    } else {
      guard let queueArn = sqs["QueueArn"], let queueURL = sqs["QueueUrl"] else {
        throw SAMFailure(
          .missingProperty,
          "`SqsSubscription` of the event `\(event.name)` needs `QueueArn` and `QueueUrl`",
          at: event.span(of: "SqsSubscription"))
      }
      (arn, url) = (queueArn, queueURL)
    }
    arn.span = arn.span ?? event.span
    let statement: Tree = [
      "Action": "sqs:SendMessage", "Effect": "Allow", "Principal": "*", "Resource": arn,
      "Condition": ["ArnEquals": ["aws:SourceArn": topic]],
    ]
    let policy = GeneratedResource(
      sqs["QueuePolicyLogicalId"]?.string ?? event.id + "QueuePolicy", "AWS::SQS::QueuePolicy",
      [
        "PolicyDocument": ["Version": "2012-10-17", "Statement": [statement]], "Queues": [url],
      ], attributes: target.attributes, at: event.span)
    return (arn, policy)
  }
}
