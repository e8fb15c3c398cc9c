/// What schemas call the format of a text, as a pattern.
enum ValueFormat {
  /// The pattern and a name for messages; nil for formats that are not checked.
  static func pattern(of format: String) -> (pattern: String, noun: String)? { table[format] }

  private static let table: [String: (pattern: String, noun: String)] = {
    let arn = "^arn:aws[a-zA-Z-]*:"
    let hex = "([0-9a-fA-F]{8}|[0-9a-fA-F]{17})$"
    let octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    return [
      "AWS::IAM::Role.Arn": (arn + "iam::[0-9]{12}:role/.+$", "the ARN of a role"),
      "AWS::KMS::Key.Arn": (
        arn + "kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+$", "the ARN of a key"
      ),
      "AWS::KMS::Key.Id": (
        "^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"
          + "|alias/[a-zA-Z0-9/_-]+)$", "the id of a key"
      ),
      "AWS::KMS::Alias.AliasName": ("^alias/[a-zA-Z0-9:/_-]+$", "the alias of a key"),
      "AWS::SNS::Topic.Arn": (arn + "sns:[a-z0-9-]+:[0-9]{12}:.+$", "the ARN of a topic"),
      "AWS::SQS::Queue.Arn": (arn + "sqs:[a-z0-9-]+:[0-9]{12}:.+$", "the ARN of a queue"),
      "AWS::Lambda::Function.Arn": (
        arn + "lambda:[a-z0-9-]+:[0-9]{12}:function:.+$", "the ARN of a function"
      ),
      "AWS::ACM::Certificate.Arn": (
        arn + "acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$", "the ARN of a certificate"
      ),
      "AWS::Logs::LogGroup.Name": ("^[-._/#A-Za-z0-9]{1,512}$", "the name of a log group"),
      "AWS::EC2::SecurityGroup.Id": ("^sg-" + hex, "the id of a security group"),
      "AWS::EC2::VPC.Id": ("^vpc-" + hex, "the id of a VPC"),
      "AWS::EC2::Subnet.Id": ("^subnet-" + hex, "the id of a subnet"),
      "AWS::EC2::Image.Id": ("^ami-([0-9a-z]{8}|[0-9a-z]{17})$", "the id of an image"),
      "AWS::S3::Bucket.Name": (
        "^(?!.*[.][.])(?!.*-[.])(?!.*[.]-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "a bucket's name"
      ),
      "ipv4-network": (
        "^\(octet)([.]\(octet)){3}(/(3[0-2]|[12]?[0-9]))?$", "a range of IPv4 addresses"
      ),
      "ipv6-network": (
        "^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(/[0-9]{1,3})?$", "a range of IPv6 addresses"
      ),
      "date-time": (
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?"
          + "([Zz]|[+-][0-9]{2}:?[0-9]{2})?$", "a date and time"
      ),
    ]
  }()
}
