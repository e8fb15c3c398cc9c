import AWSModel
import ArgumentParser
import Effects
import Emulator
import Foundation
import PropertyTree
import ServiceTesting
import StackContracts
import StackEngine
import Synchronization
import Testing

@testable import Commands

/// An environment in a world of its own, and commands that run in it as `leat` runs them.
final class CommandBench: Sendable {
  let world = TestWorld()
  let local: LocalEnvironment
  private let lock: DataDirectory
  private let output = Mutex<(out: [UInt8], error: String)>(([], ""))

  init() async throws {
    // A simulated disk has no locks.
    lock = try DataDirectory.open(
      "/tmp/leat-commands-\(LiveRandomSource().uuid())", command: "test", effects: .live())
    local = try await LocalEnvironment.open(
      lock, storage: world.directory, isDurable: true, effects: world.effects,
      compiler: .reading(world.effects.files), report: { _ in })
  }

  /// Runs `body`, and removes the lock afterwards.
  static func with(_ body: (CommandBench) async throws -> Void) async throws {
    let bench = try await CommandBench()
    do { try await body(bench) } catch {
      try await bench.end()
      throw error
    }
    try await bench.end()
  }

  private func end() async throws {
    try await local.close()
    try LiveFileSystem().remove(lock.path)
  }

  var connection: any EnvironmentConnection { EmbeddedConnection(local, scope: .standard) }

  /// The surroundings of a command: what it prints is kept.
  func context(_ common: CommonOptions, isInteractive: Bool = false, width: Int = 100)
    -> CommandContext
  {
    var context = CommandContext(common)
    context.effects = world.effects
    var terminal = Terminal(
      isColoured: false, isInteractive: isInteractive, width: width,
      write: { [self] text in output.withLock { $0.out += Array(text.utf8) } },
      writeError: { [self] text in output.withLock { $0.error += text } })
    terminal.writeBytes = { [self] bytes in
      output.withLock { $0.out += bytes }
      return true
    }
    context.terminal = terminal
    return context
  }

  /// The output since the last call.
  func said() -> (out: String, error: String) {
    output.withLock { output in
      defer { output = ([], "") }
      return (String(decoding: output.out, as: UTF8.self), output.error)
    }
  }

  @discardableResult
  func kinesis(_ name: String, _ members: PropertyValue) async throws -> PropertyValue {
    try await connection.call("kinesis", name, members)
  }

  func makeStream(_ name: String = "s", shards: Int = 1) async throws {
    try await kinesis(
      "CreateStream", ["StreamName": .string(name), "ShardCount": .int(Int64(shards))])
  }

  func put(_ key: String, _ data: [UInt8], stream: String = "s", hash: String? = nil) async throws {
    var members: PropertyObject = [
      "StreamName": .string(stream), "PartitionKey": .string(key),
      "Data": .string(Base64.encode(data)),
    ]
    if let hash { members["ExplicitHashKey"] = .string(hash) }
    try await kinesis("PutRecord", .object(members))
  }

  func put(_ key: String, _ text: String, hash: String? = nil) async throws {
    try await put(key, Array(text.utf8), hash: hash)
  }

  /// Standard output and error of `leat consume …`.
  func consume(
    _ arguments: String..., isInteractive: Bool = false, width: Int = 100,
    interruption: Interruption = Interruption()
  ) async throws -> (out: String, error: String) {
    let command = try await ConsumeCommand.asyncParse(arguments)
    let context = context(command.common, isInteractive: isInteractive, width: width)
    try await command.consume(over: connection, context, interruption)
    return said()
  }

  /// Holds an output against its golden file. `UPDATE_GOLDEN=1` re-records.
  static func check(_ text: String, golden name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/commands")
    let file = folder.appending(path: "\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(text == (try String(contentsOf: file, encoding: .utf8)))
  }
}

/// A clock that hands what is scheduled to a test: a command waits until the test lets it go on.
final class TurnClock: Clock {
  private let clock: any Clock
  private let sink: AsyncStream<@Sendable () async -> Void>.Continuation
  /// The command's waits, in order; ends with the command.
  let turns: AsyncStream<@Sendable () async -> Void>

  init(_ clock: any Clock) {
    self.clock = clock
    (turns, sink) = AsyncStream.makeStream()
  }

  var now: Timestamp { clock.now }

  func schedule(at due: Timestamp, _ work: @escaping @Sendable () async -> Void) -> TimerHandle {
    sink.yield(work)
    return TimerHandle {}
  }

  /// Runs the command that waits by this clock.
  func ending(_ body: () async throws -> Void) async throws {
    defer { sink.finish() }
    try await body()
  }
}
