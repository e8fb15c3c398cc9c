import AWSModel
import ArgumentParser
import PropertyTree
import ServiceKit
import StackContracts
import StackModel

struct FlushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush", abstract: "Deliver what waits in a stack's delivery streams, now.",
    discussion: """
      Functions are called, and buffers delivered, whether or not they are full or old enough. What a \
      destination does not take waits on, and its fault is the command's.

      EXAMPLE
        leat flush kinesis-workshop --env dev
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var isolation: IsolationOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await CommandContext(common).run { context in
      let context = try await context.isolating(isolation)
      let state = try await context.deployedStack(stack, command: "flush")
      try await context.withConnection("flush") { connection in
        let request = FlushRequest(scope: common.scope, stackName: state.environment.stackName)
        let delivered = try await context.flush([request], over: connection)
        if common.json {
          let view = BufferView(terminal: context.terminal, now: try await connection.time())
          context.printJSON(["delivered": view.tree(delivered)])
        } else if delivered.isEmpty {
          context.terminal.line("Nothing waits.")
        }
      }
    }
  }
}

/// The choice to deliver waiting records before what would lose them.
struct FlushOptions: ParsableArguments {
  @Flag(
    help: """
      Deliver what waits in delivery streams that go, or whose stream goes, first; stop where a \
      destination does not take it.
      """)
  var flush = false
}

extension CommandContext {
  /// Delivers buffers one stack after the other, and says what was delivered.
  @discardableResult
  func flush(_ requests: [FlushRequest], over connection: any EnvironmentConnection) async throws
    -> [StackBuffer]
  {
    var delivered: [StackBuffer] = []
    for request in requests {
      let found = try await connection.flush(request)
      delivered += found
      if common.json { continue }
      for entry in found where entry.buffer.stage != .bucket {
        terminal.line("Delivered \(BufferView.amount(entry.buffer)) of \(entry.buffer.resource).")
      }
    }
    return delivered
  }

  /// The buffers of a stack, and the time that they are seen at.
  ///
  /// - Parameters:
  ///   - name: nil for a stack that is not there yet.
  ///   - scope: nil for the command's own.
  func buffers(
    _ name: String?, in scope: Scope? = nil, over connection: any EnvironmentConnection
  ) async throws -> (view: BufferView, found: [StackBuffer]) {
    var found: [StackBuffer] = []
    if let name {
      found = try await connection.stacks.buffers(ofStack: name, in: scope ?? common.scope)
    }
    return (BufferView(terminal: terminal, now: try await connection.time()), found)
  }

  /// Delivers what the plan would lose, and plans again: a bucket may hold objects now.
  func flushed(
    _ plan: Plan, over connection: any EnvironmentConnection, again: () async throws -> Plan
  ) async throws -> Plan {
    let delivered = try await flush(FlushRequest.all(for: plan), over: connection)
    return delivered.isEmpty ? plan : try await again()
  }

  /// Ends the command where a kept plan's removal is no longer possible: a bucket may hold objects
  /// now. The plan that is carried out stays the one that was kept.
  func checkRemovals(_ plans: [Plan], over connection: any EnvironmentConnection) async throws {
    var gone: [(scope: Scope, name: String)] = []
    for plan in plans where plan.kind == .delete {
      let place = plan.environment
      let result = try await connection.stacks.planDestroy(
        DestroyRequest(
          scope: place.scope, stackName: place.stackName, discardsContents: plan.discardsContents,
          goneBefore: gone.filter { $0.scope == place.scope }.map(\.name)))
      gone.append((place.scope, place.stackName))
      if result.plan != nil { continue }
      show(result.diagnostics, sources: [:])
      throw Exit.failure
    }
  }
}
