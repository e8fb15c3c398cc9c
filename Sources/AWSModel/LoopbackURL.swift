/// Addresses of servers on this machine, which may be reached without TLS where AWS demands it: no
/// stand-in for a collector or a cluster has a certificate that anyone trusts.
public enum LoopbackURL {
  private static let hosts = ["localhost", "127.0.0.1", "[::1]"]

  /// The address as it would be with TLS; nil for any other than one of `http:` on this machine.
  public static func secured(_ url: String) -> String? {
    guard url.hasPrefix("http://") else { return nil }
    let rest = url.dropFirst("http://".count)
    let isLocal = hosts.contains { host in
      guard rest.hasPrefix(host) else { return false }
      return rest.dropFirst(host.count).first.map { ":/?#".contains($0) } ?? true
    }
    return isLocal ? "https://\(rest)" : nil
  }
}
