import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::S3::Bucket`.
struct S3BucketResource: ResourceHandler {
  let store: S3Store

  let schema = ResourceSchema(
    type: "AWS::S3::Bucket",
    naming: NamingRule(property: "BucketName", lengthMax: 63, form: .lowercase),
    createOnly: ["BucketName"],
    supported: [
      "BucketName", "VersioningConfiguration", "VersioningConfiguration.Status", "Tags.*",
      "PublicAccessBlockConfiguration.*", "OwnershipControls.*",
    ],
    attributes: [
      "Arn", "DomainName", "RegionalDomainName", "DualStackDomainName", "WebsiteURL",
    ])

  /// Older regions write a dash in the addresses of websites, the others a dot.
  private static let dashedRegions: Set = [
    "us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
    "eu-west-1", "sa-east-1",
  ]

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    let region = environment.scope.region.text
    let mark = Self.dashedRegions.contains(region) ? "-" : "."
    let website = "s3-website\(mark)\(region).amazonaws.com"
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: [
        "Arn": .string("arn:aws:s3:::\(physicalID)"),
        "DomainName": .string("\(physicalID).s3.amazonaws.com"),
        "RegionalDomainName": .string("\(physicalID).s3.\(region).amazonaws.com"),
        "DualStackDomainName": .string("\(physicalID).s3.dualstack.\(region).amazonaws.com"),
        "WebsiteURL": .string("http://\(physicalID).\(website)"),
      ])
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    var issues: [PropertyIssue] = []
    let root = PropertyPath()
    if let name = properties["BucketName"]?.stringValue, !S3BucketName.isValid(name) {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: root.appending("BucketName"),
          "`\(name)` is not a bucket name",
          hint: "3 to 63 characters of a-z, 0-9, `-` and `.`, with a letter or digit at both ends")
      )
    }
    if let status = properties["VersioningConfiguration"]?["Status"]?.stringValue,
      S3Versioning(text: status) == nil
    {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue,
          at: root.appending("VersioningConfiguration").appending("Status"),
          "`\(status)` is neither Enabled nor Suspended"))
    }
    for (name, kept) in Self.kept {
      guard let value = properties[name]?.objectValue, !properties.containsUnknown else { continue }
      do { _ = try kept.check(value) } catch {
        issues.append(
          PropertyIssue(
            .invalidPropertyValue, at: root.appending(name), "The \(name) is not valid"))
      }
    }
    return issues
  }

  private static let kept: [(String, S3BucketConfigurations.Kept)] = [
    ("PublicAccessBlockConfiguration", S3BucketConfigurations.publicAccessBlock),
    ("OwnershipControls", S3BucketConfigurations.ownershipControls),
  ]

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let rows = S3Rows(transaction)
    try rows.createBucket(request.physicalID, scope: request.scope, now: request.now)
    try apply(request, rows)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try apply(request, S3Rows(transaction))
  }

  private func apply(_ request: ResourceRequest, _ rows: S3Rows) throws {
    let bucket = try rows.bucket(request.physicalID, account: request.scope.account)
    let properties = request.properties
    switch properties["VersioningConfiguration"]?["Status"]?.stringValue {
    case .some(let text):
      guard let versioning = S3Versioning(text: text) else {
        throw ServiceError.validation("`\(text)` is not a versioning status.")
      }
      try rows.setVersioning(versioning, of: bucket)
    case .none:
      // Versioning can be suspended, never taken away.
      if bucket.versioning == .enabled { try rows.setVersioning(.suspended, of: bucket) }
    }
    var tags = PropertyObject()
    for tag in properties["Tags"]?.listValue ?? [] {
      guard let key = tag["Key"]?.scalarText, let value = tag["Value"]?.scalarText else {
        throw ServiceError.validation("A tag needs `Key` and `Value`.")
      }
      tags[key] = .string(value)
    }
    try rows.setTags(tags, of: bucket)
    var settings = try rows.settings(of: bucket)
    for (name, kept) in Self.kept {
      settings[kept.shape] = nil
      guard let value = properties[name]?.objectValue else { continue }
      settings[kept.shape] = .object(try kept.check(value))
    }
    try rows.setSettings(settings, of: bucket)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let rows = S3Rows(transaction)
    guard
      let bucket = try rows.findBucket(request.physicalID, account: request.scope.account)
    else { return }
    if request.discardsContents { try rows.removeAll(from: bucket, store: store) }
    try rows.deleteBucket(bucket, store: store)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws
    -> ResourceContents
  {
    let rows = S3Rows(transaction)
    guard
      let bucket = try rows.findBucket(request.physicalID, account: request.scope.account)
    else { return ResourceContents() }
    let usage = try rows.usage(of: bucket)
    guard usage.versions + usage.markers > 0 else { return ResourceContents() }
    return ResourceContents(losses: [usage.words], blocksDeletion: true)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try S3Rows(transaction).findBucket(request.physicalID, account: request.scope.account) != nil
  }
}

extension S3BucketUsage {
  /// `3 objects (1.2 KB)`, `3 objects in 5 versions (1.2 KB) and 1 delete marker`.
  var words: String {
    func count(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    var text = count(keys, "object")
    if versions > keys || markers > 0 { text += " in \(count(versions, "version"))" }
    text += " (\(Self.sizeText(bytes)))"
    if markers > 0 { text += " and \(count(markers, "delete marker"))" }
    return text
  }

  /// Bytes in decimal units with one digit after the point.
  static func sizeText(_ bytes: Int64) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    var (value, unit) = (bytes, 0)
    while value >= 1_000_000 {
      value /= 1000
      unit += 1
    }
    let units = ["KB", "MB", "GB", "TB", "PB"]
    let tenths = value / 100
    return "\(tenths / 10).\(tenths % 10) \(units[min(unit, units.count - 1)])"
  }
}
