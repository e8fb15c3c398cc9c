/// Templates for data, messages, keys and functions.
extension PolicyTemplate {
  static let streaming: [PolicyTemplate] = [
    PolicyTemplate(
      "DynamoDBBackupFullAccessPolicy", ["TableName"],
      [
        .allow(
          "dynamodb", "CreateBackup DescribeContinuousBackups", on: "dynamodb:table/${tableName}"),
        .allow(
          "dynamodb", "DeleteBackup DescribeBackup ListBackups",
          on: "dynamodb:table/${tableName}/backup/*"),
      ]),
    PolicyTemplate(
      "DynamoDBCrudPolicy", ["TableName"],
      [
        .allow(
          "dynamodb",
          """
          GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem
          DescribeTable ConditionCheckItem
          """, onAll: ["dynamodb:table/${tableName}", "dynamodb:table/${tableName}/index/*"])
      ]),
    PolicyTemplate(
      "DynamoDBReadPolicy", ["TableName"],
      [
        .allow(
          "dynamodb", "GetItem Scan Query BatchGetItem DescribeTable",
          onAll: ["dynamodb:table/${tableName}", "dynamodb:table/${tableName}/index/*"])
      ]),
    PolicyTemplate(
      "DynamoDBReconfigurePolicy", ["TableName"],
      [
        .allow("dynamodb", "UpdateTable", on: "dynamodb:table/${tableName}")
      ]),
    PolicyTemplate(
      "DynamoDBRestoreFromBackupPolicy", ["TableName"],
      [
        .allow("dynamodb", "RestoreTableFromBackup", on: "dynamodb:table/${tableName}/backup/*"),
        .allow(
          "dynamodb", "PutItem UpdateItem DeleteItem GetItem Query Scan BatchWriteItem",
          on: "dynamodb:table/${tableName}"),
      ]),
    PolicyTemplate(
      "DynamoDBStreamReadPolicy", ["StreamName", "TableName"],
      [
        .allow(
          "dynamodb", "DescribeStream GetRecords GetShardIterator",
          on: "dynamodb:table/${tableName}/stream/${streamName}"),
        .allow("dynamodb", "ListStreams", on: "dynamodb:table/${tableName}/stream/*"),
      ]),
    PolicyTemplate(
      "DynamoDBWritePolicy", ["TableName"],
      [
        .allow(
          "dynamodb", "PutItem UpdateItem BatchWriteItem",
          onAll: ["dynamodb:table/${tableName}", "dynamodb:table/${tableName}/index/*"])
      ]),
    PolicyTemplate(
      "EventBridgePutEventsPolicy", ["EventBusName"],
      [
        .allow("events", "PutEvents", on: "events:event-bus/${eventBusName}", isSingle: true)
      ]),
    PolicyTemplate(
      "FilterLogEventsPolicy", ["LogGroupName"],
      [
        .allow("logs", "FilterLogEvents", on: "logs:log-group:${logGroupName}:log-stream:*")
      ]),
    PolicyTemplate(
      "FirehoseCrudPolicy", ["DeliveryStreamName"],
      [
        .allow(
          "firehose",
          """
          CreateDeliveryStream DeleteDeliveryStream DescribeDeliveryStream PutRecord
          PutRecordBatch UpdateDestination
          """, on: "firehose:deliverystream/${deliveryStreamName}")
      ]),
    PolicyTemplate(
      "FirehoseWritePolicy", ["DeliveryStreamName"],
      [
        .allow(
          "firehose", "PutRecord PutRecordBatch",
          on: "firehose:deliverystream/${deliveryStreamName}")
      ]),
    PolicyTemplate(
      "KMSDecryptPolicy", ["KeyId"],
      [
        .allow("kms", "Decrypt", on: "kms:key/${keyId}", isSingle: true)
      ]),
    PolicyTemplate(
      "KMSEncryptPolicy", ["KeyId"],
      [
        .allow("kms", "Encrypt", on: "kms:key/${keyId}", isSingle: true)
      ]),
    PolicyTemplate(
      "KMSEncryptPolicy_v2", ["KeyId"],
      [
        .allow(
          "kms",
          """
          Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair
          GenerateDataKeyPairWithoutPlaintext
          """, on: "kms:key/${keyId}")
      ]),
    PolicyTemplate(
      "KinesisCrudPolicy", ["StreamName"],
      [
        .allow(
          "kinesis",
          """
          AddTagsToStream CreateStream DecreaseStreamRetentionPeriod DeleteStream
          DescribeStream DescribeStreamSummary GetShardIterator
          IncreaseStreamRetentionPeriod ListTagsForStream MergeShards PutRecord PutRecords
          SplitShard RemoveTagsFromStream
          """, on: "kinesis:stream/${streamName}")
      ]),
    PolicyTemplate(
      "KinesisStreamReadPolicy", ["StreamName"],
      [
        .allow("kinesis", "ListStreams DescribeLimits", on: "kinesis:stream/*"),
        .allow(
          "kinesis", "DescribeStream DescribeStreamSummary GetRecords GetShardIterator",
          on: "kinesis:stream/${streamName}"),
      ]),
    PolicyTemplate(
      "LambdaInvokePolicy", ["FunctionName"],
      [
        .allow("lambda", "InvokeFunction", on: "lambda:function:${functionName}*")
      ]),
    PolicyTemplate(
      "S3CrudPolicy", ["BucketName"],
      [
        .allow(
          "s3",
          """
          GetObject ListBucket GetBucketLocation GetObjectVersion PutObject PutObjectAcl
          GetLifecycleConfiguration PutLifecycleConfiguration DeleteObject
          """, onAll: ["s3:::${bucketName}", "s3:::${bucketName}/*"])
      ]),
    PolicyTemplate(
      "S3FullAccessPolicy", ["BucketName"],
      [
        .allow(
          "s3",
          """
          GetObject GetObjectAcl GetObjectVersion PutObject PutObjectAcl DeleteObject
          DeleteObjectTagging DeleteObjectVersionTagging GetObjectTagging
          GetObjectVersionTagging PutObjectTagging PutObjectVersionTagging
          """, onAll: ["s3:::${bucketName}/*"]),
        .allow(
          "s3", "ListBucket GetBucketLocation GetLifecycleConfiguration PutLifecycleConfiguration",
          onAll: ["s3:::${bucketName}"]),
      ]),
    PolicyTemplate(
      "S3ReadPolicy", ["BucketName"],
      [
        .allow(
          "s3", "GetObject ListBucket GetBucketLocation GetObjectVersion GetLifecycleConfiguration",
          onAll: ["s3:::${bucketName}", "s3:::${bucketName}/*"])
      ]),
    PolicyTemplate(
      "S3WritePolicy", ["BucketName"],
      [
        .allow(
          "s3", "PutObject PutObjectAcl PutLifecycleConfiguration",
          onAll: ["s3:::${bucketName}", "s3:::${bucketName}/*"])
      ]),
    PolicyTemplate(
      "SNSCrudPolicy", ["TopicName"],
      [
        .allow(
          "sns", "ListSubscriptionsByTopic CreateTopic SetTopicAttributes Subscribe Publish",
          on: "sns:${topicName}*")
      ]),
    PolicyTemplate(
      "SNSPublishMessagePolicy", ["TopicName"],
      [
        .allow("sns", "Publish", on: "sns:${topicName}")
      ]),
    PolicyTemplate(
      "SQSPollerPolicy", ["QueueName"],
      [
        .allow(
          "sqs",
          """
          ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage
          DeleteMessageBatch GetQueueAttributes ReceiveMessage
          """, on: "sqs:${queueName}")
      ]),
    PolicyTemplate(
      "SQSSendMessagePolicy", ["QueueName"],
      [
        .allow("sqs", "SendMessage*", on: "sqs:${queueName}")
      ]),
    PolicyTemplate(
      "StepFunctionsCallbackPolicy", ["StateMachineName"],
      [
        .allow(
          "states", "SendTaskFailure SendTaskHeartbeat SendTaskSuccess",
          on: "states:stateMachine:${stateMachineName}")
      ]),
    PolicyTemplate(
      "StepFunctionsExecutionPolicy", ["StateMachineName"],
      [
        .allow("states", "StartExecution", on: "states:stateMachine:${stateMachineName}")
      ]),
    PolicyTemplate(
      "StepFunctionsExecutionPolicy_v2", ["StateMachineName"],
      [
        .allow(
          "states", "StartExecution StartSyncExecution",
          on: "states:stateMachine:${stateMachineName}")
      ]),
  ]
}
