/// Schemas' names for the format of a text. Hand-written: a regular expression for each would take
/// longer to compile than most templates to check.
struct ValueFormat: Sendable {
  /// For messages: `the ARN of a role`.
  let noun: String
  let accepts: @Sendable (Substring) -> Bool

  /// nil for formats that are not checked.
  static func named(_ name: String) -> ValueFormat? { table[name] }

  private static let table: [String: ValueFormat] = [
    "AWS::IAM::Role.Arn": arn("a role", service: "iam", resource: ["role/"], isGlobal: true),
    "AWS::KMS::Key.Arn": arn("a key", service: "kms", resource: ["key/", "alias/"]),
    "AWS::SNS::Topic.Arn": arn("a topic", service: "sns", resource: [""]),
    "AWS::SQS::Queue.Arn": arn("a queue", service: "sqs", resource: [""]),
    "AWS::Lambda::Function.Arn": arn("a function", service: "lambda", resource: ["function:"]),
    "AWS::ACM::Certificate.Arn": arn("a certificate", service: "acm", resource: ["certificate/"]),
    "AWS::KMS::Alias.AliasName": ValueFormat("the alias of a key") {
      $0.hasPrefix("alias/") && $0.count > 6
    },
    "AWS::KMS::Key.Id": ValueFormat("the id of a key", accepts: isKeyID),
    "AWS::Logs::LogGroup.Name": ValueFormat("the name of a log group") { text in
      (1...512).contains(text.utf8.count)
        && text.utf8.allSatisfy {
          isAlphanumeric($0) || [0x2E, 0x2D, 0x5F, 0x2F, 0x23].contains($0)
        }
    },
    "AWS::EC2::SecurityGroup.Id": id("a security group", prefix: "sg-"),
    "AWS::EC2::VPC.Id": id("a VPC", prefix: "vpc-"),
    "AWS::EC2::Subnet.Id": id("a subnet", prefix: "subnet-"),
    "AWS::EC2::Image.Id": id("an image", prefix: "ami-", isHex: false),
    "AWS::S3::Bucket.Name": ValueFormat("a bucket's name", accepts: isBucketName),
    "ipv4-network": ValueFormat("a range of IPv4 addresses", accepts: isIPv4Network),
    "ipv6-network": ValueFormat("a range of IPv6 addresses") { text in
      text.contains(":") && text.utf8.allSatisfy { isHex($0) || [0x3A, 0x2E, 0x2F].contains($0) }
    },
    "date-time": ValueFormat("a date and time") { text in
      // As far as `2024-01-31T12:30:45`; what may follow is a fraction and a zone.
      let digits = Array("0000-00-00T00:00:00".utf8)
      let bytes = Array(text.utf8.prefix(digits.count))
      guard bytes.count == digits.count else { return false }
      return zip(bytes, digits).allSatisfy { byte, sample in
        sample == 0x30 ? isDigit(byte) : byte | 0x20 == sample | 0x20
      }
    },
  ]

  private init(_ noun: String, accepts: @escaping @Sendable (Substring) -> Bool) {
    self.noun = noun
    self.accepts = accepts
  }

  /// `arn:partition:service:region:account:resource`, the resource beginning with one of some.
  private static func arn(
    _ what: String, service: String, resource prefixes: [String], isGlobal: Bool = false
  ) -> ValueFormat {
    ValueFormat("the ARN of \(what)") { text in
      let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
      guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == service,
        parts[3].isEmpty == isGlobal, parts[4].utf8.count == 12, parts[4].utf8.allSatisfy(isDigit)
      else { return false }
      return prefixes.contains { parts[5].hasPrefix($0) && parts[5].utf8.count > $0.utf8.count }
    }
  }

  /// A prefix and eight or seventeen digits.
  private static func id(_ what: String, prefix: String, isHex: Bool = true) -> ValueFormat {
    ValueFormat("the id of \(what)") { text in
      guard text.hasPrefix(prefix) else { return false }
      let rest = text.dropFirst(prefix.count).utf8
      return (rest.count == 8 || rest.count == 17)
        && rest.allSatisfy { isHex ? Self.isHex($0) : isAlphanumeric($0) && !isUppercase($0) }
    }
  }

  private static func isKeyID(_ text: Substring) -> Bool {
    if text.hasPrefix("alias/") { return text.utf8.count > 6 }
    if text.hasPrefix("mrk-") {
      return text.utf8.count == 36 && text.utf8.dropFirst(4).allSatisfy(isHex)
    }
    let lengths = text.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
    return lengths == [8, 4, 4, 4, 12] && text.utf8.allSatisfy { isHex($0) || $0 == 0x2D }
  }

  private static func isBucketName(_ text: Substring) -> Bool {
    let bytes = Array(text.utf8)
    guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last,
      isAlphanumeric(first), isAlphanumeric(last),
      bytes.allSatisfy({ (isAlphanumeric($0) && !isUppercase($0)) || $0 == 0x2E || $0 == 0x2D })
    else { return false }
    // A dot stands between letters or digits.
    return bytes.indices.dropFirst().allSatisfy { index in
      let pair = (bytes[index - 1], bytes[index])
      return pair != (0x2E, 0x2E) && pair != (0x2D, 0x2E) && pair != (0x2E, 0x2D)
    }
  }

  private static func isIPv4Network(_ text: Substring) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) else {
      return false
    }
    return parts.count == 1 || UInt8(parts[1]).map { $0 <= 32 } == true
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  private static func isUppercase(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
  }
  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
  }
}
