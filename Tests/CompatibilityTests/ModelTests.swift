import APIFacts
import AWSModel
import Effects
import Foundation
import PropertyTree
import StackEngine
import Testing

/// Every operation that is served is one of AWS's, and takes members that AWS's has.
@Suite struct ModelTests {
  /// Leat's own: what GetFunction's Code.Location points at, and what browsers ask before a request.
  static let own: Set<String> = [
    "lambda.DownloadFunctionCode", "lambda.DownloadLayerVersion", "s3.PreflightBucket",
    "s3.PreflightObject",
  ]

  @Test func operationsAndMembersAreInTheModel() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "leat-models-\(ProcessInfo.processInfo.processIdentifier)"
    ).path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    var walked = 0
    for service in local.emulator.services {
      let name = type(of: service).traits.signingName
      let facts = try #require(APIFacts.service(name), "no facts of \(name)")
      Self.checkTraits(type(of: service).traits, facts)
      for operation in service.operations where !Self.own.contains("\(name).\(operation.name)") {
        guard let known = facts.operation(operation.name) else {
          Issue.record("AWS has no \(name).\(operation.name)")
          continue
        }
        // In JSON the wire refuses what the model lacks, before an operation sees it.
        let traits = type(of: service).traits
        guard let type = operation.inputType, [.query, .restXML].contains(traits.wireProtocol)
        else { continue }
        for path in try ReadablePaths.of(type).sorted() {
          walked += 1
          #expect(Self.isKnown(path, known), "\(name).\(operation.name) has no \(path)")
        }
      }
    }
    #expect(walked > 50)
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  /// Holds a service's own traits against its model, where both say them.
  private static func checkTraits(_ traits: ServiceTraits, _ facts: ServiceFacts) {
    #expect(traits.signingName == facts.signingName)
    #expect(traits.targetPrefix == facts.targetPrefix, "\(facts.name)")
    #expect((traits.apiVersion ?? facts.apiVersion) == facts.apiVersion, "\(facts.name)")
    #expect((facts.xmlNamespace ?? traits.xmlNamespace) == traits.xmlNamespace, "\(facts.name)")
  }

  /// - Parameter path: dotted, indices dropped; `*` stands for all that is below.
  private static func isKnown(_ path: String, _ operation: OperationFacts) -> Bool {
    let shapes = operation.shapes
    guard var shape = shapes.input else { return false }
    for name in path.split(separator: ".") where name != "*" {
      while shape.kind == .list, let element = shape.element { shape = shapes[element] }
      let next = shape.kind == .map ? shape.value : shape.member(String(name))
      guard let next else { return false }
      shape = shapes[next]
    }
    return true
  }
}
