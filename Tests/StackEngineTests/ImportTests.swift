import PropertyTree
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Imports, carried out.
@Suite struct ImportTests {
  static let body = template(
    "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Name\": \"found\", \"Size\": 2}}")

  @Test func anImportTouchesNothingAndTheNextDeploymentChanges() async throws {
    let environment = try TestEnvironment()
    try await environment.holdQueue("found", ["Size": 1])
    let held = try environment.held()
    let state = try await environment.deploy(Self.body, imports: ["Q": "found"])
    #expect(state.status == .importComplete)
    #expect(state.resources.map(\.status) == [.importComplete])
    #expect(try environment.held() == held)
    #expect(try await environment.recorded() == held)
    #expect(try await environment.deploy(Self.body).status == .updateComplete)
    #expect(try environment.held().map { $0.properties["Size"] } == [2])
    try environment.database.close()
  }

  /// A rule of the plan holds while it is carried out, too.
  @Test func whatIsGoneOrTakenMeanwhileIsRolledBack() async throws {
    let environment = try TestEnvironment()
    try await environment.holdQueue("found", ["Size": 2])
    var request = environment.request(Self.body)
    request.imports = ["Q": "found"]
    let plan = try #require(try await environment.engine.plan(request).plan)
    try await environment.deploy(Self.body, name: "other", imports: ["Q": "found"])
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .importRollbackComplete)
    #expect(state.statusReason?.hasPrefix("Resource found already exists in stack arn:") == true)
    #expect(state.resources == [])
    // The stack that is left takes the next import.
    let destruction = try await environment.engine.planDestroy(DestroyRequest(stackName: "other"))
    _ = try await environment.engine.apply(try #require(destruction.plan)) { _ in }
    try await environment.holdQueue("found", ["Size": 2])
    let again = try await environment.deploy(Self.body, imports: ["Q": "found"])
    #expect(again.status == .importComplete)
    try environment.database.close()
  }
}
