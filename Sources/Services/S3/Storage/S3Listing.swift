import AWSModel
import Effects
import GRDB
import ServiceKit

/// The query of a listing. All order is that of the keys' UTF-8 bytes.
struct S3ListingQuery: Sendable, Hashable {
  var prefix = ""
  /// Empty: none.
  var delimiter = ""
  var start = S3ListingStart.beginning
  var limit = 1000
}

/// The place where a page begins.
enum S3ListingStart: Sendable, Hashable {
  case beginning
  /// Behind this key.
  case afterKey(String)
  /// Behind everything that begins so.
  case afterPrefix(String)
  /// Behind this version of this key (all listings of versions).
  case afterVersion(String, sequence: Int64)
}

struct S3ListingPage<Item: Sendable>: Sendable {
  enum Entry: Sendable {
    case item(Item)
    case prefix(String)
  }

  var entries: [Entry] = []
  /// The place where the next page begins; nil when this was the last.
  var next: S3ListingStart?
}

/// One version in a listing of versions.
struct S3ListedVersion: Sendable, Hashable {
  var object: S3Object
  var isLatest: Bool
}

extension S3ListingQuery {
  /// The part of `key` up to the delimiter behind the prefix, or nil.
  func commonPrefix(of key: String) -> String? {
    guard !delimiter.isEmpty else { return nil }
    let bytes = Array(key.utf8)
    let wanted = Array(delimiter.utf8)
    var index = prefix.utf8.count
    while index + wanted.count <= bytes.count {
      if bytes[index] == wanted[0], bytes[index..<index + wanted.count].elementsEqual(wanted) {
        return String(decoding: bytes[..<(index + wanted.count)], as: UTF8.self)
      }
      index += 1
    }
    return nil
  }

  /// The first text behind all texts that begin with `prefix`: its last scalar raised by one,
  /// since UTF-8 orders as scalars do. nil when there is none.
  static func successor(of prefix: String) -> String? {
    var scalars = Array(prefix.unicodeScalars)
    while let last = scalars.popLast() {
      guard last.value < 0x10FFFF else { continue }
      let raised = last.value + 1 == 0xD800 ? 0xE000 : last.value + 1
      guard let scalar = Unicode.Scalar(raised) else { continue }
      scalars.append(scalar)
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return String(text)
    }
    return nil
  }

  static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}

/// Walks keys in order by seeking: a common prefix, or a key with many versions, is skipped in one
/// step however much lies under it.
private struct S3KeyWalk {
  let rows: S3Rows
  let bucket: S3Bucket
  let upper: String?
  private var cursor: RowCursor?
  private var lower: String?
  private var isInclusive = true

  init(_ rows: S3Rows, _ bucket: S3Bucket, _ query: S3ListingQuery) {
    self.rows = rows
    self.bucket = bucket
    upper = S3ListingQuery.successor(of: query.prefix)
    lower = query.prefix
    switch query.start {
    case .beginning: break
    case .afterKey(let key):
      if !S3ListingQuery.precedes(key, query.prefix) { seek(behind: key) }
    case .afterVersion(let key, _):
      // The rest of the key's versions still counts.
      if S3ListingQuery.precedes(query.prefix, key) { lower = key }
    case .afterPrefix(let prefix):
      if !S3ListingQuery.precedes(prefix, query.prefix) { skip(prefix: prefix) }
    }
  }

  mutating func seek(behind key: String) {
    (cursor, lower, isInclusive) = (nil, key, false)
  }

  mutating func skip(prefix: String) {
    (cursor, lower, isInclusive) = (nil, S3ListingQuery.successor(of: prefix), true)
  }

  mutating func next() throws -> S3Object? {
    guard let lower else { return nil }
    if cursor == nil {
      let statement = try rows.database.cachedStatement(
        sql: """
          SELECT \(S3Rows.objectColumns) FROM s3_object
          WHERE bucket = ? AND key \(isInclusive ? ">=" : ">") ?\(upper == nil ? "" : " AND key < ?")
          ORDER BY key, sequence DESC
          """)
      var arguments: StatementArguments = [bucket.id, lower]
      if let upper { arguments += [upper] }
      cursor = try Row.fetchCursor(statement, arguments: arguments)
    }
    return try cursor?.next().map(rows.object)
  }
}

extension S3Rows {
  /// A key with more versions than this is left by a new seek.
  private static let versionsWalkedMax = 16

  /// Current objects, delete markers left out.
  func objects(in bucket: S3Bucket, _ query: S3ListingQuery) throws -> S3ListingPage<S3Object> {
    var page = S3ListingPage<S3Object>()
    guard query.limit > 0 else { return page }
    var walk = S3KeyWalk(self, bucket, query)
    var last: (key: String, walked: Int)?
    var position = query.start
    while let object = try walk.next() {
      if let current = last, current.key.utf8.elementsEqual(object.key.utf8) {
        last = (current.key, current.walked + 1)
        if current.walked >= Self.versionsWalkedMax { walk.seek(behind: current.key) }
        continue
      }
      last = (object.key, 0)
      if object.isDeleteMarker { continue }
      guard page.entries.count < query.limit else {
        page.next = position
        return page
      }
      if let prefix = query.commonPrefix(of: object.key) {
        page.entries.append(.prefix(prefix))
        position = .afterPrefix(prefix)
        walk.skip(prefix: prefix)
      } else {
        page.entries.append(.item(object))
        position = .afterKey(object.key)
      }
    }
    return page
  }

  /// Every version and delete marker, newest first within a key.
  func versions(in bucket: S3Bucket, _ query: S3ListingQuery) throws
    -> S3ListingPage<S3ListedVersion>
  {
    var page = S3ListingPage<S3ListedVersion>()
    guard query.limit > 0 else { return page }
    var walk = S3KeyWalk(self, bucket, query)
    var lastKey: String?
    var position = query.start
    while let object = try walk.next() {
      let isLatest = lastKey.map { !$0.utf8.elementsEqual(object.key.utf8) } ?? true
      lastKey = object.key
      if case .afterVersion(let key, let sequence) = query.start,
        key.utf8.elementsEqual(object.key.utf8), object.sequence >= sequence
      {
        continue
      }
      guard page.entries.count < query.limit else {
        page.next = position
        return page
      }
      if let prefix = query.commonPrefix(of: object.key) {
        page.entries.append(.prefix(prefix))
        position = .afterPrefix(prefix)
        walk.skip(prefix: prefix)
      } else {
        page.entries.append(.item(S3ListedVersion(object: object, isLatest: isLatest)))
        position = .afterVersion(object.key, sequence: object.sequence)
      }
    }
    return page
  }
}
