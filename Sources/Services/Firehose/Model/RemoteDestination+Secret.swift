import PropertyTree
import ServiceKit

extension RemoteDestination {
  /// This one with its secret sealed, as it is kept.
  func sealed(_ vault: Vault) throws -> RemoteDestination {
    try mappingSecret { try vault.seal($0, for: Self.context) }
  }

  /// This one with its secret in clear text, for a request or a comparison.
  func opened(_ vault: Vault) throws -> RemoteDestination {
    try mappingSecret { try vault.open($0, for: Self.context) }
  }

  private static let context = "firehose"

  private func mappingSecret(_ change: (String) throws -> String) throws -> RemoteDestination {
    guard let path = type(of: configuration).secret else { return self }
    var tree = try tree
    try Self.map(path[...], in: &tree, change)
    return try replaced(by: .object(tree))
  }

  private static func map(
    _ path: ArraySlice<String>, in tree: inout PropertyObject, _ change: (String) throws -> String
  ) throws {
    guard let first = path.first, let value = tree[first] else { return }
    if case .object(var inner) = value {
      try map(path.dropFirst(), in: &inner, change)
      tree[first] = .object(inner)
    } else if let text = value.stringValue, !text.isEmpty {
      tree[first] = .string(try change(text))
    }
  }
}

/// The members of an update of a server's destination: as they are set, but for the bucket's.
struct RemoteUpdate<Configuration: RemoteConfiguration>: Decodable, Sendable {
  /// The name of a bucket's update.
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var tree: PropertyObject

  init(from decoder: any Decoder) throws {
    tree = try TreeEncoder().encode(Configuration(from: decoder)).objectValue ?? [:]
    let container = try decoder.container(keyedBy: Key.self)
    for bucket in Configuration.buckets where bucket.update != bucket.member {
      tree[bucket.update] =
        try container
        .decodeIfPresent(PlainS3Configuration.self, forKey: Key(stringValue: bucket.update))
        .map { try TreeEncoder().encode($0) }
    }
  }
}
