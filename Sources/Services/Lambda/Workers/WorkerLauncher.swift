import AWSModel
import Effects
import ServiceKit

/// Starts function processes and waits until their code is loaded.
struct WorkerLauncher: Sendable {
  enum Outcome: Sendable {
    case started(FunctionWorker)
    /// The error document that the caller of the function gets, and the process's output so far.
    case failed(document: [UInt8], logTail: String)
  }

  let environment: ServiceEnvironment
  let folders: CodeFolders
  let interpreters: Interpreters
  let relay: LogRelay
  let limits: LambdaLimits
  let notices: RuntimeNotices

  private var effects: Effects { environment.effects }

  /// Throws what this machine refuses (disk, sockets); what the function does wrong is an outcome.
  func start(_ function: FunctionModel, _ key: FunctionKey) async throws -> Outcome {
    guard let family = RuntimeCatalog.family(of: function.settings.runtime) else {
      throw ServiceError.unsupported("the runtime `\(function.settings.runtime)`")
    }
    guard let endpoints = environment.functionEndpoints else {
      throw ServiceError.unsupported("running functions in this process")
    }
    let code = try await folders.prepare(function.codeHash)
    let layers = try await folders.prepare(layers: function.settings.layers.map(\.codeHash))
    let program: (executable: String, arguments: [String], packages: [String])
    do throws(Interpreters.Missing) {
      program = try await self.program(family, function, code, layers)
    } catch {
      return .failed(
        document: ErrorDocument(
          "Runtime.InvalidEntrypoint",
          "Leat can't run \(function.settings.runtime) functions here: \(error.reason)."
        ).bytes, logTail: "")
    }
    let temporary = try folders.makeTemporary()
    let endpoint = try await endpoints.open()
    let stream = logStream(function.version)
    let variables = ProcessVariables(
      function: function, key: key, endpoint: environment.endpoint(), runtimeAPI: endpoint.address,
      codeFolder: code, layerFolder: layers, temporary: temporary, logStream: stream,
      path: effects.processes.inherited("PATH"), packageFolders: program.packages)
    let started = effects.realTimer.nanoseconds
    let process: any RunningProcess
    do {
      process = try effects.processes.spawn(
        ProcessCommand(
          executable: program.executable, arguments: program.arguments,
          environment: variables.all, workingDirectory: code))
    } catch {
      endpoint.close()
      remove(temporary)
      return .failed(
        document: ErrorDocument("Runtime.InvalidEntrypoint", error.description).bytes, logTail: "")
    }
    let destination = LogDestination(scope: key.scope, group: function.logGroup, stream: stream)
    let worker = FunctionWorker(
      key: key, revisionID: function.revisionID, process: process, endpoint: endpoint,
      output: OutputCollector(
        clock: effects.clock, relay: relay, destination: destination,
        logging: function.settings.logging),
      emitsEndMarks: family != .provided)
    worker.watch(timer: effects.realTimer) { remove(temporary) }
    return await waitForStart(worker, since: started)
  }

  private func remove(_ temporary: String) {
    do throws(FileFailure) { try effects.files.remove(temporary) } catch {
      environment.report("A function's working folder stays until the next start: \(error)")
    }
  }

  private func program(
    _ family: RuntimeFamily, _ function: FunctionModel, _ code: String, _ layers: String?
  ) async throws(Interpreters.Missing)
    -> (executable: String, arguments: [String], packages: [String])
  {
    if family == .provided {
      // A layer may bring the runtime along.
      let path = [code, layers].compactMap { $0 }.map { "\($0)/bootstrap" }
        .first { effects.files.exists($0) }
      guard let path else {
        throw Interpreters.Missing(reason: "the code has no file `bootstrap`")
      }
      return (path, [], [])
    }
    let interpreter = try await interpreters.find(family)
    notices.tell(function.settings.runtime, runsOn: interpreter, family)
    let bootstrap: String
    do { bootstrap = try folders.bootstrap(family) } catch {
      throw Interpreters.Missing(reason: "the runtime client can't be written: \(error)")
    }
    let arguments =
      family == .node
      // Its memory is watched besides; this makes the collector work before it is too late.
      ? ["--no-deprecation", "--max-old-space-size=\(function.settings.memorySize)", bootstrap]
      : [bootstrap]
    return (interpreter.executable, arguments, interpreter.packageFolders)
  }

  private func waitForStart(_ worker: FunctionWorker, since started: Int64) async -> Outcome {
    let timeout = effects.realTimer.after(milliseconds: Int64(limits.startSecondsMax) * 1000) {
      worker.kill(.timeout)
    }
    let start = await worker.endpoint.started()
    timeout.cancel()
    switch start {
    case .ready:
      worker.setStart(
        milliseconds: Double(effects.realTimer.nanoseconds - started) / 1_000_000)
      return .started(worker)
    case .failed(let document):
      await worker.waitForEnd()
      return .failed(document: document, logTail: worker.output.tail)
    case .closed:
      await worker.waitForEnd()
      let document =
        worker.killReason == .timeout
        ? ErrorDocument(
          "Sandbox.Timedout",
          "The function's code took more than \(limits.startSecondsMax) s to load.")
        : ErrorDocument.exit(status: worker.exitStatus ?? 0, requestID: nil)
      return .failed(document: document.bytes, logTail: worker.output.tail)
    }
  }

  /// `2026/11/21/[$LATEST]<32 hexadecimal digits>`
  private func logStream(_ version: String) -> String {
    let day = effects.clock.now.iso8601.prefix(10).split(separator: "-").joined(separator: "/")
    return "\(day)/[\(version)]\(effects.random.text(32, from: "0123456789abcdef"))"
  }
}
