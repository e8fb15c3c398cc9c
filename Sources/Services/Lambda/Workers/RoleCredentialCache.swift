import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Sessions of functions' roles, kept as long as a process that begins now can use them.
final class RoleCredentialCache: Sendable {
  private struct Key: Hashable {
    var role: String
    var function: FunctionKey
  }

  /// The longest call, and time to spare.
  private static let spareSeconds = 1800

  private let environment: ServiceEnvironment
  private let kept = Mutex<[Key: RoleCredentials]>([:])

  init(environment: ServiceEnvironment) { self.environment = environment }

  /// nil where nothing here begins sessions, or the role's ARN is none.
  func credentials(_ function: FunctionModel, _ key: FunctionKey) async throws -> RoleCredentials? {
    guard let sessions = environment.capabilities()[.roleSessions],
      let role = ARN(parsing: function.settings.role)
    else { return nil }
    let place = Key(role: function.settings.role, function: key)
    let now = environment.effects.clock.now
    if let known = kept.withLock({ $0[place] }), Self.lastUse(known) > now { return known }
    let fresh = try await sessions.begin(role: role, name: function.name)
    kept.withLock { kept in
      kept = kept.filter { Self.lastUse($0.value) > now }
      kept[place] = fresh
    }
    return fresh
  }

  /// The moment after which no process takes a call under these credentials.
  static func lastUse(_ credentials: RoleCredentials) -> Timestamp {
    credentials.expires.adding(seconds: -spareSeconds)
  }
}
