import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import StackStore

/// Files that deployments bring along: put into buckets before the first step, and taken away again
/// when no stack names it any more.
extension StackEngine {
  /// Makes the plan's assets objects, each with an open entry in the ledger. Staged bytes come
  /// first, so that a crash leaves either nothing or whole objects that the ledger knows.
  func publishAssets(of plan: Plan) async throws {
    let assets = plan.assets ?? []
    let environment = plan.environment
    let ledger = ledger
    let hasEntries = try database.read {
      try !ledger.isEmpty(ofStack: environment.stackID, $0)
    }
    guard hasEntries || !assets.isEmpty else { return }
    guard let store = capabilities[.assets] else {
      throw StackFailure(.stackNotUpdatable, "this emulator has no buckets to put assets in")
    }
    let staged = try stage(assets, environment.scope, store)
    effects.crashPoint("assets:staged")
    do {
      try await database.write { transaction in
        try ledger.open(stack: environment.stackID, transaction)
        try self.rememberSources(of: assets, transaction)
        for asset in assets {
          try Self.publish(asset, staged[asset.object], environment, store, ledger, transaction)
        }
      }
    } catch {
      staged.values.forEach(store.abandon)
      throw error
    }
    effects.crashPoint("assets:published")
  }

  /// Tells whoever runs the code where it was packaged from.
  private func rememberSources(of assets: [Asset], _ transaction: Transaction) throws {
    guard let sources = capabilities[.codeSources] else { return }
    for asset in assets {
      // The bytes may be there since an earlier deployment: they are the same then.
      guard let folder = asset.sourceFolder, let bytes = asset.contents.flatMap(Base64.decode)
      else { continue }
      try sources.remember(folder, ofArchive: bytes, in: transaction)
    }
  }

  /// Stages what the buckets lack.
  private func stage(_ assets: [Asset], _ scope: Scope, _ store: any AssetStore) throws
    -> [ObjectReference: StagedAsset]
  {
    var staged: [ObjectReference: StagedAsset] = [:]
    do {
      for asset in assets {
        let isHeld = try database.read {
          try store.holds(asset.object, scope: scope, in: $0)
        }
        if isHeld || staged[asset.object] != nil { continue }
        guard let bytes = asset.contents.flatMap(Base64.decode) else {
          throw Self.missing(asset)
        }
        staged[asset.object] = try store.stage(bytes)
      }
    } catch {
      staged.values.forEach(store.abandon)
      throw error
    }
    return staged
  }

  private static func publish(
    _ asset: Asset, _ staged: StagedAsset?, _ environment: StackEnvironment,
    _ store: any AssetStore, _ ledger: AssetLedger, _ transaction: Transaction
  ) throws {
    let scope = environment.scope
    if try store.holds(asset.object, scope: scope, in: transaction) {
      if let staged { transaction.afterCommit { store.abandon(staged) } }
      // Objects that somebody else has put there are theirs, and stay when the stack goes.
      guard try ledger.isUsed(asset.object, account: scope.account, transaction) else { return }
    } else {
      guard let staged else { throw missing(asset) }
      if try store.put(staged, as: asset.object, scope: scope, in: transaction) {
        try ledger.addBucket(asset.bucket, account: scope.account, transaction)
      }
    }
    try ledger.add(asset.object, stack: environment, transaction)
  }

  /// After a deployment, or an attempt at one: removes the stack's assets that its resources
  /// and outputs don't mention.
  func settleAssets(ofStack id: String, in scope: Scope) async throws {
    let (ledger, stacks, journal) = (ledger, stacks, journal)
    let isEmpty = try database.read { try ledger.isEmpty(ofStack: id, $0) }
    guard !isEmpty, let store = capabilities[.assets] else { return }
    effects.crashPoint("assets:deployed")
    try await database.write { transaction in
      guard try !journal.isUnderWay(stack: id, transaction) else { return }
      let state = try stacks.stack(id: id, in: scope, transaction)
      var buckets: Set<String> = []
      for object in try ledger.entries(ofStack: id, transaction) {
        let asset = Asset(bucket: object.bucket, key: object.key, size: 0)
        if let state, try self.mentions(asset, state, transaction) { continue }
        try ledger.remove(object, stack: id, transaction)
        if try ledger.isUsed(object, account: scope.account, transaction) { continue }
        try store.remove(object, scope: scope, in: transaction)
        buckets.insert(object.bucket)
      }
      for bucket in buckets.sorted()
      where try ledger.hasBucket(bucket, account: scope.account, transaction) {
        guard try store.removeEmptyBucket(bucket, scope: scope, in: transaction) else { continue }
        try ledger.removeBucket(bucket, account: scope.account, transaction)
      }
      try ledger.close(stack: id, transaction)
    }
    effects.crashPoint("assets:settled")
  }

  /// At open: looks at what a crash has left undecided.
  func settleOpenAssets() async throws {
    let ledger = ledger
    for stack in try database.read({ try ledger.openStacks($0) }) {
      try await settleAssets(ofStack: stack.id, in: stack.scope)
    }
  }

  private static func missing(_ asset: Asset) -> StackFailure {
    .missing(asset)
  }
}

extension Asset {
  fileprivate var object: ObjectReference { ObjectReference(bucket: bucket, key: key) }
}

extension StackEngine {
  /// True where the stack or one nested in it names the asset.
  private func mentions(_ asset: Asset, _ state: StackState, _ transaction: Transaction) throws
    -> Bool
  {
    // A deleted stack keeps its outputs on record.
    guard state.status != .deleteComplete else { return false }
    if state.outputs.contains(where: { $0.value.contains(asset.key) }) { return true }
    for resource in state.resources {
      if asset.isMentioned(in: resource.properties) { return true }
      guard resource.type == NestedStackResource.type,
        let nested = try stacks.stack(
          id: resource.identity.physicalID, in: state.environment.scope, transaction)
      else { continue }
      if try mentions(asset, nested, transaction) { return true }
    }
    return false
  }
}

extension ResourceChange {
  fileprivate func mentions(_ asset: Asset) -> Bool {
    after.map { asset.isMentioned(in: $0.properties) } ?? false
      || (nested ?? []).contains { $0.mentions(asset) }
  }
}

extension Plan {
  /// Takes those of the assets that the stack will mention.
  mutating func adopt(_ candidates: [Asset]) {
    let used = candidates.filter { asset in
      changes.contains { $0.mentions(asset) }
        || outputs.contains { $0.after?.value.contains(asset.key) ?? false }
    }
    assets = used.isEmpty ? nil : used
  }
}
