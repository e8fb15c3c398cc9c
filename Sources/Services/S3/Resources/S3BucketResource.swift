import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::S3::Bucket`.
struct S3BucketResource: ResourceDefinition {
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
    for setting in properties.settings() {
      issues.check(setting.property) { () throws(ServiceError) in
        var settings = PropertyObject()
        try setting.apply(&settings)
      }
    }
    issues.check("AccessControl") { () throws(ServiceError) in
      guard properties.AccessControl != nil else { return }
      var settings = PropertyObject()
      for setting in properties.settings() { try setting.apply(&settings) }
      _ = try Self.list(properties, settings, owner: "")
    }
  }

  /// The list that the properties ask for; nil for the owner's alone. Throws where the bucket that
  /// they describe does not take it.
  private static func list(
    _ properties: Properties, _ settings: PropertyObject, owner: String
  ) throws(ServiceError) -> PropertyValue? {
    guard let name = properties.AccessControl else { return nil }
    guard let canned = S3CannedNames.names[name] else {
      throw ServiceError.validation("`\(name)` is not an access control list")
    }
    let asked = try S3AccessRequest(canned: canned, owner: owner, isBucket: true)
    do {
      return try asked.kept(by: settings, owner: owner, owned: ["private"]).map {
        try TreeEncoder().encode($0)
      }
    } catch let error as ServiceError { throw error } catch {
      throw ServiceError.internalFailure("The access control list can't be read: \(error)")
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
    try rows.setTags(step.allTags(step.properties.Tags).stored, of: bucket)
    var settings = try rows.settings(of: bucket)
    for setting in step.properties.settings() { try setting.apply(&settings) }
    settings[S3AccessControl.member] = try Self.list(
      step.properties, settings, owner: S3BucketOperations.ownerID(step.scope.account))
    try rows.setSettings(settings, of: bucket, store: store)
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

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try S3Rows(transaction).bucketNames(account: scope.account)
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
    func given<C: S3Configuration>(_ type: C.Type) throws -> C? {
      settings[type.traits.member] == nil ? nil : try settings.configuration(type)
    }
    live.PublicAccessBlockConfiguration = try given(S3PublicAccessBlock.self)
    live.OwnershipControls = try given(S3OwnershipControls.self).map { controls in
      .init(Rules: controls.Rules.map { .init(ObjectOwnership: $0.ObjectOwnership) })
    }
    live.BucketEncryption = try given(S3EncryptionConfiguration.self).map { .init($0) }
    live.CorsConfiguration = try given(S3CORSConfiguration.self).map { .init($0) }
    live.LifecycleConfiguration = try given(S3LifecycleConfiguration.self).map { .init($0) }
    let owner = S3BucketOperations.ownerID(request.scope.account)
    let list = try settings[S3AccessControl.member].map {
      try TreeDecoder().decode(S3AccessControl.self, from: $0)
    }
    live.AccessControl = try S3CannedNames.name(
      of: list ?? .owned(by: owner), owner: owner,
      preferring: request.properties["AccessControl"]?.stringValue)
    return live
  }
}

extension S3BucketResource.Properties {
  /// A property that is one of the bucket's configurations, to be written among its settings.
  struct Setting: Sendable {
    var property: String
    var apply: @Sendable (inout PropertyObject) throws(ServiceError) -> Void
  }

  /// Each configuration, given or not: one that is not given is what a new bucket has.
  func settings() -> [Setting] {
    [
      setting("PublicAccessBlockConfiguration", PublicAccessBlockConfiguration),
      setting(
        "OwnershipControls",
        OwnershipControls.map { controls in
          S3OwnershipControls(controls.Rules.map { $0.ObjectOwnership ?? "" })
        }),
      setting("BucketEncryption", BucketEncryption?.configuration),
      setting("CorsConfiguration", CorsConfiguration?.configuration),
      setting("LifecycleConfiguration", LifecycleConfiguration?.configuration),
    ]
  }

  private func setting<C: S3Configuration>(_ property: String, _ given: C?) -> Setting {
    Setting(property: property) { (settings: inout PropertyObject) throws(ServiceError) in
      try settings.place(given, C.self)
    }
  }
}
