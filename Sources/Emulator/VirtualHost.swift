import AWSModel

/// The labels of a host's name, in lower case and without its port.
struct HostName: Sendable, Hashable {
  let labels: [String]

  init(_ authority: String) {
    let name = authority.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
    labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// The text before a label, and the region after or inside of it: `a1` and `eu-west-1` for
  /// `a1.execute-api.eu-west-1.localhost` at `execute-api`. nil where the label, a name before it
  /// or a domain after it is missing.
  func split(at label: String) -> (name: String, region: Region?)? {
    guard
      let index = labels.lastIndex(where: {
        $0 == label || ($0.hasPrefix("\(label)-") && Self.isRegion($0.dropFirst(label.count + 1)))
      }), index > 0, index < labels.count - 1
    else { return nil }
    let inside = labels[index].dropFirst(label.count + 1)
    let region = inside.isEmpty ? labels[index + 1][...] : inside
    return (
      labels[..<index].joined(separator: "."),
      Self.isRegion(region) ? Region(String(region)) : nil
    )
  }

  /// `us-east-1`, `us-gov-west-1`.
  static func isRegion(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: "-")
    guard (3...4).contains(parts.count), let last = parts.last, let first = parts.first else {
      return false
    }
    return first.count == 2 && Int(last) != nil
      && parts.dropLast().allSatisfy { $0.allSatisfy { $0.isASCII && $0.isLetter } }
  }
}

/// The meaning of a host's name to a request that no front door took and no protocol claims.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
enum VirtualHost: Hashable {
  /// The endpoint itself: the bucket stands in the path.
  case endpoint
  case bucket(String)
  /// A host of something that is not there: an API's stage, a function's URL, a website.
  case foreign

  /// Labels by which AWS names things that are no buckets; a service has a front door for them, or
  /// the host leads nowhere.
  private static let doorLabels: Set<String> = [
    "execute-api", "lambda-url", "appsync-api",
  ]

  /// - Parameters:
  ///   - isSignedForS3: true where the signature's scope names S3. Then `b.localhost` is a bucket
  ///     whatever `b` is, because boto3 and the AWS CLI send such hosts for an endpoint of
  ///     `http://localhost:4566`. Without a signature, `b` must not be the name of a service.
  ///   - services: the signing names of the services that there are.
  ///   - doors: the labels that front doors claim.
  init(
    _ authority: String, isSignedForS3: Bool, services: Set<String>, doors: Set<String> = []
  ) {
    let labels = HostName(authority).labels
    if let index = Self.serviceIndex(labels) {
      self = index == 0 ? .endpoint : .bucket(labels[..<index].joined(separator: "."))
      return
    }
    let names = labels.dropLast()
    if labels.count > 1, labels.last == "localhost", isSignedForS3 {
      self = .bucket(names.joined(separator: "."))
    } else if names.dropFirst().contains(where: { Self.isDoor($0) || doors.contains($0) }) {
      self = .foreign
    } else if labels.count > 1, labels.last == "localhost" {
      self =
        names.contains(where: services.contains) ? .foreign : .bucket(names.joined(separator: "."))
    } else {
      self = .endpoint
    }
  }

  private static func isDoor(_ label: String) -> Bool {
    doorLabels.contains(label) || label.hasPrefix("s3-")
  }

  /// The place of S3's own label: `s3`, `s3-eu-west-1`, `s3-accelerate`, `s3-fips`; what follows is
  /// a domain, with `dualstack` and a region before it.
  private static func serviceIndex(_ labels: [String]) -> Int? {
    labels.indices.last { index in
      let label = labels[index]
      guard
        label == "s3" || label == "s3-accelerate" || label == "s3-fips"
          || (label.hasPrefix("s3-") && HostName.isRegion(label.dropFirst(3)))
      else { return false }
      var domain = labels[(index + 1)...]
      if domain.first == "dualstack" { domain = domain.dropFirst() }
      if let region = domain.first, HostName.isRegion(region) { domain = domain.dropFirst() }
      // In `a.s3.b.localhost` the label is a part of the bucket's name.
      return !domain.isEmpty && (domain.last != "localhost" || domain.count == 1)
    }
  }
}
