import PropertyTree
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Every type tells in the stack's report what was changed behind its back, and nothing else.
@Suite struct LiveDriftTests {
  @Test func aReportTellsTheChangeOfEachType() async throws {
    try await LiveResourceTests.withEnvironment { local in
      let state = try await LiveResourceTests.deploy(local)
      let before = try await local.engine.drift(ofStack: "live", in: .standard)
      #expect(before.drifted.map(\.name) == [])
      #expect(
        before.resources.filter { $0.status == .notChecked }.map(\.name) == ["Metadata"])
      #expect(before.resources.contains { $0.name == "Nested/Inner" })
      for resource in state.resources {
        guard let change = LiveResourceTests.changes[resource.logicalID] else { continue }
        try await LiveResourceTests.make(change, resource, local)
        let report = try await local.engine.drift(ofStack: "live", in: .standard)
        let drift = try #require(
          report.resources.first { $0.name == resource.logicalID.text })
        guard let path = change.path else {
          #expect(drift.status == .deleted, "\(resource.logicalID)")
          continue
        }
        #expect(drift.status == .modified, "\(resource.logicalID)")
        let places = drift.differences.map(\.path.description)
        #expect(!places.isEmpty && places.allSatisfy { $0.hasPrefix(path) }, "\(places)")
      }
    }
  }

  /// Types whose change was no removal, all put back by one deployment.
  @Test func everyTypeIsPutBack() async throws {
    try await LiveResourceTests.withEnvironment { local in
      let state = try await LiveResourceTests.deploy(local)
      for resource in state.resources {
        guard let change = LiveResourceTests.changes[resource.logicalID], change.path != nil else {
          continue
        }
        try await LiveResourceTests.make(change, resource, local)
      }
      let drifted = try await local.engine.drift(ofStack: "live", in: .standard).drifted
      #expect(drifted.count > 15)
      var request = DeployRequest(
        stackName: "live", templateBody: LiveResourceTests.template, templateFile: "live.yaml",
        capabilities: ["CAPABILITY_NAMED_IAM"])
      request.drift = .reverted
      let result = try await local.engine.plan(request)
      let plan = try #require(result.plan, "\(result.diagnostics.map(\.message))")
      let end = try await local.engine.apply(plan) { _ in }
      #expect(end.status == .updateComplete, "\(end.statusReason ?? "")")
      let left = try await local.engine.drift(ofStack: "live", in: .standard).drifted
      #expect(left.map(\.name) == [])
    }
  }
}
