import Effects
import PropertyTree

/// Reads manifests, those of nested assemblies too.
struct AssemblyReader {
  let files: any FileSystem
  private(set) var stacks: [AssemblyStack] = []
  private static let depthMax = 16

  init(files: any FileSystem) { self.files = files }

  /// - Parameter prefix: put before the ids of this folder's artifacts.
  mutating func read(_ folder: String, prefix: String, depth: Int) throws {
    let file = "\(folder)/manifest.json"
    guard depth < Self.depthMax else {
      throw AssemblyFailure(file, "is nested deeper than \(Self.depthMax) assemblies")
    }
    let manifest = try json(file)
    guard manifest["version"]?.stringValue != nil, let artifacts = artifacts(manifest) else {
      throw AssemblyFailure(file, "is not the manifest of a cloud assembly")
    }
    if let missing = manifest["missing"]?.listValue, !missing.isEmpty {
      let keys = missing.compactMap { $0["key"]?.stringValue }.joined(separator: ", ")
      throw AssemblyFailure(
        file, "lacks values that are looked up when it is made: \(keys)",
        hint: "put them into cdk.context.json and run `cdk synth` again")
    }
    for (id, artifact) in artifacts {
      switch artifact["type"]?.stringValue {
      case "aws:cloudformation:stack":
        stacks.append(
          try stack(Artifact(id: id, body: artifact, all: artifacts, folder: folder), prefix))
      case "cdk:cloud-assembly":
        let name = try Self.inside(folder, artifact["properties"]?["directoryName"], of: id, file)
        try read("\(folder)/\(name)", prefix: "\(prefix)\(name)/", depth: depth + 1)
      // Asset manifests are read with the stacks that depend on them; the rest tells people about
      // constructs and flags.
      case "cdk:asset-manifest", "aws:cdk:asset-manifest", "cdk:tree", "cdk:feature-flag-report",
        "none":
        break
      case let type:
        throw AssemblyFailure(
          file, "has the artifact `\(id)` of type `\(type ?? "")`, which Leat does not implement")
      }
    }
  }

  private struct Artifact {
    var id: String
    var body: PropertyValue
    var all: PropertyObject
    var folder: String
    var file: String { "\(folder)/manifest.json" }
    var properties: PropertyValue { body["properties"] ?? [:] }
  }

  private func artifacts(_ manifest: PropertyValue) -> PropertyObject? {
    manifest["artifacts"] == nil ? [:] : manifest["artifacts"]?.objectValue
  }

  private func stack(_ artifact: Artifact, _ prefix: String) throws -> AssemblyStack {
    let template = try Self.inside(
      artifact.folder, artifact.properties["templateFile"], of: artifact.id, artifact.file)
    let environment = try Self.environment(artifact)
    let dependencies = texts(artifact.body["dependencies"])
    var assets: [AssemblyAsset] = []
    for id in dependencies {
      guard let manifest = artifact.all[id] else {
        throw AssemblyFailure(
          artifact.file, "has no artifact `\(id)`, which `\(artifact.id)` needs")
      }
      guard manifest["type"]?.stringValue?.hasSuffix(":asset-manifest") == true else { continue }
      let name = try Self.inside(
        artifact.folder, manifest["properties"]?["file"], of: id, artifact.file)
      assets += try self.assets("\(artifact.folder)/\(name)", folder: artifact.folder)
    }
    let legacy = try LegacyAssets(
      artifact.body["metadata"], folder: artifact.folder, file: artifact.file)
    let given = pairs(artifact.properties["parameters"])
    return AssemblyStack(
      id: prefix + artifact.id,
      displayName: artifact.body["displayName"]?.stringValue ?? artifact.id,
      stackName: artifact.properties["stackName"]?.stringValue ?? artifact.id,
      templateFile: "\(artifact.folder)/\(template)",
      parameters: legacy.parameters.merging(given) { $1 },
      tags: pairs(artifact.properties["tags"]), account: environment.account,
      region: environment.region,
      dependencies: dependencies.filter { artifact.all[$0]?["type"] == "aws:cloudformation:stack" }
        .map { prefix + $0 },
      assets: assets + legacy.assets,
      isProtected: artifact.properties["terminationProtection"] == .bool(true))
  }

  /// The files of an asset manifest.
  private func assets(_ file: String, folder: String) throws -> [AssemblyAsset] {
    let manifest = try json(file)
    if let images = manifest["dockerImages"]?.objectValue, !images.isEmpty {
      throw AssemblyFailure(file, "has container images, which Leat does not run")
    }
    var assets: [AssemblyAsset] = []
    for (id, entry) in manifest["files"]?.objectValue ?? [:] {
      guard let source = entry["source"] else {
        throw AssemblyFailure(file, "has the asset `\(id)` without a source")
      }
      guard source["executable"] == nil else {
        throw AssemblyFailure(
          file, "has the asset `\(id)`, which a program is to make; Leat runs none")
      }
      let word = source["packaging"]?.stringValue ?? "file"
      guard let path = source["path"]?.stringValue,
        let packaging = AssemblyAsset.Packaging(rawValue: word)
      else {
        throw AssemblyFailure(file, "has the asset `\(id)` with no path or an unknown packaging")
      }
      for (_, destination) in entry["destinations"]?.objectValue ?? [:] {
        guard let bucket = destination["bucketName"]?.stringValue,
          let key = destination["objectKey"]?.stringValue
        else {
          throw AssemblyFailure(file, "has the asset `\(id)` without bucketName or objectKey")
        }
        assets.append(
          AssemblyAsset(
            source: path.hasPrefix("/") ? path : "\(folder)/\(path)", packaging: packaging,
            bucketPattern: bucket, keyPattern: key))
      }
    }
    return assets
  }

  // MARK: Parts

  /// `aws://<account>/<region>`
  private static func environment(_ artifact: Artifact) throws -> (
    account: String?, region: String?
  ) {
    guard let text = artifact.body["environment"]?.stringValue else { return (nil, nil) }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] == "aws:", parts[1].isEmpty, !parts[2].isEmpty,
      !parts[3].isEmpty
    else {
      throw AssemblyFailure(
        artifact.file, "gives `\(artifact.id)` the environment `\(text)`, not aws://account/region")
    }
    return (
      parts[2] == "unknown-account" ? nil : parts[2], parts[3] == "unknown-region" ? nil : parts[3]
    )
  }

  /// A name that stays inside the assembly's folder.
  private static func inside(
    _ folder: String, _ value: PropertyValue?, of id: String, _ file: String
  ) throws -> String {
    guard let name = value?.stringValue, !name.isEmpty, !name.hasPrefix("/"),
      !name.split(separator: "/").contains("..")
    else {
      throw AssemblyFailure(file, "gives the artifact `\(id)` no file in the assembly's folder")
    }
    return name
  }

  private func json(_ file: String) throws -> PropertyValue {
    do { return try JSONReader.read(files.read(file)) } catch let failure as FileFailure {
      throw AssemblyFailure(file, "can't be read: \(failure.reason)")
    } catch {
      throw AssemblyFailure(file, "is not JSON: \(error)")
    }
  }

  private func texts(_ value: PropertyValue?) -> [String] {
    (value?.listValue ?? []).compactMap(\.stringValue)
  }

  private func pairs(_ value: PropertyValue?) -> [String: String] {
    Dictionary(
      (value?.objectValue ?? [:]).compactMap { key, value in value.scalarText.map { (key, $0) } },
      uniquingKeysWith: { $1 })
  }
}
