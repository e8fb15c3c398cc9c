import AWSModel
import Effects
import PropertyTree

/// DeleteObject and DeleteObjects.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
struct S3DeleteOperations: Sendable {
  let store: S3Store

  /// The most keys of one DeleteObjects.
  static let keysMax = 1000

  var all: [Operation] {
    [
      Operation(name: "DeleteObject", invoke: deleteOne),
      Operation(name: "DeleteObjects", answerRoot: "DeleteResult", invoke: deleteMany),
    ]
  }

  /// The outcome of a deletion.
  private struct Deletion: Sendable {
    var deletedVersion: String?
    var markerVersion: String?
    var isMarker: Bool { deletedMarker || markerVersion != nil }
    var deletedMarker = false
  }

  private static func delete(
    _ key: String, version: String?, ifMatch: String?, in bucket: S3Bucket, now: Timestamp,
    rows: S3Rows, store: S3Store
  ) throws -> Deletion {
    if let ifMatch {
      try S3WriteConditions(ifMatch: ifMatch).check(
        try version.map { try rows.version($0, of: key, in: bucket) } ?? rows.live(key, in: bucket),
        key: key)
    }
    if let version {
      var deletion = Deletion(deletedVersion: version)
      if let object = try rows.version(version, of: key, in: bucket) {
        deletion.deletedMarker = object.isDeleteMarker
        try rows.remove(object, from: bucket, store: store)
      }
      return deletion
    }
    if bucket.versioning == .off {
      if let object = try rows.newest(key, in: bucket) {
        try rows.remove(object, from: bucket, store: store)
      }
      return Deletion()
    }
    return Deletion(
      markerVersion: try rows.insertMarker(key, in: bucket, now: now, store: store))
  }

  private func deleteOne(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "DeleteObject")
    let name = try members.required("Bucket")
    let key = try members.key()
    let version = try members.text("VersionId")
    let ifMatch = try members.text("IfMatch")
    try members.finish(context)
    let now = store.now
    let deletion = try await store.write { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      return try Self.delete(
        key, version: version, ifMatch: ifMatch, in: bucket, now: now, rows: rows, store: store)
    }
    var answer = PropertyObject()
    if deletion.isMarker { answer["DeleteMarker"] = true }
    answer.put("VersionId", deletion.deletedVersion ?? deletion.markerVersion)
    return OperationOutput(answer)
  }

  private struct Target: Sendable {
    var key: String
    var version: String?
    var etag: String?
  }

  private func deleteMany(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "DeleteObjects")
    let name = try members.required("Bucket")
    let document = members.value("Delete")
    try members.finish(context)
    let targets = try Self.targets(document)
    let isQuiet = document?["Quiet"]?.booleanValue ?? false
    let now = store.now
    let outcomes = try await store.write { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      return try targets.map { target -> Result<Deletion, ServiceError> in
        do {
          try S3Object.validateKey(target.key)
          return .success(
            try Self.delete(
              target.key, version: target.version, ifMatch: target.etag, in: bucket, now: now,
              rows: rows, store: store))
        } catch let error as ServiceError { return .failure(error) }
      }
    }
    var deleted: [PropertyValue] = []
    var errors: [PropertyValue] = []
    for (target, outcome) in zip(targets, outcomes) {
      var entry: PropertyObject = ["Key": .string(target.key)]
      entry.put("VersionId", target.version)
      switch outcome {
      case .success(let deletion):
        if deletion.isMarker { entry["DeleteMarker"] = true }
        entry.put(
          "DeleteMarkerVersionId",
          deletion.markerVersion ?? (deletion.deletedMarker ? target.version : nil))
        if !isQuiet { deleted.append(.object(entry)) }
      case .failure(let error):
        entry["Code"] = .string(error.code)
        entry["Message"] = .string(error.message)
        errors.append(.object(entry))
      }
    }
    return OperationOutput(
      (["Deleted": .list(deleted), "Error": .list(errors)] as PropertyObject).withoutEmptyLists)
  }

  private static func targets(_ document: PropertyValue?) throws -> [Target] {
    guard let object = document?.objectValue else { throw ServiceError.malformedXML }
    for name in object.keys where !["Objects", "Quiet"].contains(name) {
      throw ServiceError.unsupported("`\(name)` in the Delete document of DeleteObjects")
    }
    let elements = object["Objects"]?.elements ?? []
    guard (1...keysMax).contains(elements.count) else { throw ServiceError.malformedXML }
    return try elements.map { element in
      guard let members = element.objectValue, let key = members["Key"]?.scalarText else {
        throw ServiceError.malformedXML
      }
      for name in members.keys where !["Key", "VersionId", "ETag"].contains(name) {
        throw ServiceError.unsupported("`\(name)` in an Object of DeleteObjects")
      }
      return Target(
        key: key, version: members["VersionId"]?.scalarText, etag: members["ETag"]?.scalarText)
    }
  }
}
