import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// Documents that were put to the addresses that stacks hand out: responses of custom resources and
/// signals of wait conditions. On disk before whoever put it is answered.
public final class PostedAnswers: Sendable {
  /// One box, which an address names.
  private struct Box: Codable, Sendable {
    var answers: [PropertyValue] = []
  }

  private static let boxes = ModelTable<Box>("cloudformation.answers")
  static let format = boxes.format

  /// The largest body that is taken, in bytes, as at AWS.
  static let bytesMax = 4096

  private let database: ServiceDatabase
  private let endpoint: @Sendable () -> String?
  private let table = PostedAnswers.boxes
  private let watchers = Mutex<[String: [Int: AsyncStream<Void>.Continuation]]>([:])
  private let ordinals = Mutex(0)

  init(_ environment: ServiceEnvironment) {
    database = environment.database
    endpoint = environment.endpoint
  }

  // MARK: Whoever waits

  /// The address to which answers for a box are put. Throws where nothing is served.
  func address(of box: String) throws -> String {
    guard let endpoint = endpoint() else {
      throw ServiceError.unsupported(
        "custom resources and wait conditions without a served endpoint (`leat serve`)")
    }
    return "\(endpoint)/_leat/\(ControlPath.answers)?box=\(box)"
  }

  /// Makes an empty box, or leaves the one of that name as it is.
  func open(_ box: String, _ transaction: Transaction) throws {
    guard try table.get(box, in: .standard, transaction) == nil else { return }
    try table.put(Box(), box, in: .standard, transaction)
  }

  /// Makes an empty box whose name begins with `prefix`, in the place of others that do.
  func open(_ box: String, replacing prefix: String, _ transaction: Transaction) throws {
    for (name, _) in try table.list(in: .standard, after: prefix, transaction) {
      guard name.hasPrefix(prefix) else { break }
      try table.delete(name, in: .standard, transaction)
    }
    try open(box, transaction)
  }

  func close(_ box: String, _ transaction: Transaction) throws {
    try table.delete(box, in: .standard, transaction)
  }

  /// Returns the value that `choose` takes from a box's answers, as soon as it takes one. Throws
  /// `CancellationError` where the task is cancelled before.
  func first<Value: Sendable>(
    of box: String, _ choose: ([PropertyValue]) throws -> Value?
  ) async throws -> Value {
    let (news, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let ordinal = ordinals.withLock { ordinal in
      ordinal += 1
      return ordinal
    }
    watchers.withLock { $0[box, default: [:]][ordinal] = sink }
    defer { watchers.withLock { $0[box]?[ordinal] = nil } }
    sink.yield()
    for await _ in news {
      if let value = try choose(answers(in: box)) { return value }
    }
    throw CancellationError()
  }

  func answers(in box: String) throws -> [PropertyValue] {
    try database.read { try table.get(box, in: .standard, $0)?.answers ?? [] }
  }

  // MARK: Whoever answers

  /// False where there is no such box.
  func put(_ answer: PropertyValue, into box: String) async throws -> Bool {
    let isThere = try await database.write { [table] transaction in
      guard var known = try table.get(box, in: .standard, transaction) else { return false }
      known.answers.append(answer)
      try table.put(known, box, in: .standard, transaction)
      return true
    }
    let sinks = watchers.withLock { $0[box].map { Array($0.values) } ?? [] }
    for sink in sinks { sink.yield() }
    return isThere
  }
}
