import PropertyTree

/// A file that a deployment brings along and its resources name by bucket and key: a function's
/// archive, say.
public struct Asset: Sendable, Hashable, Codable {
  public var bucket: String
  /// Changes with the contents.
  public var key: String
  /// In bytes.
  public var size: Int
  /// Base64. nil where only the name counts: in requests to plan, and in journals.
  public var contents: String?
  /// The template's own path, where it names the asset by one.
  public var path: String?
  /// The file of a nested stack's template, for messages; nil for everything else.
  public var templateFile: String?
  /// The absolute path of the folder that an archive was packaged from; nil for everything else.
  public var sourceFolder: String?

  public init(
    bucket: String, key: String, size: Int, contents: String? = nil, path: String? = nil,
    templateFile: String? = nil, sourceFolder: String? = nil
  ) {
    self.bucket = bucket
    self.key = key
    self.size = size
    self.contents = contents
    self.path = path
    self.templateFile = templateFile
    self.sourceFolder = sourceFolder
  }

  /// Leaves the contents out, which may be hundreds of megabytes: the key tells them apart.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bucket)
    hasher.combine(key)
    hasher.combine(size)
  }

  /// Stands for a file that could not be read, which has been reported.
  public static func unreadable(_ path: String, bucket: String) -> Asset {
    Asset(bucket: bucket, key: unreadableKey, size: 0, path: path)
  }

  private static let unreadableKey = "unreadable"

  public var isUnreadable: Bool { key == Self.unreadableKey && size == 0 && contents == nil }

  /// True for the address under which templates name this object.
  public func isAt(_ url: String) -> Bool { url.hasSuffix("/\(bucket)/\(key)") }

  public var withoutContents: Asset {
    var asset = self
    asset.contents = nil
    return asset
  }

  public func isMentioned(in value: PropertyValue) -> Bool {
    switch value {
    case .string(let text): text.contains(key)
    case .list(let list): list.contains(where: isMentioned)
    case .object(let object): object.values.contains(where: isMentioned)
    default: false
    }
  }
}

extension Plan {
  /// The plan with the names of its assets alone.
  public var withoutAssetContents: Plan {
    guard assets != nil else { return self }
    var plan = self
    plan.assets = assets?.map(\.withoutContents)
    return plan
  }

  /// Assets that no deployed resource names: the contents are new, and are put into their buckets.
  public var newAssets: [Asset] {
    (assets ?? []).filter { asset in !changes.contains { $0.isDeployed(asset) } }
  }
}

extension ResourceChange {
  fileprivate func isDeployed(_ asset: Asset) -> Bool {
    before.map { asset.isMentioned(in: $0.properties) } == true
      || nested?.contains { $0.isDeployed(asset) } == true
  }
}
