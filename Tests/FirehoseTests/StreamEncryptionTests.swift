import AWSModel
import PropertyTree
import Testing

@testable import Firehose

@Suite struct StreamEncryptionTests {
  private func encryption(_ fixture: FirehoseFixture) async throws -> PropertyValue? {
    try await fixture.call("DescribeDeliveryStream", ["DeliveryStreamName": "d"])[
      "DeliveryStreamDescription"]?["DeliveryStreamEncryptionConfiguration"]
  }

  @Test func encryptionIsKeptAndShown() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    #expect(try await encryption(fixture) == ["Status": "DISABLED"])
    try await fixture.call("StartDeliveryStreamEncryption", ["DeliveryStreamName": "d"])
    #expect(
      try await encryption(fixture) == ["KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"])
    let answer = try await fixture.call(
      "PutRecord", ["DeliveryStreamName": "d", "Record": ["Data": "YQ=="]])
    #expect(answer["Encrypted"] == true)
    let hot = try await fixture.hot(
      "PutRecordBatch", #"{"DeliveryStreamName":"d","Records":[{"Data":"aGk="}]}"#)
    #expect(try hot.get()["Encrypted"] == true)
    let key = "arn:aws:kms:us-east-1:000000000000:key/k"
    try await fixture.call(
      "StartDeliveryStreamEncryption",
      [
        "DeliveryStreamName": "d",
        "DeliveryStreamEncryptionConfigurationInput": [
          "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": .string(key),
        ],
      ])
    #expect(try await encryption(fixture)?["KeyARN"] == .string(key))
    try await fixture.call("StopDeliveryStreamEncryption", ["DeliveryStreamName": "d"])
    #expect(try await encryption(fixture) == ["Status": "DISABLED"])
  }

  @Test(
    arguments: [
      ["KeyType": "CUSTOMER_MANAGED_CMK"],
      ["KeyType": "AWS_OWNED_CMK", "KeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"],
      ["KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "arn:aws:s3:::key"],
    ] as [PropertyValue])
  private func whatCanNotBeIsRefused(input: PropertyValue) async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    let fault = try await fixture.error(
      "StartDeliveryStreamEncryption",
      ["DeliveryStreamName": "d", "DeliveryStreamEncryptionConfigurationInput": input])
    #expect(["InvalidArgumentException", "ValidationException"].contains(fault.code))
  }

  @Test func theHintOfThroughputIsShown() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d", "DirectPutSourceConfiguration": ["ThroughputHintInMBs": 5],
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(),
      ])
    let described = try await fixture.call(
      "DescribeDeliveryStream", ["DeliveryStreamName": "d"])
    #expect(
      described["DeliveryStreamDescription"]?["Source"]
        == ["DirectPutSourceDescription": ["ThroughputHintInMBs": 5]])
  }
}
