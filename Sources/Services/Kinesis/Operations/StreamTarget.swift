import AWSModel
import PropertyTree
import ServiceKit

/// Streams as targets of events: PutRecords, with the partition key of the event, or its id.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
struct StreamTarget: EventTarget {
  let puts: PutOperations

  let service = "kinesis"
  let limits = EventBatchLimits(
    eventsMax: PutOperations.recordsMax, bytesMax: PutOperations.callBytesMax - (128 << 10),
    eventBytesMax: StoredRecord.bytesMax)

  func check(_ arn: ARN) throws(ServiceError) {
    _ = try puts.catalog.locate(nil, arn: arn.description, arn.scope)
  }

  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?] {
    let answer = try await puts.putRecords(
      .init(
        StreamARN: arn.description,
        Records: events.map {
          .init(Data: Base64Blob($0.body), PartitionKey: $0.partitionKey ?? $0.id)
        }), RequestContext(scope: arn.scope))
    return (answer["Records"]?.listValue ?? []).map { record in
      record["ErrorCode"]?.stringValue.map {
        // Nothing but throttling and this machine refuses a single record.
        ServiceError($0, record["ErrorMessage"]?.stringValue ?? "", status: 500)
      }
    }
  }
}
