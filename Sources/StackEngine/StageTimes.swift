import Effects
import Synchronization

/// The time that the stages of looking at templates have taken, over all templates together.
public final class StageTimes: Sendable {
  /// In their order; a template passes through each.
  public enum Stage: String, Sendable, CaseIterable {
    /// Text becomes nodes, transforms are carried out, nodes become a template.
    case read
    /// Functions and references are answered, resources held against their types' schemas.
    case resolve
    /// Names are decided, and what a deployment would change.
    case plan
  }

  private let timer: any RealTimer
  private let read = Atomic<Int64>(0)
  private let resolve = Atomic<Int64>(0)
  private let plan = Atomic<Int64>(0)

  public init(_ timer: any RealTimer) { self.timer = timer }

  /// In nanoseconds.
  public subscript(stage: Stage) -> Int64 {
    switch stage {
    case .read: read.load(ordering: .relaxed)
    case .resolve: resolve.load(ordering: .relaxed)
    case .plan: plan.load(ordering: .relaxed)
    }
  }

  fileprivate func add(_ elapsed: Int64, to stage: Stage) {
    switch stage {
    case .read: read.wrappingAdd(elapsed, ordering: .relaxed)
    case .resolve: resolve.wrappingAdd(elapsed, ordering: .relaxed)
    case .plan: plan.wrappingAdd(elapsed, ordering: .relaxed)
    }
  }

  fileprivate var now: Int64 { timer.nanoseconds }
}

extension StageTimes? {
  /// Runs a part of one stage.
  ///
  /// - Parameter outer: the stage whose measurement it falls into, and whose time it is not.
  func measure<T>(
    _ stage: StageTimes.Stage, within outer: StageTimes.Stage, _ body: () throws -> T
  ) rethrows -> T {
    guard let times = self else { return try body() }
    let start = times.now
    defer {
      let elapsed = times.now - start
      times.add(elapsed, to: stage)
      times.add(-elapsed, to: outer)
    }
    return try body()
  }

  /// Runs a whole stage.
  public func measure<T>(
    _ stage: StageTimes.Stage, _ body: () async throws -> T
  ) async rethrows -> T {
    guard let times = self else { return try await body() }
    let start = times.now
    defer { times.add(times.now - start, to: stage) }
    return try await body()
  }
}
