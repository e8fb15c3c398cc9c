import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Keeps one process of the engine: starts it with the first job, gives it one job at a time, starts
/// another one where it has died, and stops it when it has been idle.
actor EngineSupervisor {
  private let environment: ServiceEnvironment
  private let limits: EngineLimits
  private let locate: @Sendable (Effects) -> EngineLocation?
  private var process: EngineProcess?
  private var isBusy = false
  private var isStopped = false
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private var idleTimer: TimerHandle?

  init(
    environment: ServiceEnvironment, limits: EngineLimits,
    locate: @escaping @Sendable (Effects) -> EngineLocation?
  ) {
    self.environment = environment
    self.limits = limits
    self.locate = locate
  }

  private var effects: Effects { environment.effects }

  /// - Parameters:
  ///   - folder: the process's working directory.
  ///   - inputBytes: size of the job's input, which its time depends on.
  /// - Throws: `ServiceError` where there is no engine, it fails, or takes too long. A job during
  ///   which the process dies is tried once more in another one.
  func run(_ job: PropertyValue, folder: String, inputBytes: Int64) async throws -> PropertyValue {
    await takeTurn()
    defer { giveTurn() }
    let seconds = limits.jobSecondsMax + inputBytes / limits.bytesPerSecondMin
    var ending = ""
    for _ in 0..<2 {
      let process = try await running(in: folder)
      let id = effects.random.uuid()
      switch await process.run(job, id: id, seconds: seconds) {
      case .done(let answer): return answer
      case .failed(let reason): throw Self.failure("failed: \(reason)")
      case .timedOut:
        self.process = nil
        throw Self.failure("took more than \(seconds) s")
      case .died(let reason):
        self.process = nil
        ending = reason
        if isStopped { break }
        environment.report("The query engine died and is started again: \(reason)")
      }
    }
    throw Self.failure("died twice: \(ending)")
  }

  /// Kills the process and refuses further jobs; returns when it is gone.
  func stop() async {
    isStopped = true
    idleTimer?.cancel()
    guard let process else { return }
    self.process = nil
    process.kill()
    await process.waitForEnd()
  }

  // MARK: Turns

  private func takeTurn() async {
    idleTimer?.cancel()
    if isBusy {
      await withCheckedContinuation { waiters.append($0) }
    } else {
      isBusy = true
    }
  }

  private func giveTurn() {
    if !waiters.isEmpty { return waiters.removeFirst().resume() }
    isBusy = false
    guard process != nil else { return }
    idleTimer = effects.realTimer.after(milliseconds: limits.idleSecondsMax * 1000) { [weak self] in
      await self?.stopIdle()
    }
  }

  private func stopIdle() async {
    guard !isBusy, let process else { return }
    self.process = nil
    process.kill()
    await process.waitForEnd()
  }

  // MARK: The process

  private func running(in folder: String) async throws -> EngineProcess {
    if isStopped { throw Self.failure("is being stopped") }
    if let process, process.isAlive { return process }
    guard let endpoints = environment.functionEndpoints else {
      throw ServiceError.unsupported("running the query engine in this process")
    }
    guard let location = locate(effects) else {
      throw Self.failure("is not installed: \(EngineLocation.advice)")
    }
    let endpoint = try await endpoints.open()
    let started: any RunningProcess
    do throws(FileFailure) {
      started = try effects.processes.spawn(command(location, endpoint.address, folder))
    } catch {
      endpoint.close()
      throw Self.failure("can't be started (\(error)): \(EngineLocation.advice)")
    }
    let process = EngineProcess(started, endpoint, timer: effects.realTimer)
    self.process = process
    if let reason = await process.waitForStart(seconds: limits.startSecondsMax) {
      self.process = nil
      throw Self.failure(
        "doesn't start with \(location.executable) (\(reason)): \(EngineLocation.advice)")
    }
    return process
  }

  private func command(_ location: EngineLocation, _ address: String, _ folder: String)
    -> ProcessCommand
  {
    var variables = [
      "AWS_LAMBDA_RUNTIME_API": address,
      // Reserves no memory ahead, which would count against the limit.
      "ARROW_DEFAULT_MEMORY_POOL": "system",
    ]
    for name in ["PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION"] {
      variables[name] = effects.processes.inherited(name)
    }
    return ProcessCommand(
      executable: location.executable, arguments: ["-c", EngineProgram.source],
      environment: variables, workingDirectory: folder, memoryBytesMax: limits.memoryBytesMax)
  }

  private static func failure(_ reason: String) -> ServiceError {
    ServiceError("QueryEngineFailure", "The query engine \(reason).", status: 500)
  }
}
