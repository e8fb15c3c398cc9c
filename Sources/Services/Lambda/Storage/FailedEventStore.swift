import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The last event that a function failed on.
struct FailedEvent: Codable, Sendable, Hashable {
  var requestID: String
  /// JSON text, sealed: events carry what nobody should read in a file.
  var sealedPayload: String
  var moment: Timestamp
}

/// Events that functions failed on, one for each function, kept to be played again.
struct FailedEventStore: Sendable {
  private static let table = ModelTable<FailedEvent>("lambda.failed-event")
  private static let context = "lambda.failed-event"
  static var format: StoredFormat { table.format }

  let environment: ServiceEnvironment

  /// Returns when it is on disk. A disk that refuses is reported: the call has its answer all the
  /// same.
  func keep(
    _ payload: [UInt8], requestID: String, _ key: FunctionKey,
    report: @Sendable (String) -> Void
  ) async {
    do {
      let event = FailedEvent(
        requestID: requestID,
        sealedPayload: try environment.vault.seal(
          String(decoding: payload, as: UTF8.self), for: Self.context),
        moment: environment.effects.clock.now)
      try await environment.database.write { transaction in
        try Self.table.put(event, key.name, in: key.scope, transaction)
      }
    } catch {
      report("The event that \(key.arn) failed on is not kept for a replay: \(error)")
    }
  }

  /// The event's JSON text; nil where the function has not failed.
  func last(_ key: FunctionKey) throws -> String? {
    let event = try environment.database.read {
      try Self.table.get(key.name, in: key.scope, $0)
    }
    return try event.map { try environment.vault.open($0.sealedPayload, for: Self.context) }
  }

  static func remove(_ key: FunctionKey, _ transaction: Transaction) throws {
    _ = try table.delete(key.name, in: key.scope, transaction)
  }
}
