import Effects
import PropertyTree
import Testing

@testable import CloudAssembly

@Suite struct CloudAssemblyTests {
  private let files = LiveFileSystem()

  /// Writes files by their names and reads the folder as an assembly.
  private func assembly(_ contents: [String: PropertyValue]) throws -> CloudAssembly {
    let folder = "/tmp/leat-assembly-\(LiveRandomSource().uuid())"
    for (name, value) in contents {
      let path = "\(folder)/\(name)"
      try files.createDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
      try files.writeAtomically(JSONWriter.bytes(value), to: path)
    }
    let result = Result { try CloudAssembly(folder, files: files) }
    try files.remove(folder)
    return try result.get()
  }

  private func failure(_ contents: [String: PropertyValue]) -> String? {
    do {
      _ = try assembly(contents)
      return nil
    } catch { return (error as? AssemblyFailure)?.reason ?? "\(error)" }
  }

  private func manifest(_ artifacts: PropertyObject) -> PropertyValue {
    ["version": "48.0.0", "artifacts": .object(artifacts)]
  }

  private func stack(
    _ template: String, _ dependencies: [String] = [], _ properties: PropertyObject = [:],
    environment: String = "aws://unknown-account/unknown-region"
  ) -> PropertyValue {
    var all: PropertyObject = ["templateFile": .string(template)]
    for (key, value) in properties { all[key] = value }
    return [
      "type": "aws:cloudformation:stack", "environment": .string(environment),
      "properties": .object(all), "dependencies": .list(dependencies.map { .string($0) }),
    ]
  }

  @Test func stacksComeInTheOrderOfTheirDependencies() throws {
    let assembly = try assembly([
      "manifest.json": manifest([
        "C": stack("c.json", ["B"]), "A": stack("a.json"), "B": stack("b.json", ["A"]),
      ])
    ])
    #expect(assembly.stacks.map(\.id) == ["A", "B", "C"])
    #expect(try assembly.stacks(named: ["B"]).map(\.id) == ["A", "B"])
    #expect(try assembly.removal(of: ["B"]).map(\.id) == ["C", "B"])
    #expect(try assembly.removal(of: []).map(\.id) == ["C", "B", "A"])
    #expect(throws: AssemblyFailure.self) { try assembly.stacks(named: ["D"]) }
  }

  @Test func stagesAreReadWithTheirFolders() throws {
    let assembly = try assembly([
      "manifest.json": manifest([
        "assembly-Prod": [
          "type": "cdk:cloud-assembly", "properties": ["directoryName": "assembly-Prod"],
        ]
      ]),
      "assembly-Prod/manifest.json": manifest([
        "ProdStore": stack(
          "s.json", [], ["stackName": "Prod-Store"], environment: "aws://111122223333/eu-west-1"),
        "ProdApp": stack("a.json", ["ProdStore"]),
      ]),
    ])
    #expect(assembly.stacks.map(\.id) == ["assembly-Prod/ProdStore", "assembly-Prod/ProdApp"])
    let store = try #require(assembly.stacks.first)
    #expect(store.stackName == "Prod-Store")
    #expect(store.account == "111122223333" && store.region == "eu-west-1")
    #expect(store.templateFile.hasSuffix("/assembly-Prod/s.json"))
    #expect(assembly.stacks[1].account == nil)
  }

  @Test func legacyAssetsFillTheirParameters() throws {
    var body = stack("s.json").objectValue ?? [:]
    body["metadata"] = [
      "/S": [
        [
          "type": "aws:cdk:asset",
          "data": [
            "packaging": "zip", "id": "h", "sourceHash": "h", "path": "asset.h",
            "s3BucketParameter": "PB", "s3KeyParameter": "PK", "artifactHashParameter": "PH",
          ],
        ]
      ]
    ]
    let stack = try #require(
      assembly(["manifest.json": manifest(["S": .object(body)])]).stacks.first)
    let asset = try #require(stack.assets.first)
    #expect(asset.keyPattern == "assets/h.zip" && asset.packaging == .zip)
    // The halves of the key around the bars, joined, are the object's key.
    #expect(stack.parameters["PK"]?.replacing("||", with: "") == asset.keyPattern)
    #expect(stack.parameters["PB"] == asset.bucketPattern)
    #expect(stack.parameters["PH"] == "h")
  }

  @Test func placeholdersAreFilled() {
    let filled = AssemblyAsset.fill(
      "cdk-${AWS::AccountId}-${AWS::Region}-${Other}", account: "123456789012", region: "eu-west-1")
    #expect(filled == "cdk-123456789012-eu-west-1-${Other}")
  }

  @Test func brokenAssembliesAreRefused() {
    #expect(failure(["manifest.json": "text"])?.contains("is not the manifest") == true)
    #expect(
      failure(["manifest.json": manifest(["A": stack("a", ["B"]), "B": stack("b", ["A"])])])?
        .contains("depend on one another: A, B") == true)
    #expect(
      failure(["manifest.json": manifest(["A": stack("a", ["Gone"])])])?.contains("`Gone`") == true)
    #expect(
      failure(["manifest.json": manifest(["A": stack("/etc/passwd")])])?.contains("no file") == true
    )
    #expect(
      failure([
        "manifest.json": manifest([
          "Loop": ["type": "cdk:cloud-assembly", "properties": ["directoryName": "."]]
        ])
      ])?.contains("deeper") == true)
    #expect(
      failure(["manifest.json": manifest(["A": stack("a", [], [:], environment: "eu-west-1")])])?
        .contains("aws://account/region") == true)
  }
}
