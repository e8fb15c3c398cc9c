import AWSModel
import PropertyTree
import ServiceKit

/// ListObjects, ListObjectsV2 and ListObjectVersions.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
struct S3ListOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(name: "ListObjects", answerRoot: "ListBucketResult", invoke: listV1),
      Operation(name: "ListObjectsV2", answerRoot: "ListBucketResult", invoke: listV2),
      Operation(name: "ListObjectVersions", answerRoot: "ListVersionsResult", invoke: listVersions),
    ]
  }

  /// Members that all three listings take.
  private struct Request {
    var bucket: String
    var query = S3ListingQuery()
    var encodes: Bool

    init(_ members: inout S3Members) throws {
      bucket = try members.required("Bucket")
      query.prefix = try members.text("Prefix") ?? ""
      query.delimiter = try members.text("Delimiter") ?? ""
      query.limit = Int(min(1000, try members.integer("MaxKeys", 0...Int64(Int32.max)) ?? 1000))
      let encoding = try members.text("EncodingType")
      guard encoding == nil || encoding == "url" else {
        throw ServiceError.invalidArgument(
          "encoding-type", encoding ?? "", "Invalid Encoding Method specified in Request")
      }
      encodes = encoding != nil
    }

    func write(_ text: String) -> PropertyValue {
      .string(encodes ? PercentEncoding.encode(text, keeping: "/") : text)
    }

    /// The members that every answer begins with.
    func head() -> PropertyObject {
      var answer: PropertyObject = ["Name": .string(bucket), "Prefix": write(query.prefix)]
      if !query.delimiter.isEmpty { answer["Delimiter"] = write(query.delimiter) }
      answer["MaxKeys"] = .int(Int64(query.limit))
      if encodes { answer["EncodingType"] = "url" }
      return answer
    }

    func contents(_ object: S3Object, owner: String?) -> PropertyValue {
      var content: PropertyObject = [
        "Key": write(object.key), "LastModified": .string(object.modified.iso8601),
        "ETag": .string(object.quotedETag), "Size": .int(object.size),
      ]
      if let owner { content["Owner"] = ["ID": .string(owner)] }
      content["StorageClass"] = "STANDARD"
      return .object(content)
    }

    func prefixes<Item>(_ page: S3ListingPage<Item>) -> [PropertyValue] {
      page.entries.compactMap {
        if case .prefix(let prefix) = $0 { ["Prefix": write(prefix)] } else { nil }
      }
    }
  }

  private func page(_ request: Request, _ context: RequestContext) throws
    -> S3ListingPage<S3Object>
  {
    try store.read { rows in
      try rows.objects(
        in: rows.bucket(request.bucket, account: context.scope.account), request.query)
    }
  }

  /// A marker that is itself a common prefix stands behind all that it covers.
  private static func start(after marker: String, _ query: S3ListingQuery) -> S3ListingStart {
    guard !marker.isEmpty else { return .beginning }
    if marker.utf8.starts(with: query.prefix.utf8),
      let prefix = query.commonPrefix(of: marker), prefix.utf8.elementsEqual(marker.utf8)
    {
      return .afterPrefix(marker)
    }
    return .afterKey(marker)
  }

  private func listV1(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "ListObjects")
    var request = try Request(&members)
    let marker = try members.text("Marker") ?? ""
    try members.finish(context)
    request.query.start = Self.start(after: marker, request.query)
    let page = try page(request, context)
    let owner = S3BucketOperations.ownerID(context.scope.account)
    var answer = request.head()
    answer["Marker"] = request.write(marker)
    answer["IsTruncated"] = .bool(page.next != nil)
    if !request.query.delimiter.isEmpty {
      switch page.next {
      case .afterKey(let next), .afterPrefix(let next): answer["NextMarker"] = request.write(next)
      default: break
      }
    }
    answer["Contents"] = .list(page.items.map { request.contents($0, owner: owner) })
    answer["CommonPrefixes"] = .list(request.prefixes(page))
    return OperationOutput(answer.withoutEmptyLists)
  }

  private func listV2(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "ListObjectsV2")
    var request = try Request(&members)
    let token = try members.text("ContinuationToken")
    let startAfter = try members.text("StartAfter")
    let fetchesOwner = try members.text("FetchOwner")?.lowercased() == "true"
    try members.finish(context)
    if let token {
      request.query.start = try S3ContinuationToken.read(token)
    } else if let startAfter, !startAfter.isEmpty {
      request.query.start = .afterKey(startAfter)
    }
    let page = try page(request, context)
    let owner = fetchesOwner ? S3BucketOperations.ownerID(context.scope.account) : nil
    var answer = request.head()
    answer["KeyCount"] = .int(Int64(page.entries.count))
    answer["IsTruncated"] = .bool(page.next != nil)
    answer.put("ContinuationToken", token)
    if let startAfter { answer["StartAfter"] = request.write(startAfter) }
    if let next = page.next { answer.put("NextContinuationToken", S3ContinuationToken.write(next)) }
    answer["Contents"] = .list(page.items.map { request.contents($0, owner: owner) })
    answer["CommonPrefixes"] = .list(request.prefixes(page))
    return OperationOutput(answer.withoutEmptyLists)
  }

  private func listVersions(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "ListObjectVersions")
    var request = try Request(&members)
    let keyMarker = try members.text("KeyMarker") ?? ""
    let versionMarker = try members.text("VersionIdMarker") ?? ""
    try members.finish(context)
    if keyMarker.isEmpty, !versionMarker.isEmpty {
      throw ServiceError.invalidArgument(
        "version-id-marker", versionMarker,
        "A version-id marker cannot be specified without a key marker.")
    }
    request.query.start = Self.start(after: keyMarker, request.query)
    let asked = request
    let page = try store.read { rows in
      let bucket = try rows.bucket(asked.bucket, account: context.scope.account)
      var query = asked.query
      if !versionMarker.isEmpty {
        // A version deleted since then: its key is listed again rather than left out.
        let marked = try rows.version(versionMarker, of: keyMarker, in: bucket)
        query.start = .afterVersion(keyMarker, sequence: marked?.sequence ?? .max)
      }
      return try rows.versions(in: bucket, query)
    }
    let owner = S3BucketOperations.ownerID(context.scope.account)
    var answer = request.head()
    answer["KeyMarker"] = request.write(keyMarker)
    answer["VersionIdMarker"] = .string(versionMarker)
    answer["IsTruncated"] = .bool(page.next != nil)
    if page.next != nil, let last = page.entries.last {
      switch last {
      case .prefix(let prefix): answer["NextKeyMarker"] = request.write(prefix)
      case .item(let item):
        answer["NextKeyMarker"] = request.write(item.object.key)
        answer["NextVersionIdMarker"] = .string(item.object.versionID)
      }
    }
    for isMarker in [false, true] {
      answer[isMarker ? "DeleteMarker" : "Version"] = .list(
        page.items.filter { $0.object.isDeleteMarker == isMarker }
          .map { version($0, request, owner: owner) })
    }
    answer["CommonPrefixes"] = .list(request.prefixes(page))
    return OperationOutput(answer.withoutEmptyLists)
  }

  private func version(_ listed: S3ListedVersion, _ request: Request, owner: String)
    -> PropertyValue
  {
    let object = listed.object
    var entry: PropertyObject = [
      "Key": request.write(object.key), "VersionId": .string(object.versionID),
      "IsLatest": .bool(listed.isLatest), "LastModified": .string(object.modified.iso8601),
    ]
    if !object.isDeleteMarker {
      entry["ETag"] = .string(object.quotedETag)
      entry["Size"] = .int(object.size)
      entry["StorageClass"] = "STANDARD"
    }
    entry["Owner"] = ["ID": .string(owner)]
    return .object(entry)
  }
}

extension S3ListingPage {
  var items: [Item] {
    entries.compactMap { if case .item(let item) = $0 { item } else { nil } }
  }
}

extension PropertyObject {
  /// XML has no empty list: its element is absent.
  var withoutEmptyLists: PropertyObject {
    PropertyObject(filter { $0.value != .list([]) }.map { ($0.key, $0.value) })
  }
}

/// The opaque place where the next page begins: base64 of `k` or `p` and the text.
enum S3ContinuationToken {
  static func write(_ start: S3ListingStart) -> String? {
    switch start {
    case .afterKey(let key): Base64.encode(Array("k\(key)".utf8))
    case .afterPrefix(let prefix): Base64.encode(Array("p\(prefix)".utf8))
    case .beginning, .afterVersion: nil
    }
  }

  static func read(_ token: String) throws -> S3ListingStart {
    // By bytes: a key may begin with a combining mark, which would merge with the letter.
    if let bytes = Base64.decode(token), let kind = bytes.first,
      let text = String(validating: bytes.dropFirst(), as: UTF8.self)
    {
      if kind == UInt8(ascii: "k") { return .afterKey(text) }
      if kind == UInt8(ascii: "p") { return .afterPrefix(text) }
    }
    throw ServiceError.invalidArgument(
      "continuation-token", token, "The continuation token provided is incorrect")
  }
}
