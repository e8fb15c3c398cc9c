import Effects
import PropertyTree
import ServiceKit

/// When a bucket's rules end things. Everything follows from what is stored and the time, so that
/// nothing about it has to be kept.
struct S3Lifecycle: Sendable {
  static let dayMilliseconds: Int64 = 86_400_000

  private let rules: [S3LifecycleConfiguration.Rule]

  init(_ configuration: S3LifecycleConfiguration) {
    rules = configuration.Rules.filter(\.isEnabled)
  }

  var isEmpty: Bool { rules.isEmpty }

  /// The midnight (UTC) that begins the first day after `days` days have passed.
  static func midnight(after days: Int64, from start: Timestamp) -> Timestamp {
    let passed = start.milliseconds + days * dayMilliseconds
    return Timestamp(milliseconds: (passed / dayMilliseconds + 1) * dayMilliseconds)
  }

  /// The end of a current version, and the rule that sets it; nil where none does.
  func expiry(of object: S3Object) throws -> (at: Timestamp, rule: String)? {
    let tags = try S3Tags.read(object.tags)
    var first: (at: Timestamp, rule: String)?
    for rule in rules where rule.holds(object, tags) {
      guard let at = rule.Expiration?.end(object.modified) else { continue }
      if first.map({ at < $0.at }) ?? true { first = (at, rule.ID ?? "") }
    }
    return first
  }

  /// The end of an object as answers about it say it: `expiry-date="…", rule-id="…"`.
  func header(of object: S3Object) throws -> String? {
    try expiry(of: object).map {
      "expiry-date=\"\($0.at.httpDate)\", rule-id=\"\(PercentEncoding.encode($0.rule, keeping: ""))\""
    }
  }

  func header(of new: S3NewObject) throws -> String? {
    try header(
      of: S3Object(
        key: new.key, sequence: 0, versionID: "null", isDeleteMarker: false, size: new.size,
        etag: new.etag, modified: new.modified, file: nil, attributes: "{}",
        tags: S3Tags.stored(new.tags)))
  }

  /// The versions of a key that are at their end.
  ///
  /// - Parameter versions: all of one key, the newest first.
  func ended(_ versions: [S3Object], now: Timestamp) throws -> (
    current: Bool, noncurrent: [S3Object]
  ) {
    guard let current = versions.first else { return (false, []) }
    var ended: [S3Object] = []
    for (index, version) in versions.enumerated().dropFirst() {
      // A version stops being current when the next one comes.
      let since = versions[index - 1].modified
      let tags = try S3Tags.read(version.tags)
      let isOver = rules.contains { rule in
        guard let limit = rule.NoncurrentVersionExpiration, let days = limit.NoncurrentDays,
          rule.holds(version, tags)
        else { return false }
        return Int64(index - 1) >= limit.NewerNoncurrentVersions ?? 0
          && Self.midnight(after: days, from: since) <= now
      }
      if isOver { ended.append(version) }
    }
    if current.isDeleteMarker {
      // A marker hides nothing any more once all versions behind it are gone.
      guard versions.count == ended.count + 1 else { return (false, ended) }
      let isOver = rules.contains { rule in
        guard rule.holds(current, [:]), let expiration = rule.Expiration else { return false }
        return expiration.ExpiredObjectDeleteMarker == true
          || expiration.end(current.modified).map { $0 <= now } ?? false
      }
      return (isOver, ended)
    }
    return (try expiry(of: current).map { $0.at <= now } ?? false, ended)
  }

  func isEnded(_ upload: S3Upload, now: Timestamp) -> Bool {
    rules.contains { rule in
      guard let days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
        upload.key.utf8.starts(with: rule.prefix.utf8)
      else { return false }
      return Self.midnight(after: days, from: upload.initiated) <= now
    }
  }
}

extension S3LifecycleConfiguration.Rule {
  fileprivate var prefix: String { Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? "" }

  fileprivate func holds(_ object: S3Object, _ tags: PropertyObject) -> Bool {
    let above = Filter?.ObjectSizeGreaterThan ?? Filter?.And?.ObjectSizeGreaterThan
    let below = Filter?.ObjectSizeLessThan ?? Filter?.And?.ObjectSizeLessThan
    return object.key.utf8.starts(with: prefix.utf8)
      && (above.map { object.size > $0 } ?? true) && (below.map { object.size < $0 } ?? true)
      && (Filter?.tags ?? []).allSatisfy { tags[$0.Key]?.scalarText == $0.Value }
  }
}

extension S3LifecycleConfiguration.Expiration {
  fileprivate func end(_ modified: Timestamp) -> Timestamp? {
    if let days = Days { return S3Lifecycle.midnight(after: days, from: modified) }
    return Date.flatMap(S3Date.parse)
  }
}
