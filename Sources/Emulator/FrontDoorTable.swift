import AWSModel
import AWSWire
import ServiceKit

/// The front doors of all services, looked up by host and path.
struct FrontDoorTable: Sendable {
  /// A door, and what its place says about the request.
  struct Match: Sendable {
    var door: any FrontDoor
    var captures: [String: String]
    /// Named by the host; nil where it names none.
    var region: Region?
    /// Below the door.
    var path: String
  }

  private let hosts: [(label: String, door: any FrontDoor)]
  private let paths: [(pattern: [Substring], door: any FrontDoor)]

  var isEmpty: Bool { hosts.isEmpty && paths.isEmpty }

  /// Labels that doors claim in hosts.
  var hostLabels: Set<String> { Set(hosts.map(\.label)) }

  init(_ doors: [any FrontDoor]) {
    var hosts: [(label: String, door: any FrontDoor)] = []
    var paths: [(pattern: [Substring], door: any FrontDoor)] = []
    for door in doors {
      for place in door.places {
        switch place {
        case .host(let label): hosts.append((label, door))
        case .path(let pattern): paths.append((pattern.split(separator: "/"), door))
        }
      }
    }
    self.hosts = hosts
    // The longest pattern is the most specific.
    self.paths = paths.sorted { $0.pattern.count > $1.pattern.count }
  }

  /// - Parameter service: the service that the request is signed for; nil for an unsigned one.
  func match(_ request: WireRequest, signedFor service: String?) -> Match? {
    if !hosts.isEmpty, let match = hostMatch(request) { return match }
    for (pattern, door) in paths where service == nil || service == door.signingName {
      if let found = Self.match(pattern, request.path) {
        return Match(door: door, captures: found.captures, region: nil, path: found.rest)
      }
    }
    return nil
  }

  private func hostMatch(_ request: WireRequest) -> Match? {
    let host = HostName(request.host)
    for (label, door) in hosts {
      guard let found = host.split(at: label) else { continue }
      return Match(
        door: door, captures: ["name": found.name], region: found.region, path: request.path)
    }
    return nil
  }

  private static func match(_ pattern: [Substring], _ path: String) -> (
    captures: [String: String], rest: String
  )? {
    var captures: [String: String] = [:]
    var rest = path[...]
    for segment in pattern {
      guard rest.first == "/" else { return nil }
      let part = rest.dropFirst().prefix { $0 != "/" }
      if segment.hasPrefix("{"), segment.hasSuffix("}") {
        guard !part.isEmpty else { return nil }
        captures[String(segment.dropFirst().dropLast())] = FormCoding.decode(part)
      } else if part != segment {
        return nil
      }
      rest = rest[part.endIndex...]
    }
    return (captures, rest.isEmpty ? "/" : String(rest))
  }
}
