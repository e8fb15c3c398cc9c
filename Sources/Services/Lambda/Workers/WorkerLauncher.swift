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

  /// The circumstances of a start.
  struct Options: Sendable {
    var revisionID: String
    /// A folder that the code runs from; nil for what was deployed.
    var folder: String?
    var debugger: ObservedCall.Debugger?
    /// Sees the lines of the start.
    var observer: (@Sendable (String) -> Void)?
  }

  /// A program and its arguments, as the process sees them.
  struct Program: Sendable {
    var executable: String
    var arguments: [String] = []
    /// nil where the function brings its own.
    var interpreter: Interpreter?
  }

  /// A process that has begun, and what it reaches.
  struct Begun: Sendable {
    var process: any RunningProcess
    var endpoint: any FunctionEndpoint
    /// Its way out of walls.
    var bridge: (any NetworkBridge)?
  }

  let environment: ServiceEnvironment
  let folders: CodeFolders
  let interpreters: Interpreters
  let relay: LogRelay
  let limits: LambdaLimits
  let notices: RuntimeNotices
  let credentials: RoleCredentialCache

  var effects: Effects { environment.effects }

  /// Throws what this machine refuses (disk, sockets); what the function does wrong is an outcome.
  func start(_ function: FunctionModel, _ key: FunctionKey, _ options: Options) async throws
    -> Outcome
  {
    guard let family = RuntimeCatalog.family(of: function.settings.runtime) else {
      throw ServiceError.unsupported("the runtime `\(function.settings.runtime)`")
    }
    guard let endpoints = environment.functionEndpoints else {
      throw ServiceError.unsupported("running functions in this process")
    }
    var outside = FunctionPlaces(
      code: options.folder ?? "", temporary: "", runtime: folders.bootstrapFolder)
    if options.folder == nil { outside.code = try await folders.prepare(function.codeHash) }
    outside.layers = try await folders.prepare(layers: function.settings.layers.map(\.codeHash))
    let session = try await credentials.credentials(function, key)
    outside.temporary = try folders.makeTemporary()
    let temporary = outside.temporary
    let stream = logStream(function.version)
    let started = effects.realTimer.nanoseconds
    let begun: Begun
    let version: RuntimeVersion
    do {
      let program = try await self.program(family, function, outside, options)
      version = RuntimeVersion(function, program.interpreter, region: key.scope.region.text)
      let walls = try self.walls(program, outside)
      var variables = ProcessVariables(
        function: function, key: key, endpoint: environment.endpoint(), runtimeAPI: "",
        places: walls == nil ? outside : places(outside), logStream: stream,
        path: effects.processes.inherited("PATH"), hasRuntimeClient: program.interpreter != nil,
        packageFolders: program.interpreter?.packageFolders ?? [], credentials: session,
        nowMilliseconds: effects.clock is LiveClock ? nil : effects.clock.now.milliseconds,
        movesClocks: environment.hosting.movesClocks,
        waitsForInspector: options.debugger?.kind == .inspect, isLocal: options.folder != nil)
      if let walls {
        begun = try await begin(program, function, &variables, behind: walls, endpoints)
      } else {
        begun = try await begin(program, function, &variables, endpoints)
      }
    } catch {
      remove(temporary)
      return try failure(error, function, isDebugged: options.debugger != nil)
    }
    let destination = LogDestination(scope: key.scope, group: function.logGroup, stream: stream)
    let worker = FunctionWorker(
      key: key, revisionID: options.revisionID, process: begun.process, endpoint: begun.endpoint,
      output: OutputCollector(
        clock: effects.clock, relay: relay, destination: destination,
        logging: function.settings.logging),
      knowsTime: family != .provided, temporary: temporary,
      goodUntil: session.map(RoleCredentialCache.lastUse))
    worker.output.beginInvocation(observer: options.observer)
    let log = InitLog(
      function: function, version: version, output: worker.output, clock: effects.clock)
    log.start()
    worker.watch(timer: effects.realTimer) {
      begun.bridge?.close()
      remove(temporary)
    }
    return await waitForStart(worker, log, since: started, isBounded: options.debugger == nil)
  }

  /// The outcome where no process began. Throws what is no fault of the function's.
  private func failure(
    _ error: any Error, _ function: FunctionModel, isDebugged: Bool
  ) throws -> Outcome {
    switch error {
    case let missing as Interpreters.Missing where isDebugged:
      throw ServiceError(
        "InvalidParameterValueException",
        "\(function.name) can't be debugged: \(missing.reason).", fields: ["Type": "User"])
    case let missing as Interpreters.Missing:
      return .failed(
        document: ErrorDocument(
          "Runtime.InvalidEntrypoint",
          "Leat can't run \(function.settings.runtime) functions here: \(missing.reason)."
        ).bytes, logTail: "")
    case let file as FileFailure:
      return .failed(
        document: ErrorDocument("Runtime.InvalidEntrypoint", file.description).bytes, logTail: "")
    default: throw error
    }
  }

  private func remove(_ temporary: String) {
    do throws(FileFailure) { try effects.files.remove(temporary) } catch {
      environment.report("A function's working folder stays until the next start: \(error)")
    }
  }

  private func program(
    _ family: RuntimeFamily, _ function: FunctionModel, _ outside: FunctionPlaces,
    _ options: Options
  ) async throws(Interpreters.Missing) -> Program {
    let seen = places(outside)
    if options.debugger != nil, environment.hosting.isolator != nil {
      throw Interpreters.Missing(
        reason: "a debugger can't reach isolated functions; leave --isolate out meanwhile")
    }
    if family == .provided {
      // A layer may bring the runtime along.
      let found = [(outside.code, seen.code), (outside.layers ?? "", seen.layers ?? "")]
        .first { !$0.0.isEmpty && effects.files.exists("\($0.0)/bootstrap") }
      guard let found else {
        throw Interpreters.Missing(reason: "the code has no file `bootstrap`")
      }
      guard options.debugger == nil else {
        throw Interpreters.Missing(
          reason: "debuggers are for Node.js (--inspect) and Python (--debugpy)")
      }
      return Program(executable: "\(found.1)/bootstrap")
    }
    let interpreter = try await interpreters.find(family)
    notices.tell(function.settings.runtime, runsOn: interpreter, family)
    let bootstrap: String
    do { bootstrap = try folders.bootstrap(family) } catch {
      throw Interpreters.Missing(reason: "the runtime client can't be written: \(error)")
    }
    var arguments = try debuggerArguments(family, options.debugger)
    if options.debugger?.kind == .debugpy {
      try await interpreters.require("debugpy", of: interpreter)
    }
    if family == .node {
      // Its memory is watched besides; this makes the collector work before it is too late.
      arguments += ["--no-deprecation", "--max-old-space-size=\(function.settings.memorySize)"]
    }
    return Program(
      executable: interpreter.executable, arguments: arguments + ["\(seen.runtime)/\(bootstrap)"],
      interpreter: interpreter)
  }

  private func debuggerArguments(
    _ family: RuntimeFamily, _ debugger: ObservedCall.Debugger?
  ) throws(Interpreters.Missing) -> [String] {
    guard let debugger else { return [] }
    let address = "127.0.0.1:\(debugger.port)"
    switch (debugger.kind, family) {
    case (.inspect, .node): return ["--inspect=\(address)"]
    case (.debugpy, .python):
      return ["-Xfrozen_modules=off", "-m", "debugpy", "--listen", address, "--wait-for-client"]
    case (.inspect, _):
      throw Interpreters.Missing(reason: "--inspect is for Node.js; --debugpy is for Python")
    case (.debugpy, _):
      throw Interpreters.Missing(reason: "--debugpy is for Python; --inspect is for Node.js")
    }
  }

  /// - Parameter isBounded: false where a process waits for a debugger first.
  private func waitForStart(
    _ worker: FunctionWorker, _ log: InitLog, since started: Int64, isBounded: Bool
  ) async -> Outcome {
    let timeout =
      isBounded
      ? effects.realTimer.after(milliseconds: Int64(limits.startSecondsMax) * 1000) {
        worker.kill(.timeout)
      } : nil
    let start = await worker.endpoint.started()
    timeout?.cancel()
    let milliseconds = Double(effects.realTimer.nanoseconds - started) / 1_000_000
    switch start {
    case .ready:
      worker.setStart(milliseconds: milliseconds)
      log.end(milliseconds: milliseconds, InvocationEnding())
      return .started(worker)
    case .failed(let document):
      await worker.waitForEnd()
      let type = ErrorDocument.type(of: document)
      log.end(milliseconds: milliseconds, InvocationEnding(status: .error, errorType: type))
      return .failed(document: document, logTail: worker.output.tail)
    case .closed:
      await worker.waitForEnd()
      let isLate = worker.killReason == .timeout
      let document =
        isLate
        ? ErrorDocument(
          "Sandbox.Timedout",
          "The function's code took more than \(limits.startSecondsMax) s to load.")
        : ErrorDocument.exit(status: worker.exitStatus ?? 0, requestID: nil)
      log.end(
        milliseconds: milliseconds,
        isLate
          ? InvocationEnding(status: .timeout)
          : InvocationEnding(status: .error, errorType: document.type))
      return .failed(document: document.bytes, logTail: worker.output.tail)
    }
  }

  /// `2026/11/21/[$LATEST]<32 hexadecimal digits>`
  private func logStream(_ version: String) -> String {
    let day = effects.clock.now.iso8601.prefix(10).split(separator: "-").joined(separator: "/")
    return "\(day)/[\(version)]\(effects.random.text(32, from: "0123456789abcdef"))"
  }
}

extension ProcessLimits {
  /// AWS's limit of open files, and of processes and threads.
  private static let countMax: Int64 = 1024
  /// The memory at which a function has a whole processor, in megabytes.
  private static let wholeProcessor = 1769

  /// - Parameter function: one with less memory stands back where others want the processor too: by
  ///   one for each time that its memory goes twice into a whole processor's, 3 at most.
  init(of function: FunctionModel) {
    self.init()
    openFiles = Self.countMax
    furtherTasks = Self.countMax
    fileBytes = Int64(function.settings.ephemeralMegabytes) << 20
    var memory = function.settings.memorySize
    while memory * 2 <= Self.wholeProcessor, niceness < 3 {
      memory *= 2
      niceness += 1
    }
  }
}
