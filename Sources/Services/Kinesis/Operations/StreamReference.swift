import AWSModel
import ServiceKit

/// The members by which a request names its stream.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html
protocol StreamReference {
  var StreamName: String? { get }
  var StreamARN: String? { get }
}

extension StreamCatalog {
  /// Name and scope of the stream that a request means. Throws when it names none, or two.
  func locate(_ name: String?, arn: String?, _ scope: Scope) throws(ServiceError)
    -> (name: String, scope: Scope)
  {
    guard let arn else {
      guard let name else {
        throw KinesisError.invalid("Either StreamName or StreamARN must be provided.")
      }
      return (name, scope)
    }
    guard let parsed = ARN(parsing: arn), parsed.service == "kinesis",
      parsed.resource.hasPrefix("stream/"), parsed.resource.count > 7
    else { throw KinesisError.invalid("\(arn) is not the ARN of a stream.") }
    let found = String(parsed.resource.dropFirst(7))
    if let name, name != found {
      throw KinesisError.invalid(
        "StreamName \(name) does not match the name in StreamARN \(arn).")
    }
    return (found, parsed.scope)
  }

  func resolve(_ reference: some StreamReference, _ context: RequestContext) throws(ServiceError)
    -> StreamRuntime
  {
    let (name, scope) = try locate(reference.StreamName, arn: reference.StreamARN, context.scope)
    guard let stream = try find(name, in: scope) else {
      throw KinesisError.streamNotFound(name, scope)
    }
    return stream
  }

  /// Changes the stream's model in a transaction of its own.
  func change<Answer: Sendable>(
    _ reference: some StreamReference & Sendable, _ context: RequestContext,
    _ body: @escaping @Sendable (inout StreamModel, Scope, Transaction) throws -> Answer
  ) async throws -> Answer {
    let (name, scope) = try locate(reference.StreamName, arn: reference.StreamARN, context.scope)
    return try await environment.database.write { [self] transaction in
      guard var model = try get(name, in: scope, transaction) else {
        throw KinesisError.streamNotFound(name, scope)
      }
      let answer = try body(&model, scope, transaction)
      try put(model, in: scope, transaction)
      return answer
    }
  }

  func change<Answer: Sendable>(
    _ reference: some StreamReference & Sendable, _ context: RequestContext,
    _ body: @escaping @Sendable (inout StreamModel, Scope) throws -> Answer
  ) async throws -> Answer {
    try await change(reference, context) { model, scope, _ in try body(&model, scope) }
  }
}
