import AWSModel
import ServiceKit

/// Sessions by account and access key. STS's sessions are good in every region.
struct STSStore: Sendable {
  private let table = ModelTable<STSSession>("sts.session")

  private func scope(_ session: STSSession) -> Scope {
    Scope(account: session.account, region: Region("global"))
  }

  func put(_ session: STSSession, _ transaction: Transaction) throws {
    try table.put(session, session.accessKeyID, in: scope(session), transaction)
  }

  func delete(_ session: STSSession, _ transaction: Transaction) throws {
    try table.delete(session.accessKeyID, in: scope(session), transaction)
  }

  func sessions(_ transaction: Transaction) throws -> [STSSession] {
    try table.all(transaction).map(\.model)
  }
}
