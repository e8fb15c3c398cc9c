import AWSModel
import Effects
import ServiceKit
import Synchronization

/// AWS Security Token Service: who am I, and credentials for a time.
public final class STSService: CatalogService, AccessKeyDirectory {
  public static let traits = ServiceTraits(
    "sts", .query, apiVersion: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/")
  public static var formats: [StoredFormat] { STSStore.formats }

  /// Sessions are remembered for a day after their end, so that whoever still uses one is told that
  /// it has expired.
  private static let rememberedSeconds = 86_400

  let environment: ServiceEnvironment
  let store = STSStore()
  /// Stored sessions by access key: asked for every request.
  private let sessions = Mutex<[String: STSSession]>([:])

  public init(environment: ServiceEnvironment) { self.environment = environment }

  /// The roles that can be assumed.
  var roles: any RoleDirectory {
    get throws(ServiceError) { try environment.capabilities().require(.roles) }
  }

  /// Reads the sessions that are still remembered.
  public func start() async throws {
    let limit = environment.effects.clock.now.adding(seconds: -Self.rememberedSeconds)
    let stored = try environment.database.read { [store] in try store.sessions($0) }
    sessions.withLock { sessions in
      for session in stored where session.expires > limit {
        sessions[session.accessKeyID] = session
      }
    }
  }

  public var offer: Capabilities {
    Capabilities().offering(self, as: .accessKeys).offering(self, as: .roleSessions)
  }

  public var operations: [Operation] {
    identityOperations + roleOperations + webIdentityOperations + sessionOperations
  }

  public func account(ofAccessKey key: String, for use: AccessKeyUse) throws(ServiceError)
    -> AccountID?
  {
    if let session = session(key) {
      guard session.expires > use.moment else { throw AccessKeyFaults.expired }
      return session.account
    }
    guard let keys = environment.capabilities()[.userKeys], let found = keys.key(key) else {
      return nil
    }
    guard found.isActive else { throw AccessKeyFaults.inactive }
    keys.noteUse(ofKey: key, use)
    return found.account
  }

  /// The session behind an access key, also when it has expired meanwhile.
  func session(_ key: String) -> STSSession? { sessions.withLock { $0[key] } }

  /// Stores a session and drops those that have expired long ago.
  func remember(_ session: STSSession) async throws {
    let limit = environment.effects.clock.now.adding(seconds: -Self.rememberedSeconds)
    let expired = sessions.withLock { $0.values.filter { $0.expires <= limit } }
    try await environment.database.write { [self, store] transaction in
      for old in expired { try store.delete(old, transaction) }
      try store.put(session, transaction)
      transaction.afterCommit {
        self.sessions.withLock { sessions in
          for old in expired { sessions[old.accessKeyID] = nil }
          sessions[session.accessKeyID] = session
        }
      }
    }
  }
}
