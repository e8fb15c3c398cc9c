import AWSModel
import Effects
import Emulator
import Glibc
import PropertyTree
import ServiceKit
import StackEngine
import StackModel
import Testing

/// A whole environment over a new data directory and a virtual clock.
final class SecretsBench: Sendable {
  let directory: String
  let clock: VirtualClock
  let local: LocalEnvironment

  init() async throws {
    let directory = Self.newDirectory()
    let clock = VirtualClock(startingAt: Timestamp(year: 2026, month: 11, day: 21))
    self.directory = directory
    self.clock = clock
    local = try await LocalEnvironment.open(
      directory, command: "test", effects: Self.effects(clock))
  }

  static func effects(_ clock: VirtualClock) -> Effects {
    Effects(
      clock: clock, random: LiveRandomSource(), files: LiveFileSystem(),
      processes: LiveProcessSpawner())
  }

  static func newDirectory() -> String {
    var template = Array("/tmp/leat-secrets-XXXXXX".utf8CString)
    return template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  /// Removes the data directory.
  func end() async throws {
    try await local.close()
    try LiveFileSystem().remove(directory)
  }

  @discardableResult
  func ssm(_ name: String, _ members: PropertyValue) async throws -> PropertyValue {
    try await local.emulator.call(service: "ssm", operation: name, members: members)
  }

  @discardableResult
  func secrets(_ name: String, _ members: PropertyValue) async throws -> PropertyValue {
    try await local.emulator.call(service: "secretsmanager", operation: name, members: members)
  }

  func put(_ name: String, _ value: String, _ type: String = "String") async throws {
    try await ssm(
      "PutParameter",
      ["Name": .string(name), "Value": .string(value), "Type": .string(type), "Overwrite": true])
  }

  func value(_ name: String) async throws -> String? {
    try await ssm("GetParameter", ["Name": .string(name)])["Parameter"]?["Value"]?.stringValue
  }

  func plan(_ body: String, parameters: [String: String] = [:]) async throws -> PlanResult {
    try await local.engine.plan(
      DeployRequest(
        stackName: "s", templateBody: body, templateFile: "t.yaml", parameters: parameters))
  }

  @discardableResult
  func deploy(_ body: String, parameters: [String: String] = [:]) async throws -> StackState {
    let result = try await plan(body, parameters: parameters)
    let plan = try #require(result.plan, "\(result.diagnostics)")
    return try await local.engine.apply(plan) { _ in }
  }

  /// The error that the call must end in.
  func fault(_ body: () async throws -> some Any) async throws -> String? {
    do {
      _ = try await body()
    } catch let error as ServiceError { return error.code }
    return nil
  }
}
