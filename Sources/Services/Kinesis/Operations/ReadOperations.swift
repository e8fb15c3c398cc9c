import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// GetShardIterator and GetRecords.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
struct ReadOperations: Sendable {
  static let recordsMax = 10_000
  /// Data and partition keys of one answer.
  static let answerBytesMax = 10 << 20

  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("GetShardIterator", iterator),
      .hot("GetRecords", attempt: getRecordsNow) { input, context in
        let bytes = try getRecords(input.members, context).bytes()
        return OperationOutput(members: try JSONReader.read(bytes))
      }.answering(Self.records),
    ]
  }

  private static let records = MemberShape.structure([
    "Records": .list(
      .structure(["Data": .blob, "ApproximateArrivalTimestamp": .timestamp]))
  ])

  // MARK: GetShardIterator

  struct IteratorInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var ShardId: String
    var ShardIteratorType: String
    var StartingSequenceNumber: String?
    var Timestamp: Double?
    var DryRun: Bool?
  }

  struct IteratorOutput: Encodable, Sendable { var ShardIterator: String }

  private func iterator(_ input: IteratorInput, _ context: RequestContext) throws -> IteratorOutput
  {
    let stream = try catalog.resolve(input, context)
    guard let ordinal = ShardModel.ordinal(ofID: input.ShardId), let shard = stream.shard(ordinal)
    else {
      throw KinesisError.shardNotFound(input.ShardId, stream.model.name, stream.scope)
    }
    let now = catalog.environment.effects.clock.now
    let start = StartingPosition(
      type: input.ShardIteratorType, sequenceNumber: input.StartingSequenceNumber,
      timestamp: input.Timestamp)
    let position = try stream.position(of: start, in: shard, now, operation: "GetShardIterator")
    if input.DryRun == true { throw KinesisError.dryRun }
    return IteratorOutput(
      ShardIterator: ShardIterator(
        storageID: stream.model.storageID, ordinal: ordinal, position: position, created: now
      ).text)
  }

  // MARK: GetRecords

  struct RecordsInput: Decodable, Sendable {
    var ShardIterator: String
    var Limit: Int?
    var StreamARN: String?
    var DryRun: Bool?
  }

  private func getRecordsNow(
    _ request: [UInt8], _ context: RequestContext, _ reply: HotReply,
    _ thorough: @escaping @Sendable () -> Void
  ) -> Bool {
    // A rate is asked for once: by the thorough way.
    guard !catalog.environment.throttles else { return false }
    let answer: RecordsAnswer
    do {
      let members = try JSONReader.read(request)
      // Bounds are the thorough way's business.
      if let limit = members["Limit"],
        !(1...Int64(Self.recordsMax)).contains(limit.integerValue ?? 0)
      {
        return false
      }
      answer = try getRecords(members, context)
    } catch { return false }  // the thorough way meets the same error and words it
    var isSending = false
    do throws(ServiceError) {
      let rest = try answer.bytes { part in
        isSending = true
        reply.send(part)
      }
      reply(.success(rest))
    } catch {
      guard isSending else { return false }
      reply(.failure(error))
    }
    return true
  }

  private func getRecords(
    _ members: PropertyValue, _ context: RequestContext
  ) throws -> RecordsAnswer {
    let input = try Operation.decodeInput(
      RecordsInput.self, from: members, operation: "GetRecords")
    let now = catalog.environment.effects.clock.now
    // As the command line prints it, with its quotation marks.
    var text = input.ShardIterator[...]
    if text.count > 1, text.first == "\"", text.last == "\"" {
      text = text.dropFirst().dropLast()
    }
    guard let iterator = ShardIterator(String(text)) else {
      throw KinesisError.invalid("Invalid ShardIterator.")
    }
    guard let stream = try catalog.find(storageID: iterator.storageID),
      let shard = stream.shard(iterator.ordinal)
    else {
      throw ServiceError(
        "ResourceNotFoundException", "The stream of the shard iterator does not exist any more.")
    }
    guard stream.scope.account == context.scope.account else {
      throw KinesisError.invalid("Invalid ShardIterator.")
    }
    if let arn = input.StreamARN, arn != stream.arn {
      throw KinesisError.invalid("The StreamARN \(arn) does not match the shard iterator.")
    }
    guard now.milliseconds - iterator.created.milliseconds <= ShardIterator.lifetimeMilliseconds
    else {
      throw ServiceError(
        "ExpiredIteratorException",
        "Iterator expired. The iterator was created at time \(iterator.created.httpDate) while "
          + "right now it is \(now.httpDate) which is further in the future than the tolerated "
          + "delay of 300000 milliseconds.")
    }
    if input.DryRun == true { throw KinesisError.dryRun }
    if let throttle = shard.throttle, !throttle.admitsRead(now) {
      throw KinesisError.rateExceeded(shard, stream)
    }
    return RecordsAnswer(
      stream: stream, shard: shard, position: iterator.position,
      recordsMax: input.Limit ?? Self.recordsMax, now: now)
  }
}
