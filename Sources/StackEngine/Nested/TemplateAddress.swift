import ServiceKit

/// The object that a `TemplateURL` names.
enum TemplateAddress {
  /// nil where the address is not one of S3's, in path style or with the bucket in the host's name;
  /// percent-decoded, with the version that `?versionId=` names. Any other query is refused.
  static func object(_ url: String) -> ObjectReference? {
    guard let scheme = ["https://", "http://"].first(where: url.hasPrefix) else { return nil }
    let rest = url.dropFirst(scheme.count)
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    let host = rest[..<slash]
    let parts = rest[rest.index(after: slash)...].split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0]
    var version: String?
    if parts.count > 1 {
      let name = "versionId="
      guard parts[1].hasPrefix(name), !parts[1].contains("&") else { return nil }
      guard let decoded = PercentEncoding.decode(parts[1].dropFirst(name.count)) else { return nil }
      version = decoded
    }
    guard !path.isEmpty else { return nil }
    let isAddress = host.hasPrefix("127.0.0.1") || host.hasPrefix("localhost")
    if host.hasPrefix("s3.") || host.hasPrefix("s3-") || isAddress {
      guard let end = path.firstIndex(of: "/") else { return nil }
      guard let key = PercentEncoding.decode(path[path.index(after: end)...]), !key.isEmpty
      else { return nil }
      return ObjectReference(bucket: String(path[..<end]), key: key, version: version)
    }
    guard let dot = host.firstRange(of: ".s3"), let key = PercentEncoding.decode(path) else {
      return nil
    }
    return ObjectReference(
      bucket: String(host[..<dot.lowerBound]), key: key, version: version)
  }
}
