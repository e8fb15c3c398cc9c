import AWSModel
import Effects
import ServiceKit
import Synchronization

/// The access keys of all users by their ids, in memory: asked for every request.
///
/// Last uses are noted here and written a minute later, all that have gathered: a request waits for
/// no write of its own.
final class IAMKeyDirectory: Sendable {
  struct Entry: Sendable {
    var account: AccountID
    var userName: String
    var isActive: Bool
  }

  private struct State: Sendable {
    var isLoaded = false
    var entries: [String: Entry] = [:]
    /// Key ids by the unique ids of their users.
    var ids: [String: [String]] = [:]
    var uses: [String: AccessKeyUse] = [:]
    /// Keys whose last use is not stored yet.
    var unstored: Set<String> = []
  }

  private static let flushMilliseconds: Int64 = 60_000

  private let environment: ServiceEnvironment
  private let state = Mutex(State())

  init(_ environment: ServiceEnvironment) { self.environment = environment }

  func entry(_ id: String) -> Entry? { state.withLock { $0.entries[id] } }

  func use(_ id: String) -> AccessKeyUse? { state.withLock { $0.uses[id] } }

  /// Reads everything that is stored.
  func load(_ users: [(account: AccountID, user: IAMUser)], _ uses: [String: IAMKeyUse]) {
    for (account, user) in users where !user.accessKeys.isEmpty {
      set(user.accessKeys, of: user, in: account)
    }
    state.withLock { state in
      for (id, use) in uses where state.entries[id] != nil && state.uses[id] == nil {
        state.uses[id] = AccessKeyUse(
          service: use.service, region: use.region, moment: use.moment)
      }
    }
  }

  /// Takes over the keys of a user, whatever they were before.
  func set(_ keys: [IAMAccessKey], of user: IAMUser, in account: AccountID) {
    state.withLock { state in
      let gone = state.ids.removeValue(forKey: user.uniqueID) ?? []
      for id in gone { state.entries[id] = nil }
      for key in keys {
        state.entries[key.id] = Entry(
          account: account, userName: user.name, isActive: key.status == .active)
      }
      if !keys.isEmpty { state.ids[user.uniqueID] = keys.map(\.id) }
      for id in gone where state.entries[id] == nil {
        state.uses[id] = nil
        state.unstored.remove(id)
      }
    }
  }

  func note(_ id: String, _ use: AccessKeyUse) {
    let isFirst = state.withLock { state in
      guard state.entries[id] != nil else { return false }
      state.uses[id] = use
      let isFirst = state.unstored.isEmpty
      state.unstored.insert(id)
      return isFirst
    }
    guard isFirst else { return }
    let moment = environment.effects.clock.now.adding(milliseconds: Self.flushMilliseconds)
    environment.effects.clock.schedule(at: moment) { [weak self] in await self?.flush() }
  }

  /// Writes the uses that are not stored yet.
  func flush() async {
    let uses = state.withLock { state in
      defer { state.unstored = [] }
      return state.unstored.compactMap { id in
        state.uses[id].map { (id: id, use: $0, account: state.entries[id]?.account ?? .standard) }
      }
    }
    guard !uses.isEmpty else { return }
    do {
      try await environment.database.write { transaction in
        for (id, use, account) in uses {
          try IAMStore.keyUses.put(
            IAMKeyUse(service: use.service, region: use.region, moment: use.moment), id,
            in: IAMStore.scope(account), transaction)
        }
      }
    } catch {
      environment.report("the last use of access keys was not stored: \(error)")
    }
  }
}

/// The last use of an access key, as it is stored.
struct IAMKeyUse: Codable, Sendable, Hashable {
  var service: String
  var region: String
  var moment: Timestamp
}
