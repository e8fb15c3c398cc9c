import Effects
import ServiceKit

extension WorkerLauncher {
  /// The places as the process sees them.
  func places(_ outside: FunctionPlaces) -> FunctionPlaces {
    guard environment.hosting.isolator != nil else { return outside }
    var places = FunctionWalls.places
    if outside.layers == nil { places.layers = nil }
    return places
  }

  /// nil where functions run without.
  func walls(
    _ program: Program, _ outside: FunctionPlaces
  ) throws -> FunctionWalls? {
    guard let isolator = environment.hosting.isolator else { return nil }
    return try FunctionWalls(
      isolator, outside: outside,
      layerNames: outside.layers.map { try effects.files.list($0) } ?? [],
      folders: program.interpreter.map { try interpreters.visibleFolders(of: $0) } ?? [],
      endpoint: environment.endpoint())
  }

  /// Begins a process that is this machine's like any other.
  func begin(
    _ program: Program, _ function: FunctionModel, _ variables: inout ProcessVariables,
    _ endpoints: any FunctionEndpointProvider
  ) async throws -> Begun {
    let endpoint = try await endpoints.open()
    variables.runtimeAPI = endpoint.address
    var command = self.command(program, function, variables)
    command.mark = "AWS_LAMBDA_RUNTIME_API"
    do {
      return Begun(process: try effects.processes.spawn(command), endpoint: endpoint)
    } catch {
      endpoint.close()
      throw error
    }
  }

  /// Begins a process behind walls.
  func begin(
    _ program: Program, _ function: FunctionModel, _ variables: inout ProcessVariables,
    behind walls: FunctionWalls, _ endpoints: any FunctionEndpointProvider
  ) async throws -> Begun {
    variables.runtimeAPI = walls.runtimeAPI
    variables.endpoint = walls.endpoint
    let folder = program.interpreter.map { interpreter in
      String(interpreter.executable.split(separator: "/").dropLast().map { "/\($0)" }.joined())
    }
    variables.path = ([folder].compactMap { $0 } + ["/usr/local/bin", "/usr/bin", "/bin"])
      .joined(separator: ":")
    var command = self.command(program, function, variables)
    command.sandbox = walls.sandbox
    let process = try effects.processes.spawn(command)
    guard !process.listeners.isEmpty else { throw await Self.refusal(of: process) }
    do {
      let (endpoint, bridge) = try await walls.serve(process, by: endpoints)
      return Begun(process: process, endpoint: endpoint, bridge: bridge)
    } catch {
      process.kill()
      throw error
    }
  }

  /// The reason why bubblewrap put up no walls.
  private static func refusal(of process: any RunningProcess) async -> Interpreters.Missing {
    var output: [UInt8] = []
    for await chunk in process.output where output.count < 65_536 { output += chunk }
    let status = await process.wait()
    let line = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).last
    return Interpreters.Missing(
      reason: "they can't be isolated: \(line.map(String.init) ?? "bwrap ended with \(status)")")
  }

  private func command(
    _ program: Program, _ function: FunctionModel, _ variables: ProcessVariables
  ) -> ProcessCommand {
    var command = ProcessCommand(
      executable: program.executable, arguments: program.arguments, environment: variables.all,
      workingDirectory: variables.places.code)
    command.limits = ProcessLimits(of: function)
    return command
  }
}
