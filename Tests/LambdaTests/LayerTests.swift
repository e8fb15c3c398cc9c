import AWSModel
import Archives
import PropertyTree
import ServiceKit
import Testing

@testable import Lambda

@Suite struct LayerTests {
  private func publish(_ fixture: Fixture, _ name: String, _ files: [String: String]) async throws
    -> PropertyValue
  {
    var zip = ZipWriter()
    for (path, text) in files.sorted(by: { $0.key < $1.key }) { zip.add(path, Array(text.utf8)) }
    return try await fixture.call(
      "PublishLayerVersion",
      [
        "LayerName": .string(name), "CompatibleRuntimes": ["python3.11"],
        "Content": ["ZipFile": .string(Base64.encode(zip.finished()))],
      ]
    ).members
  }

  private static let source = """
    import os, shared, own
    def handler(event, context):
        data = open(os.path.join(os.environ["LEAT_LAYERS"], "data.txt")).read()
        return [shared.VALUE, own.VALUE, data]
    """

  @Test func layersLieOverOneAnotherInOrder() async throws {
    let fixture = try Fixture()
    let one = try await publish(
      fixture, "one", ["python/shared.py": "VALUE = 'one'", "data.txt": "one"])
    let two = try await publish(
      fixture, "two",
      [
        "python/lib/python3.11/site-packages/own.py": "VALUE = 'own'",
        "data.txt": "two",
      ])
    #expect(
      one["Version"] == 1 && one["LayerArn"] == "arn:aws:lambda:eu-west-1:111122223333:layer:one")
    let arns = try [one, two].map { try #require($0["LayerVersionArn"]) }
    let zip = Base64.encode(Fixture.archive("index.py", Self.source))
    let made = try await fixture.call(
      "CreateFunction",
      VersionTests.members("f", ["Code": ["ZipFile": .string(zip)], "Layers": .list(arns)])
    ).members
    #expect(made["Layers"]?.listValue?.compactMap { $0["Arn"] } == arns)
    #expect(try await fixture.invoke("f").tree == ["one", "own", "two"])
    // A function keeps the layer that it has when the version goes.
    _ = try await fixture.call("DeleteLayerVersion", ["LayerName": "two", "VersionNumber": 1])
    _ = try await fixture.call(
      "UpdateFunctionConfiguration",
      ["FunctionName": "f", "MemorySize": 256, "Layers": .list(arns.reversed())])
    #expect(try await fixture.invoke("f").tree == ["one", "own", "one"])
    let next = try await publish(fixture, "two", ["data.txt": "three"])
    #expect(next["Version"] == 2, "numbers are not used again")
    let listed = try await fixture.call("ListLayers", [:]).members
    #expect(
      listed["Layers"]?.listValue?.compactMap { $0["LatestMatchingVersion"]?["Version"] } == [1, 2])
    _ = try await fixture.call("DeleteFunction", ["FunctionName": "f"])
    _ = try await fixture.call("DeleteLayerVersion", ["LayerName": "two", "VersionNumber": 2])
    _ = try await fixture.call("DeleteLayerVersion", ["LayerName": "one", "VersionNumber": 1])
    #expect(try fixture.database.read { try CodeStore().hashes($0) }.isEmpty)
    try await fixture.close()
  }

  @Test func refusals() async throws {
    let fixture = try Fixture()
    let one = try await publish(fixture, "l", ["a": "1"])
    let two = try await publish(fixture, "l", ["a": "2"])
    let arns = try [one, two].map { try #require($0["LayerVersionArn"]) }
    for (layers, expected) in [
      (arns, "InvalidParameterValueException: Two different versions of the same layer"),
      (
        ["arn:aws:lambda:eu-west-1:111122223333:layer:l:9"],
        "InvalidParameterValueException: Layer version arn:aws:lambda:eu-west-1:111122223333:layer:l:9 does not exist."
      ),
      (
        Array(repeating: arns[0], count: 6),
        "InvalidParameterValueException: Cannot reference more than 5 layers."
      ),
      (["l:1"], "ValidationException"),
    ] as [([PropertyValue], String)] {
      let fault = await VersionTests.fault {
        _ = try await fixture.call(
          "CreateFunction", VersionTests.members("g", ["Layers": .list(layers)]))
      }
      #expect(fault?.hasPrefix(expected) == true, "\(fault ?? "nothing")")
    }
    let extensionFault = await VersionTests.fault {
      _ = try await publish(fixture, "x", ["extensions/agent": "#!"])
    }
    #expect(extensionFault?.hasPrefix("UnsupportedOperation") == true)
    #expect(
      await VersionTests.fault {
        _ = try await fixture.call("GetLayerVersion", ["LayerName": "l", "VersionNumber": 7])
      } == "ResourceNotFoundException: The resource you requested does not exist.")
    try await fixture.close()
  }

  @Test func policiesOfLayers() async throws {
    let fixture = try Fixture()
    _ = try await publish(fixture, "l", ["a": "1"])
    let place: PropertyObject = ["LayerName": "l", "VersionNumber": 1]
    let statement: PropertyObject = [
      "LayerName": "l", "VersionNumber": 1, "StatementId": "s",
      "Action": "lambda:GetLayerVersion", "Principal": "*", "OrganizationId": "o-t194hfs8cz",
    ]
    _ = try await fixture.call("AddLayerVersionPermission", statement)
    let policy = try await fixture.call("GetLayerVersionPolicy", place).members["Policy"]
    let tree = try JSONReader.read(try #require(policy?.stringValue))
    #expect(
      tree["Statement"]?.listValue?.first?["Condition"]
        == ["StringEquals": ["aws:PrincipalOrgID": "o-t194hfs8cz"]])
    _ = try await fixture.call(
      "RemoveLayerVersionPermission",
      ["LayerName": "l", "VersionNumber": 1, "StatementId": "s"])
    #expect(
      await VersionTests.fault { _ = try await fixture.call("GetLayerVersionPolicy", place) }?
        .hasPrefix("ResourceNotFoundException") == true)
    try await fixture.close()
  }
}
