import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::S3::Bucket`.
struct S3BucketResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    struct Versioning: Codable, Sendable { var Status: String }

    struct PublicAccess: Codable, Sendable {
      var BlockPublicAcls: Bool?
      var BlockPublicPolicy: Bool?
      var IgnorePublicAcls: Bool?
      var RestrictPublicBuckets: Bool?
    }

    struct Ownership: Codable, Sendable {
      struct Rule: Codable, Sendable { var ObjectOwnership: String? }
      var Rules: [Rule]
    }

    var BucketName: String?
    var VersioningConfiguration: Versioning?
    var PublicAccessBlockConfiguration: PublicAccess?
    var OwnershipControls: Ownership?
    var Tags: [ValuedTag]?
  }

  static let declaration = ResourceDeclaration(
    "AWS::S3::Bucket", naming: .property("BucketName", lengthMax: 63, form: .lowercase),
    attributes: [
      "Arn": "arn:aws:s3:::{name}", "DomainName": "{name}.s3.amazonaws.com",
      "RegionalDomainName": "{name}.s3.{region}.amazonaws.com",
      "DualStackDomainName": "{name}.s3.dualstack.{region}.amazonaws.com",
      "WebsiteURL": "http://{name}.s3-website.{region}.amazonaws.com",
    ])

  let store: S3Store

  /// Older regions write a dash before their name in a website's address, the others a dot.
  private static let dashed: Set = [
    "us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
    "eu-west-1", "sa-east-1",
  ]

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var identity = Self.declaration.identity(physicalID, properties: properties, in: environment)
    let region = environment.scope.region.text
    if Self.dashed.contains(region) {
      identity.attributes["WebsiteURL"] = .string(
        "http://\(physicalID).s3-website-\(region).amazonaws.com")
    }
    return identity
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    let root = PropertyPath()
    if let name = properties.BucketName, !S3BucketName.isValid(name) {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: root.appending("BucketName"),
          "`\(name)` is not a bucket name",
          hint: "3 to 63 characters of a-z, 0-9, `-` and `.`, with a letter or digit at both ends"))
    }
    if let status = properties.VersioningConfiguration?.Status, S3Versioning(text: status) == nil {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: root.appending("VersioningConfiguration").appending("Status"),
          "`\(status)` is neither Enabled nor Suspended"))
    }
    do { _ = try properties.settings() } catch {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: root.appending("OwnershipControls"),
          "The OwnershipControls is not valid"))
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try S3Rows(transaction).createBucket(step.physicalID, scope: step.scope, now: step.now)
    try update(step, in: transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let rows = S3Rows(transaction)
    let bucket = try rows.bucket(step.physicalID, account: step.scope.account)
    if let status = step.properties.VersioningConfiguration?.Status {
      try rows.setVersioning(S3Versioning(text: status) ?? .off, of: bucket)
    } else if bucket.versioning == .enabled {
      // Versioning can be suspended, never taken away.
      try rows.setVersioning(.suspended, of: bucket)
    }
    try rows.setTags((step.properties.Tags ?? []).stored, of: bucket)
    var settings = try rows.settings(of: bucket)
    for (shape, value) in try step.properties.settings() { settings[shape] = value }
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

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    let rows = S3Rows(transaction)
    guard
      let bucket = try rows.findBucket(request.physicalID, account: request.scope.account)
    else { return nil }
    let settings = try rows.settings(of: bucket)
    var live = Properties(
      BucketName: bucket.name,
      VersioningConfiguration: bucket.versioning.text.map { .init(Status: $0) },
      Tags: [ValuedTag](stored: try rows.tags(of: bucket)))
    if let access = settings[S3BucketConfigurations.publicAccessBlock.shape] {
      live.PublicAccessBlockConfiguration = try TreeDecoder().decode(
        Properties.PublicAccess?.self, from: access)
    }
    if let rule = settings[S3BucketConfigurations.ownershipControls.shape]?["Rule"]?.elements.first
    {
      live.OwnershipControls = .init(Rules: [
        .init(ObjectOwnership: rule["ObjectOwnership"]?.scalarText)
      ])
    }
    return live
  }
}

extension S3BucketResource.Properties {
  /// The bucket's configurations as they are stored; nil for one that is not given.
  fileprivate func settings() throws -> [(shape: String, value: PropertyValue?)] {
    let given: [(S3BucketConfigurations.Kept, PropertyValue?)] = [
      (
        S3BucketConfigurations.publicAccessBlock,
        try PublicAccessBlockConfiguration.map { try TreeEncoder().encode($0) }
      ),
      (
        S3BucketConfigurations.ownershipControls,
        try OwnershipControls.map { try TreeEncoder().encode($0) }
      ),
    ]
    return try given.map { kept, value in
      (kept.shape, try value?.objectValue.map { .object(try kept.check($0)) })
    }
  }
}
