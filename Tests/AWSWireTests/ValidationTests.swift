import APIFacts
import AWSModel
import AWSWire
import PropertyTree
import Testing

/// Requests and the sentences in which AWS refuses them.
@Suite struct ValidationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var operation: String
    var input: String
    var code: String
    var message: String
    var testDescription: String { "\(operation) \(input.prefix(80))" }

    init(_ operation: String, _ input: String, _ code: String, _ violations: String...) {
      self.operation = operation
      self.input = input
      self.code = code
      let noun = violations.count == 1 ? "error" : "errors"
      message =
        "\(violations.count) validation \(noun) detected: "
        + violations.joined(separator: "; ")
    }

    init(_ operation: String, _ input: String, words: String, _ code: String) {
      self.operation = operation
      self.input = input
      self.code = code
      message = words
    }
  }

  static func violation(_ value: String, _ place: String, _ rule: String) -> String {
    "Value \(value) at '\(place)' failed to satisfy constraint: \(rule)"
  }

  static let name = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
  static let one = "Member must have length greater than or equal to 1"
  static let absent = "Member must not be null"

  static let cases: [Case] = [
    Case(
      "kinesis.CreateStream", #"{"StreamName":"a b"}"#, "ValidationException",
      violation("'a b'", "streamName", name)),
    Case(
      "kinesis.CreateStream", #"{"StreamName":"","ShardCount":0}"#, "ValidationException",
      violation("''", "streamName", name), violation("''", "streamName", one),
      violation("'0'", "shardCount", "Member must have value greater than or equal to 1")),
    Case(
      "kinesis.CreateStream", "{}", "ValidationException",
      violation("null", "streamName", absent)),
    Case(
      "kinesis.PutRecords",
      #"{"StreamName":"s","Records":[{"Data":"","PartitionKey":"p"},{"PartitionKey":""}]}"#,
      "ValidationException",
      violation("null", "records.2.member.data", absent),
      violation("''", "records.2.member.partitionKey", one)),
    Case(
      "kinesis.PutRecords", #"{"StreamName":"s","Records":[]}"#, "ValidationException",
      violation("'[]'", "records", one)),
    Case(
      "kinesis.UpdateShardCount",
      #"{"StreamName":"s","TargetShardCount":2,"ScalingType":"ALL"}"#, "ValidationException",
      violation("'ALL'", "scalingType", "Member must satisfy enum value set: [UNIFORM_SCALING]")),
    Case(
      "kinesis.RemoveTagsFromStream", #"{"StreamName":"s","TagKeys":["a",""]}"#,
      "ValidationException",
      violation(
        "'[a, ]'", "tagKeys",
        "Member must satisfy constraint: [Member must have length less than or equal to 128, "
          + "Member must have length greater than or equal to 1]")),
    Case(
      "kinesis.AddTagsToStream", #"{"StreamName":"s","Tags":{"":"v"}}"#, "ValidationException",
      violation(
        "'{=v}'", "tags",
        "Map keys must satisfy constraint: [Member must have length less than or equal to 128, "
          + "Member must have length greater than or equal to 1]")),
    Case(
      "logs.CreateLogGroup", #"{"logGroupName":"bad name"}"#, "InvalidParameterException",
      violation(
        "'bad name'", "logGroupName",
        #"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"#)),
    Case(
      "lambda.CreateFunction",
      #"{"FunctionName":"f","Code":{},"Role":"arn:aws:iam::123456789012:role/r","Timeout":0}"#,
      "ValidationException",
      violation("'0'", "timeout", "Member must have value greater than or equal to 1")),
    Case(
      "ssm.GetParametersByPath", #"{"Path":"/p","MaxResults":11}"#, "ValidationException",
      violation("'11'", "maxResults", "Member must have value less than or equal to 10")),
    Case(
      "secretsmanager.GetSecretValue", "{}", "ValidationException",
      violation("null", "secretId", absent)),
    Case(
      "iam.CreateRole",
      #"{"RoleName":"a b","AssumeRolePolicyDocument":"{}"}"#,
      words: "The specified value for roleName is invalid. It must contain only alphanumeric "
        + "characters and/or the following: +=,.@_-", "ValidationError"),
    Case(
      "iam.TagRole", #"{"RoleName":"r","Tags":[{"Key":"","Value":""}]}"#, "ValidationError",
      violation(
        "''", "tags.1.member.key",
        #"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"#),
      violation("''", "tags.1.member.key", one)),
    Case(
      "sts.AssumeRole",
      #"{"RoleArn":"arn:aws:iam::123456789012:role/r","RoleSessionName":"a b"}"#,
      "ValidationError",
      violation(
        "'a b'", "roleSessionName",
        #"Member must satisfy regular expression pattern: [\w+=,.@-]*"#)),
    Case(
      "firehose.PutRecordBatch", #"{"DeliveryStreamName":"d/","Records":[{}]}"#,
      "ValidationException", violation("'d/'", "deliveryStreamName", name),
      violation("null", "records.1.member.data", absent)),
    Case(
      "glue.GetTables", #"{"DatabaseName":"d","MaxResults":101}"#, "ValidationException",
      violation("'101'", "maxResults", "Member must have value less than or equal to 100")),
  ]

  static func facts(_ operation: String) throws -> WireFacts {
    let parts = operation.split(separator: ".").map(String.init)
    return try #require(WireFacts(service: parts[0], operation: parts[1]))
  }

  @Test(arguments: cases) func sentences(_ example: Case) throws {
    let facts = try Self.facts(example.operation)
    let input = try JSONReader.read(example.input)
    do throws(ServiceError) {
      let members = try facts.input(input, .json11)
      Issue.record("accepted as \(JSONWriter.compact(members))")
    } catch {
      #expect(error.code == example.code)
      #expect(error.message == example.message)
    }
  }

  @Test func longBlobsAreMeasuredInBytes() throws {
    let facts = try Self.facts("firehose.PutRecord")
    let limit = 1_024_000
    func record(_ count: Int) -> PropertyValue {
      [
        "DeliveryStreamName": "d",
        "Record": ["Data": .string(Base64.encode([UInt8](repeating: 0, count: count)))],
      ]
    }
    _ = try facts.input(record(limit), .json11)
    #expect {
      _ = try facts.input(record(limit + 1), .json11)
    } throws: { error in
      (error as? ServiceError)?.message
        == "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1024001 "
        + "cap=1024001]' at 'record.data' failed to satisfy constraint: Member must have length "
        + "less than or equal to 1024000"
    }
  }

  @Test func bucketsAreNotHeldAgainstTheModel() throws {
    let facts = try Self.facts("s3.ListObjectsV2")
    #expect(try facts.input(["MaxKeys": "nonsense"], .restXML) == ["MaxKeys": "nonsense"])
  }

  @Test func errorsTakeCodeAndStatusOfTheModel() throws {
    let iam = try Self.facts("iam.GetRole")
    #expect(iam.error(ServiceError("NoSuchEntity", "m")).status == 404)
    #expect(iam.error(ServiceError("NoSuchEntityException", "m")).code == "NoSuchEntity")
    #expect(iam.error(ServiceError("Other", "m")).status == 400)
    let lambda = try Self.facts("lambda.GetFunction")
    #expect(lambda.error(ServiceError("ResourceNotFoundException", "m")).status == 404)
    #expect(
      try Self.facts("logs.GetLogEvents").error(ServiceError("X", "m", status: 413)).status == 413)
  }
}
