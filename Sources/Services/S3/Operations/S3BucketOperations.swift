import AWSModel
import Crypto
import PropertyTree

/// ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation and versioning.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
struct S3BucketOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(name: "ListBuckets", answerRoot: "ListAllMyBucketsResult", invoke: list),
      Operation(name: "CreateBucket", invoke: create),
      Operation(name: "HeadBucket", invoke: head),
      Operation(name: "DeleteBucket", invoke: delete),
      Operation(name: "GetBucketLocation", answerRoot: "LocationConstraint", invoke: location),
      Operation(
        name: "GetBucketVersioning", answerRoot: "VersioningConfiguration", invoke: getVersioning),
      Operation(name: "PutBucketVersioning", invoke: putVersioning),
    ]
  }

  /// The owner's canonical id: 64 hex digits that stand for the account.
  static func ownerID(_ account: AccountID) -> String {
    Hex.encode(SHA256.hash(data: Array("owner/\(account.text)".utf8)))
  }

  private func list(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "ListBuckets")
    let limit = Int(try members.integer("MaxBuckets", 1...10_000) ?? 10_000)
    let prefix = try members.text("Prefix") ?? ""
    let region = try members.text("BucketRegion")
    let token = try members.text("ContinuationToken")
    try members.finish(context)
    var start = ""
    if let token {
      guard let bytes = Base64.decode(token), let name = String(validating: bytes, as: UTF8.self)
      else {
        throw ServiceError.invalidArgument(
          "continuation-token", token, "The continuation token provided is incorrect")
      }
      start = name
    }
    let after = start
    var found = try store.read {
      try $0.buckets(
        account: context.scope.account, prefix: prefix, region: region, after: after,
        limit: limit + 1)
    }
    let isTruncated = found.count > limit
    if isTruncated { found.removeLast() }
    let buckets = found.map { bucket in
      PropertyValue.object([
        "Name": .string(bucket.name), "CreationDate": .string(bucket.created.iso8601),
        "BucketRegion": .string(bucket.region),
      ])
    }
    var answer: PropertyObject = [
      "Buckets": ["Bucket": .list(buckets)],
      "Owner": ["ID": .string(Self.ownerID(context.scope.account))],
    ]
    if isTruncated, let last = found.last {
      answer["ContinuationToken"] = .string(Base64.encode(Array(last.name.utf8)))
    }
    if !prefix.isEmpty { answer["Prefix"] = .string(prefix) }
    return OperationOutput(answer)
  }

  private func create(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "CreateBucket")
    let name = try members.required("Bucket")
    let configuration = members.value("CreateBucketConfiguration")?.objectValue ?? [:]
    let owner = Self.ownerID(context.scope.account)
    let access = try S3AccessRequest(&members, owner: owner, isBucket: true)
    try members.accept("ObjectLockEnabledForBucket", ["false"])
    let ownership = try members.text("ObjectOwnership").map {
      try S3OwnershipControls($0).checked()
    }
    try members.finish(context)
    for key in configuration.keys where key != "LocationConstraint" {
      throw ServiceError.unsupported("`\(key)` in the CreateBucketConfiguration of CreateBucket")
    }
    let region = try Self.region(
      constraint: configuration["LocationConstraint"]?.scalarText, of: context.scope.region.text)
    let scope = Scope(account: context.scope.account, region: Region(region))
    let now = store.now
    try await store.write { [store] rows in
      if region == "us-east-1",
        let existing = try rows.findBucket(name, account: scope.account),
        existing.region == region
      {
        // In this region alone, making one's own bucket again succeeds and changes nothing.
        return
      }
      try rows.createBucket(name, scope: scope, now: now)
      let bucket = try rows.bucket(name, account: scope.account)
      var settings = PropertyObject()
      if let ownership { try settings.setConfiguration(ownership, S3OwnershipControls.self) }
      settings[S3AccessControl.member] = try Self.list(access, settings, owner)
      try rows.setSettings(settings, of: bucket, store: store)
    }
    return OperationOutput(["Location": .string("/\(name)")])
  }

  /// The list of a bucket in the making. Throws `InvalidBucketAclWithObjectOwnership` where the owner
  /// of the bucket is to own everything.
  private static func list(
    _ access: S3AccessRequest?, _ settings: PropertyObject, _ owner: String
  ) throws -> PropertyValue? {
    do {
      return try access?.kept(by: settings, owner: owner, owned: ["private"]).map {
        try TreeEncoder().encode($0)
      }
    } catch let error as ServiceError where error.code == "AccessControlListNotSupported" {
      throw ServiceError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
    }
  }

  /// The bucket's region, from the constraint and the region that was spoken to.
  static func region(constraint: String?, of endpoint: String) throws -> String {
    guard let constraint, !constraint.isEmpty else {
      if endpoint == "us-east-1" { return endpoint }
      throw ServiceError(
        "IllegalLocationConstraintException",
        "The unspecified location constraint is incompatible for the region specific endpoint "
          + "this request was sent to.")
    }
    let region = constraint == "EU" ? "eu-west-1" : constraint
    let isRegionShaped =
      region.count <= 32 && region.split(separator: "-").count >= 3
      && region.allSatisfy { $0 == "-" || ($0.isASCII && ($0.isLowercase || $0.isNumber)) }
    if region == "us-east-1", endpoint != region {
      throw ServiceError(
        "IllegalLocationConstraintException",
        "The us-east-1 location constraint is incompatible for the region specific endpoint this "
          + "request was sent to.")
    }
    guard isRegionShaped, region != "us-east-1" else {
      throw ServiceError(
        "InvalidLocationConstraint", "The specified location-constraint is not valid",
        fields: ["LocationConstraint": .string(constraint)])
    }
    guard endpoint == "us-east-1" || endpoint == region else {
      throw ServiceError(
        "IllegalLocationConstraintException",
        "The \(region) location constraint is incompatible for the region specific endpoint "
          + "this request was sent to.")
    }
    return region
  }

  private func head(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let bucket = try bucket(input, "HeadBucket", context)
    var output = OperationOutput([
      "BucketRegion": .string(bucket.region), "BucketArn": .string("arn:aws:s3:::\(bucket.name)"),
      "AccessPointAlias": "false",
    ])
    output.headers = [("Content-Type", "application/xml")]
    return output
  }

  /// For operations that take nothing but the bucket.
  private func bucket(_ input: OperationInput, _ name: String, _ context: RequestContext) throws
    -> S3Bucket
  {
    var members = S3Members(input, name)
    let bucket = try members.required("Bucket")
    try members.finish(context)
    return try store.read { try $0.bucket(bucket, account: context.scope.account) }
  }

  private func delete(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let bucket = try bucket(input, "DeleteBucket", context)
    try await store.write { [store] rows in
      let current = try rows.bucket(bucket.name, account: context.scope.account)
      try rows.deleteBucket(current, store: store)
    }
    return OperationOutput()
  }

  private func location(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let bucket = try bucket(input, "GetBucketLocation", context)
    // The one shape whose root holds the text itself; us-east-1 is the empty text.
    let text = bucket.region == "us-east-1" ? "" : bucket.region
    var output = OperationOutput(
      body: .bytes(
        Array(
          ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
            + "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(S3XML.escape(text))"
            + "</LocationConstraint>").utf8)))
    output.members = .object(["LocationConstraint": .string(text)])
    output.headers = [("Content-Type", "application/xml")]
    return output
  }

  private func getVersioning(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let bucket = try bucket(input, "GetBucketVersioning", context)
    var answer = PropertyObject()
    answer.put("Status", bucket.versioning.text)
    return OperationOutput(answer)
  }

  private func putVersioning(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "PutBucketVersioning")
    let name = try members.required("Bucket")
    guard let configuration = members.value("VersioningConfiguration")?.objectValue else {
      throw ServiceError.malformedXML
    }
    try members.finish(context)
    for key in configuration.keys where key != "Status" {
      if key == "MfaDelete", configuration[key]?.scalarText == "Disabled" { continue }
      throw ServiceError.unsupported("`\(key)` in the VersioningConfiguration")
    }
    guard let text = configuration["Status"]?.scalarText else {
      throw ServiceError(
        "IllegalVersioningConfigurationException",
        "The Versioning element must be specified")
    }
    guard let versioning = S3Versioning(text: text) else { throw ServiceError.malformedXML }
    try await store.write { rows in
      try rows.setVersioning(
        versioning, of: try rows.bucket(name, account: context.scope.account))
    }
    return OperationOutput()
  }
}
