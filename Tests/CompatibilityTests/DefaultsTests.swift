import Diagnostics
import Effects
import Foundation
import PropertyTree
import ResourceFacts
import ResourceModel
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// A default that is written out says nothing, and is never refused: tools write all of them.
@Suite struct DefaultsTests {
  /// Every default of a type, and an empty list for every list that Leat does not implement.
  private func cases(_ schema: ResourceSchema, _ type: ResourceType) -> [(String, PropertyValue)] {
    var all = schema.defaults.flatMap { path, values in values.map { (path, $0) } }
    guard let facts = ResourceFacts.facts(of: type.text) else { return all }
    for (name, index) in facts.shape(facts.root).facts.properties {
      let shape = facts.shape(index).facts
      // An implemented property takes its default as it takes any value.
      if let value = shape.defaultValue, !facts.readOnly.contains(name) {
        all.append((name, value))
      }
      guard shape.kinds == .array, shape.minItems ?? 0 == 0, !facts.readOnly.contains(name),
        !schema.supported.contains(name), schema.defaults[name] == nil
      else { continue }
      all.append((name, []))
    }
    return all.sorted { $0.0 < $1.0 }
  }

  @Test func everyDefaultOfEveryTypeIsTaken() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "leat-defaults-\(UUID())")
      .path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    var walked: Set<String> = []
    for (type, provider) in local.engine.catalog.providers {
      for (path, value) in cases(provider.schema, type) {
        var properties = value
        for key in path.split(separator: ".").reversed() { properties = [String(key): properties] }
        let template: PropertyValue = [
          "Resources": ["R": ["Type": .string(type.text), "Properties": properties]]
        ]
        let result = try await local.engine.plan(
          DeployRequest(
            stackName: "s", templateBody: JSONWriter.compact(template), templateFile: "t.json",
            capabilities: ["CAPABILITY_NAMED_IAM"]))
        let refused = result.diagnostics.filter {
          [.unsupportedProperty, .unsupportedValue].contains($0.code)
        }
        #expect(refused.map(\.message) == [], "\(type) \(path)")
        walked.insert("\(type.text).\(path)")
      }
    }
    #expect(walked.count > 15, "\(walked.sorted())")
    for known in ["AWS::Lambda::Function.VpcConfig", "AWS::Logs::LogGroup.LogGroupClass"] {
      #expect(walked.contains(known))
    }
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test func aDefaultIsNowhereInThePlan() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "leat-defaults-\(UUID())")
      .path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    func plan(_ more: String) async throws -> PlanResult {
      try await local.engine.plan(
        DeployRequest(
          stackName: "s",
          templateBody: """
            Parameters: { Dual: { Type: String, Default: "false" } }
            Resources:
              F:
                Type: AWS::Lambda::Function
                Properties:
                  Runtime: python3.12
                  Handler: index.handler
                  Role: arn:aws:iam::000000000000:role/r
                  Code: { ZipFile: "def handler(event, context): return 1" }
                  \(more)
            """, templateFile: "t.yaml", capabilities: []))
    }
    let made = try #require(
      try await plan(
        "VpcConfig: { SubnetIds: [], SecurityGroupIds: [], Ipv6AllowedForDualStack: !Ref Dual }"
      ).plan)
    _ = try await local.engine.apply(made) { _ in }
    let again = try #require(
      try await plan("FileSystemConfigs: []").plan, "defaults come and go unseen")
    #expect(again.changes.allSatisfy { $0.action == .keep })
    let active = try await plan("VpcConfig: { SubnetIds: [subnet-1], SecurityGroupIds: [] }")
    #expect(active.diagnostics.contains { $0.code == .unsupportedProperty })
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  /// A stack's tags reach every type that has tags.
  @Test func everyTypeWithTagsTakesThoseOfItsStack() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "leat-tags-\(UUID())")
      .path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    var walked = 0
    for (type, provider) in local.engine.catalog.providers {
      guard let tagging = ResourceFacts.facts(of: type.text)?.tagging, tagging.isUpdatable else {
        continue
      }
      walked += 1
      let form = try #require(provider.schema.tagForm, "\(type) has tags")
      let own = form.adding(["own": "1"], to: [:])
      let all = form.adding(["own": "2", "team": "ours"], to: own)
      #expect(form.table(in: all) == ["own": "1", "team": "ours"], "\(type)")
      #expect(form.removing(where: { $0 == "team" }, from: all) == own, "\(type)")
      #expect(form.removing(where: { _ in true }, from: all) == [:], "\(type)")
    }
    #expect(walked >= 8)
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
  }
}
