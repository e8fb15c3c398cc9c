import Effects
import StackContracts
import StackModel

/// Waiting for others, as long as `--wait` says.
extension CommandContext {
  private static let pauseMilliseconds: Int64 = 50

  /// Tries again while another process has the data directory.
  func waitingForDirectory<T>(_ attempt: () async throws -> T) async throws -> T {
    let deadline = effects.clock.now.milliseconds + common.waitMilliseconds
    var isTold = false
    while true {
      do { return try await attempt() } catch let failure as StackFailure
        where failure.code == .dataDirectoryBusy && effects.clock.now.milliseconds < deadline
      {
        if !isTold { tell("Waiting: \(failure.message)") }
        isTold = true
        await pause()
      }
    }
  }

  /// Returns when no deployment of the stack is under way, or when the time is over: whoever goes on
  /// then is told what stands against it.
  func waitingForStack(
    _ name: String, over connection: any EnvironmentConnection
  ) async throws {
    let deadline = effects.clock.now.milliseconds + common.waitMilliseconds
    var isTold = false
    while effects.clock.now.milliseconds < deadline,
      let state = try await connection.stacks.stack(named: name, in: common.scope),
      state.status.isInProgress
    {
      if !isTold { tell("Waiting: the stack `\(name)` is in \(state.status.rawValue)") }
      isTold = true
      await pause()
    }
  }

  private func tell(_ sentence: String) {
    terminal.errorLine(terminal.styled(sentence, .faint))
  }

  private func pause() async {
    let due = effects.clock.now.milliseconds + Self.pauseMilliseconds
    await withCheckedContinuation { continuation in
      effects.clock.schedule(at: Timestamp(milliseconds: due)) { continuation.resume() }
    }
  }
}
