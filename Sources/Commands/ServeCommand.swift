import ArgumentParser
import Effects
import ServiceKit
import StackEngine

/// The clock that a server runs on.
enum ClockKind: String, ExpressibleByArgument, CaseIterable {
  case real, virtual
}

/// The rates that a server holds its clients to.
enum Throttling: String, ExpressibleByArgument, CaseIterable {
  case real, off
}

/// The address and state of a server.
struct ServerOptions: ParsableArguments {
  @Option(help: "The port; 0 takes a free one.")
  var port = 4566
  @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
  var host = "127.0.0.1"
  @Flag(help: "Keep nothing: state lives in a temporary folder and is not synced to disk.")
  var ephemeral = false
  @Option(help: "real, or virtual: time stands still until `leat clock advance`.")
  var clock: ClockKind = .real
  @Flag(
    help: """
      Run functions from the local folders that they were deployed from: a change counts from the \
      next call on.
      """)
  var watch = false
  @Flag(
    help: "With a virtual clock: functions of Node.js and Python are shown its time as theirs.")
  var virtualTimeInFunctions = false
  @OptionGroup var isolation: IsolationOptions
  @Option(help: "real: shards take and give no more than AWS's do, by the clock; or off.")
  var throttle: Throttling = .off

  func validate() throws {
    guard (0...65535).contains(port) else { throw ValidationError("--port is from 0 to 65535.") }
    guard clock == .virtual || !virtualTimeInFunctions else {
      throw ValidationError("--virtual-time-in-functions needs --clock virtual.")
    }
  }

  /// The way in which functions run.
  var hosting: FunctionHosting {
    var hosting = FunctionHosting()
    hosting.runsLocalCode = watch
    hosting.movesClocks = virtualTimeInFunctions
    return hosting
  }
}

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the environment as AWS-compatible HTTP.",
    discussion: """
      AWS clients need AWS_ENDPOINT_URL=http://127.0.0.1:4566, AWS_DEFAULT_REGION and any \
      credentials; an access key of 12 digits is the account. Ctrl-C and SIGTERM end the server; \
      records that wait in buffers are kept.

      EXAMPLES
        leat serve
        leat serve --port 4600 --data ~/leat-data
        leat serve --ephemeral --clock virtual
        leat serve --watch
        leat serve --isolate
        leat serve --throttle real
        leat serve --allow-unsupported
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var common: CommonOptions
  @Flag(
    name: .customLong("allow-unsupported"),
    help: "Leave out what Leat does not provision of templates that come over the API.")
  var allowUnsupported = false

  func run() async throws {
    try await CommandContext(common).run { context in
      try await ServerRun(
        context.isolating(server.isolation), server, command: "serve",
        allowsUnsupported: allowUnsupported
      ).run { _, _ in }
    }
  }
}

struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Deploy a stack and serve it in the foreground.",
    discussion: """
      EXAMPLES
        leat up kinesis-workshop --env dev
        leat up template.yaml --ephemeral --clock virtual --yes
        leat up cdk.out
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var template: TemplateOptions
  @OptionGroup var server: ServerOptions
  @OptionGroup var common: CommonOptions
  @Flag(name: .shortAndLong, help: "Deploy without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      let context = try await context.isolating(server.isolation)
      if let assembly = try context.assembly(stack, []) {
        let targets = try context.targets(assembly.stacks, template)
        let run = serverRun(context)
        try await run.checkAddress()
        return try await run.run { context, local in
          let connection = EmbeddedConnection(local, scope: common.scope)
          try await context.deploy(targets, over: connection, yes: yes)
        }
      }
      let reference = try StackReference(stack, needsTemplate: true, files: context.effects.files)
      let run = serverRun(context)
      try await run.checkAddress()
      try await run.run { context, local in
        let connection = EmbeddedConnection(local, scope: common.scope)
        try await context.deploy(reference, template, over: connection, yes: yes)
      }
    }
  }

  private func serverRun(_ context: CommandContext) -> ServerRun {
    ServerRun(context, server, command: "up", allowsUnsupported: template.allowUnsupported)
  }
}
