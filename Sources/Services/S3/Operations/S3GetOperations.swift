import AWSModel
import Effects
import PropertyTree

/// GetObject and HeadObject.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
struct S3GetOperations: Sendable {
  let store: S3Store

  private static let overrides: [(member: String, query: String, overridden: String)] = [
    ("ResponseCacheControl", "response-cache-control", "CacheControl"),
    ("ResponseContentDisposition", "response-content-disposition", "ContentDisposition"),
    ("ResponseContentEncoding", "response-content-encoding", "ContentEncoding"),
    ("ResponseContentLanguage", "response-content-language", "ContentLanguage"),
    ("ResponseContentType", "response-content-type", "ContentType"),
    ("ResponseExpires", "response-expires", "Expires"),
  ]

  var all: [Operation] {
    ["GetObject", "HeadObject"].map { name in
      Operation(name: name) { input, context in
        try get(try Request(input, name, context))
      }
    }
  }

  /// A request to read an object.
  private struct Request {
    var bucket: String
    var key: String
    var versionID: String?
    var range: String?
    var part: Int64?
    var conditions: S3ReadConditions
    var wantsChecksum: Bool
    var overrides: [(member: String, text: String)] = []
    var isHead: Bool
    var context: RequestContext

    init(_ input: OperationInput, _ name: String, _ context: RequestContext) throws {
      var members = S3Members(input, name)
      bucket = try members.required("Bucket")
      key = try members.required("Key")
      versionID = try members.text("VersionId")
      range = try members.text("Range")
      part = try members.integer("PartNumber", S3Upload.partNumbers)
      guard range == nil || part == nil else {
        throw ServiceError(
          "InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
      }
      conditions = S3ReadConditions(
        ifMatch: try members.text("IfMatch"), ifNoneMatch: try members.text("IfNoneMatch"),
        ifModifiedSince: try members.text("IfModifiedSince"),
        ifUnmodifiedSince: try members.text("IfUnmodifiedSince"))
      wantsChecksum = try members.text("ChecksumMode")?.uppercased() == "ENABLED"
      for entry in S3GetOperations.overrides {
        guard let text = try members.text(entry.member) else { continue }
        guard !context.accessKeyID.isEmpty else {
          throw ServiceError(
            "InvalidRequest",
            "Request specific response headers cannot be used for anonymous GET requests.")
        }
        overrides.append((entry.overridden, text))
      }
      isHead = name == "HeadObject"
      self.context = context
      try members.finish(context)
    }
  }

  private func get(_ request: Request) throws -> OperationOutput {
    // A small file that is replaced between the row and the read is looked up once more.
    for _ in 0..<3 {
      let found = try store.read { rows in
        let bucket = try rows.bucket(request.bucket, account: request.context.scope.account)
        let lifecycle = try rows.lifecycle(of: bucket)
        let object =
          try request.versionID.map { try rows.version($0, of: request.key, in: bucket) }
          ?? rows.newest(request.key, in: bucket)
        return (bucket, lifecycle, object)
      }
      let (bucket, lifecycle, object) = found
      guard let object else {
        if let version = request.versionID {
          throw ServiceError.noSuchVersion(request.key, version)
        }
        throw ServiceError.noSuchKey(request.key)
      }
      if object.isDeleteMarker { throw marker(object, request) }
      do {
        var output = try answer(object, bucket, request)
        if request.versionID == nil, let ends = try lifecycle?.header(of: object) {
          output.headers.append(("x-amz-expiration", ends))
        }
        return output
      } catch is S3FileGone { continue }
    }
    throw ServiceError.internalFailure("The bytes of the object are missing.")
  }

  private func answer(_ object: S3Object, _ bucket: S3Bucket, _ request: Request) throws
    -> OperationOutput
  {
    var members: PropertyObject = [
      "ETag": .string(object.quotedETag), "LastModified": .string(object.modified.httpDate),
      "AcceptRanges": "bytes",
    ]
    if bucket.versioning != .off { members["VersionId"] = .string(object.versionID) }
    if try request.conditions.isNotModified(object) {
      return OperationOutput(members, body: .bytes([]), status: 304)
    }
    let attributes = try object.attributeMembers()
    var range = try S3ByteRange.resolve(request.range, size: object.size)
    if let part = request.part {
      range = try S3PartRange.resolve(part, of: object, attributes)
      members["PartsCount"] = attributes["PartsCount"]
    }
    for (name, value) in attributes where !S3Object.internalAttributes.contains(name) {
      if name.hasPrefix("Checksum"), !request.wantsChecksum || range != nil { continue }
      members[name] = value
    }
    let tagCount = try S3Tags.read(object.tags).count
    if tagCount > 0 { members["TagCount"] = .int(Int64(tagCount)) }
    for entry in request.overrides { members[entry.member] = .string(entry.text) }
    let span = range ?? 0..<object.size
    if range != nil {
      members["ContentRange"] =
        .string("bytes \(span.lowerBound)-\(span.upperBound - 1)/\(object.size)")
    }
    let status = range == nil ? 200 : 206
    if request.isHead {
      members["ContentLength"] = .int(span.upperBound - span.lowerBound)
      return OperationOutput(members, body: .bytes([]), status: status)
    }
    return OperationOutput(members, body: try bytes(object, span), status: status)
  }

  private func bytes(_ object: S3Object, _ span: Range<Int64>) throws -> ResponseBody {
    let count = span.upperBound - span.lowerBound
    guard let file = object.file, count > 0 else { return .bytes([]) }
    guard count <= S3Store.bufferedBytesMax else {
      return .file(path: store.files.path(file), offset: span.lowerBound, count: count)
    }
    let handle: any FileHandle
    do { handle = try store.files.open(file) } catch { throw S3FileGone() }
    let bytes = try S3ObjectFiles.attempt { () throws(FileFailure) in
      try handle.read(at: span.lowerBound, count: Int(count))
    }
    guard bytes.count == Int(count) else {
      throw ServiceError.internalFailure("The bytes of the object are incomplete.")
    }
    return .bytes(bytes)
  }

  /// 404 where the marker is current, 405 where its version was asked for.
  private func marker(_ object: S3Object, _ request: Request) -> ServiceError {
    var fault =
      request.versionID == nil
      ? ServiceError.noSuchKey(request.key)
      : ServiceError.markerIsNoObject(object, for: request.isHead ? "HEAD" : "GET")
    fault.headers["x-amz-delete-marker"] = "true"
    fault.headers["x-amz-version-id"] = object.versionID
    return fault
  }
}

/// An object's file went between reading the row and opening the file.
private struct S3FileGone: Error {}
