import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// CopyObject.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
struct S3CopyOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [Operation(name: "CopyObject", invoke: copy)]
  }

  private func copy(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "CopyObject")
    let name = try members.required("Bucket")
    let key = try members.key()
    let source = try S3CopySource(&members, context)
    let replacesMetadata = try Self.directive("MetadataDirective", &members)
    let replacesTags = try Self.directive("TaggingDirective", &members)
    let given = try S3StoredMembers.read(&members)
    let tagging = try members.text("Tagging").map(S3Tags.parse(header:))
    let algorithm = try members.text("ChecksumAlgorithm").map(S3ChecksumAlgorithm.parsing)
    let conditions = S3WriteConditions(
      ifMatch: try members.text("IfMatch"), ifNoneMatch: try members.text("IfNoneMatch"))
    let encryption = try S3Encryption.requested(&members, context.scope)
    let owner = S3BucketOperations.ownerID(context.scope.account)
    let access = try S3AccessRequest(&members, owner: owner, isBucket: false)
    let changes = try members.acceptStorageClass() || encryption != nil || replacesMetadata
    try members.finish(context)

    let (fromBucket, from) = try source.find(store, context)
    if !changes, source.isSame(as: name, key), source.versionID == nil {
      throw ServiceError(
        "InvalidRequest",
        "This copy request is illegal because it is trying to copy an object to itself without "
          + "changing the object's metadata, storage class, website redirect location or "
          + "encryption attributes.")
    }
    try store.read { rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      _ = try rows.accessList(access, owner: owner, in: bucket)
    }
    var attributes = replacesMetadata ? given : try from.attributeMembers()
    // Parts, lists and encryption are the copy's own.
    for name in S3Object.internalAttributes.union(S3Encryption.members) { attributes[name] = nil }
    attributes = attributes.merging(encryption?.answer ?? [:])
    let kept = try Self.removeChecksum(&attributes, from: try from.attributeMembers())
    let tags = replacesTags ? tagging : try S3Tags.read(from.tags)
    let staged = try source.stage(from, store, algorithm: algorithm ?? kept ?? .always)
    S3StoredMembers.addChecksum(staged, to: &attributes)
    let object = S3NewObject(
      key: key, size: staged.size, etag: staged.md5, file: staged.id, attributes: attributes,
      tags: tags, modified: store.now)
    let written = try await store.commit(staged) { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      try conditions.check(rows.live(key, in: bucket), key: key)
      var object = object
      object.attributes[S3AccessControl.member] = try rows.accessList(
        access, owner: owner, in: bucket)
      return try rows.insert(object, in: bucket, store: store)
    }
    var result: PropertyObject = [
      "LastModified": .string(object.modified.iso8601), "ETag": .string("\"\(staged.md5)\""),
    ]
    S3StoredMembers.addChecksum(staged, to: &result)
    var answer = try written.answer(object)
    answer["CopyObjectResult"] = .object(result)
    if fromBucket.versioning != .off { answer["CopySourceVersionId"] = .string(from.versionID) }
    return OperationOutput(answer)
  }

  /// True for REPLACE.
  private static func directive(_ name: String, _ members: inout S3Members) throws -> Bool {
    guard let text = try members.text(name) else { return false }
    switch text {
    case "COPY": return false
    case "REPLACE": return true
    default:
      throw ServiceError.invalidArgument(name, text, "Unknown \(name).")
    }
  }

  /// Takes the old checksum out, since it is computed anew, and returns its algorithm.
  private static func removeChecksum(
    _ attributes: inout PropertyObject, from source: PropertyObject
  ) throws -> S3ChecksumAlgorithm? {
    attributes["ChecksumType"] = nil
    var found: S3ChecksumAlgorithm?
    for algorithm in S3ChecksumAlgorithm.allCases {
      if source[algorithm.member] != nil { found = algorithm }
      attributes[algorithm.member] = nil
    }
    return found
  }
}

/// The object that a copy reads: `[/]bucket/key[?versionId=…]`, URL-encoded.
struct S3CopySource: Sendable {
  var bucket: String
  var key: String
  var versionID: String?
  private var conditions: S3ReadConditions

  init(_ members: inout S3Members, _ context: RequestContext) throws {
    let header = try members.required("CopySource")
    var path = header.hasPrefix("/") ? header.dropFirst() : header[...]
    if let range = path.utf8.lastIndex(of: UInt8(ascii: "?")) {
      let query = path[path.utf8.index(after: range)...]
      path = path[..<range]
      guard query.hasPrefix("versionId=") else {
        throw ServiceError.invalidArgument(
          "x-amz-copy-source", header, "Copy Source must mention the source bucket and key")
      }
      versionID = String(query.dropFirst(10))
    }
    guard let decoded = PercentEncoding.decode(path), let slash = decoded.utf8.firstIndex(of: 0x2F),
      slash != decoded.startIndex, decoded.utf8.index(after: slash) != decoded.endIndex
    else {
      throw ServiceError.invalidArgument(
        "x-amz-copy-source", header,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    }
    bucket = String(decoding: decoded.utf8[..<slash], as: UTF8.self)
    key = String(decoding: decoded.utf8[decoded.utf8.index(after: slash)...], as: UTF8.self)
    conditions = S3ReadConditions(
      ifMatch: try members.text("CopySourceIfMatch"),
      ifNoneMatch: try members.text("CopySourceIfNoneMatch"),
      ifModifiedSince: try members.text("CopySourceIfModifiedSince"),
      ifUnmodifiedSince: try members.text("CopySourceIfUnmodifiedSince"))
    if let owner = try members.text("ExpectedSourceBucketOwner"),
      owner != context.scope.account.text
    {
      throw ServiceError("AccessDenied", "Access Denied", status: 403)
    }
  }

  func isSame(as bucket: String, _ key: String) -> Bool {
    self.bucket == bucket && self.key.utf8.elementsEqual(key.utf8)
  }

  func find(_ store: S3Store, _ context: RequestContext) throws -> (S3Bucket, S3Object) {
    let found = try store.read { rows in
      let bucket = try rows.bucket(bucket, account: context.scope.account)
      if let versionID, try rows.version(versionID, of: key, in: bucket)?.isDeleteMarker ?? false {
        throw ServiceError(
          "InvalidRequest",
          "The source of a copy request may not specifically refer to a delete marker by version "
            + "id.")
      }
      return (bucket, try rows.existing(key, version: versionID, in: bucket))
    }
    try conditions.checkCopy(found.1)
    return found
  }

  /// Copies the bytes into a new staged file.
  func stage(
    _ object: S3Object, _ store: S3Store, range: Range<Int64>? = nil,
    algorithm: S3ChecksumAlgorithm?
  ) throws -> S3StagedBytes {
    var file = try store.files.stage(S3ExpectedDigests(algorithm: algorithm))
    do {
      if let name = object.file {
        try file.append(
          contentsOf: try store.files.open(name), range: range ?? 0..<object.size)
      }
      return try file.finish()
    } catch {
      store.abandon(file.id)
      throw error
    }
  }
}

extension S3StagingFile {
  /// A megabyte at a time. Throws when the file is shorter than the range.
  mutating func append(contentsOf handle: any FileHandle, range: Range<Int64>) throws {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(1 << 20, range.upperBound - offset))
      let bytes = try S3ObjectFiles.attempt { () throws(FileFailure) in
        try handle.read(at: offset, count: count)
      }
      guard bytes.count == count else {
        throw ServiceError.internalFailure("The bytes of the object are incomplete.")
      }
      try append(bytes)
      offset += Int64(count)
    }
  }
}
