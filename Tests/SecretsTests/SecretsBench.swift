import AWSModel
import Effects
import Emulator
import PropertyTree
import ServiceKit
import ServiceTesting
import StackContracts
import StackEngine
import StackModel
import Testing

/// A whole environment in a world of its own.
final class SecretsBench: Sendable {
  let world = TestWorld()
  let local: LocalEnvironment
  private let lock: DataDirectory

  init() async throws {
    // A simulated disk has no locks.
    lock = try DataDirectory.open(
      "/tmp/leat-secrets-\(LiveRandomSource().uuid())", command: "test", effects: .live())
    local = try await LocalEnvironment.open(
      lock, storage: world.directory, isDurable: true, effects: world.effects,
      compiler: .reading(world.effects.files), report: { _ in })
  }

  /// Closes the environment, and removes the lock.
  func end() async throws {
    try await local.close()
    try LiveFileSystem().remove(lock.path)
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
