import AWSModel
import ServiceKit

/// Sessions by account and access key. STS's sessions are good in every region.
struct STSStore: Sendable {
  /// Version 2 adds how a session began and what it was given: what has none reads as before.
  private static let table = ModelTable<STSSession>("sts.session", upgrades: [{ $0 }])
  static var formats: [StoredFormat] { [table.format] }

  private func scope(_ session: STSSession) -> Scope {
    Scope(account: session.account, region: Region("global"))
  }

  func put(_ session: STSSession, _ transaction: Transaction) throws {
    try Self.table.put(session, session.accessKeyID, in: scope(session), transaction)
  }

  func delete(_ session: STSSession, _ transaction: Transaction) throws {
    try Self.table.delete(session.accessKeyID, in: scope(session), transaction)
  }

  func sessions(_ transaction: Transaction) throws -> [STSSession] {
    try Self.table.all(transaction).map(\.model)
  }
}
