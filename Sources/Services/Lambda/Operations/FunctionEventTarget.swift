import AWSModel
import ServiceKit

/// Functions as targets of events: each is an asynchronous invocation of its own.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
struct FunctionEventTarget: EventTarget {
  let lambda: LambdaService

  let service = "lambda"
  let limits = EventBatchLimits(
    eventsMax: 100, bytesMax: 8 << 20, eventBytesMax: LambdaService.eventBytesMax)

  private func reference(_ arn: ARN) throws -> FunctionReference {
    guard arn.resource.hasPrefix("function:") else {
      throw ServiceError.validation("\(arn) is not the ARN of a function.")
    }
    return try FunctionReference(arn.description, scope: arn.scope)
  }

  func check(_ arn: ARN) throws(ServiceError) {
    do { _ = try reference(arn) } catch { throw ServiceError(onMachine: error) }
  }

  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?] {
    let reference = try reference(arn)
    _ = try lambda.require(reference)
    var outcomes: [ServiceError?] = []
    for event in events {
      do {
        try await lambda.events.add(reference, requestID: event.id, payload: event.body)
        outcomes.append(nil)
      } catch { outcomes.append(ServiceError(onMachine: error)) }
    }
    return outcomes
  }
}
