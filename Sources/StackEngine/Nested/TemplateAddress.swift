import ServiceKit

/// The object that a `TemplateURL` names.
enum TemplateAddress {
  /// nil where the address is not one of S3's, in path style or with the bucket in the host's name.
  static func object(_ url: String) -> ObjectReference? {
    guard let scheme = ["https://", "http://"].first(where: url.hasPrefix) else { return nil }
    let rest = url.dropFirst(scheme.count)
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    let host = rest[..<slash]
    let path = rest[rest.index(after: slash)...]
    guard !path.isEmpty, !path.contains("?") else { return nil }
    let isAddress = host.hasPrefix("127.0.0.1") || host.hasPrefix("localhost")
    if host.hasPrefix("s3.") || host.hasPrefix("s3-") || isAddress {
      guard let end = path.firstIndex(of: "/") else { return nil }
      let key = path[path.index(after: end)...]
      return key.isEmpty ? nil : ObjectReference(bucket: String(path[..<end]), key: String(key))
    }
    guard let dot = host.firstRange(of: ".s3") else { return nil }
    return ObjectReference(bucket: String(host[..<dot.lowerBound]), key: String(path))
  }
}
