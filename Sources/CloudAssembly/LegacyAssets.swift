import PropertyTree

/// Assets as CDK's legacy synthesizer describes them: in the stack's metadata, with parameters that
/// take the place of each file.
struct LegacyAssets {
  private(set) var assets: [AssemblyAsset] = []
  private(set) var parameters: [String: String] = [:]

  private static let bucket = "cdktoolkit-stagingbucket-${AWS::AccountId}-${AWS::Region}"

  /// Throws `AssemblyFailure`.
  init(_ metadata: PropertyValue?, folder: String, file: String) throws {
    for (_, entries) in metadata?.objectValue ?? [:] {
      for entry in entries.listValue ?? [] where entry["type"] == "aws:cdk:asset" {
        try add(entry["data"] ?? [:], folder, file)
      }
    }
  }

  private mutating func add(_ data: PropertyValue, _ folder: String, _ file: String) throws {
    guard let word = data["packaging"]?.stringValue,
      let packaging = AssemblyAsset.Packaging(rawValue: word)
    else {
      throw AssemblyFailure(
        file,
        "has an asset with the packaging `\(data["packaging"]?.stringValue ?? "")`, "
          + "which Leat does not implement")
    }
    guard let path = data["path"]?.stringValue, let hash = data["sourceHash"]?.stringValue,
      let bucketParameter = data["s3BucketParameter"]?.stringValue,
      let keyParameter = data["s3KeyParameter"]?.stringValue
    else { throw AssemblyFailure(file, "has an asset that lacks its path, hash or parameters") }
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let suffix = last.lastIndex(of: ".").map { String(last[$0...]) } ?? ""
    let name = hash + (packaging == .zip ? ".zip" : suffix)
    assets.append(
      AssemblyAsset(
        source: path.hasPrefix("/") ? path : "\(folder)/\(path)", packaging: packaging,
        bucketPattern: Self.bucket, keyPattern: "assets/\(name)"))
    // The template splits the key at the bars and joins the halves again.
    parameters[bucketParameter] = Self.bucket
    parameters[keyParameter] = "assets/||\(name)"
    if let hashParameter = data["artifactHashParameter"]?.stringValue {
      parameters[hashParameter] = hash
    }
  }
}
