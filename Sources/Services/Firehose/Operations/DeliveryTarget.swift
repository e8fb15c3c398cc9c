import AWSModel
import ServiceKit

/// Delivery streams as targets of events: PutRecordBatch.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
struct DeliveryTarget: EventTarget {
  let puts: DeliveryPutOperations

  let service = "firehose"
  let limits = EventBatchLimits(
    eventsMax: DeliveryPutOperations.recordsMax, bytesMax: DeliveryPutOperations.callBytesMax,
    eventBytesMax: DeliveryPutOperations.recordBytesMax)

  func check(_ arn: ARN) throws(ServiceError) {
    guard arn.resource.hasPrefix("deliverystream/"), !arn.leaf.isEmpty else {
      throw FirehoseError.invalid("\(arn) is not the ARN of a delivery stream.")
    }
  }

  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?] {
    _ = try await puts.putBatch(
      .init(
        DeliveryStreamName: arn.leaf, Records: events.map { .init(Data: Base64Blob($0.body)) }),
      RequestContext(scope: arn.scope))
    return Array(repeating: nil, count: events.count)
  }
}
