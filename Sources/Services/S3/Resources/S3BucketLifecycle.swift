import AWSModel
import PropertyTree

extension S3BucketResource.Properties {
  /// A bucket's lifecycle in a template's words.
  ///
  /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-lifecycleconfiguration.html>
  struct Lifecycle: Codable, Sendable {
    struct Tag: Codable, Sendable {
      var Key: String
      var Value: String
    }

    struct Noncurrent: Codable, Sendable {
      var NoncurrentDays: Int64
      var NewerNoncurrentVersions: Int64?
    }

    struct Abort: Codable, Sendable { var DaysAfterInitiation: Int64 }

    struct Rule: Codable, Sendable {
      var Id: String?
      var Status: String
      var Prefix: String?
      var TagFilters: [Tag]?
      var ObjectSizeGreaterThan: String?
      var ObjectSizeLessThan: String?
      var ExpirationInDays: Int64?
      var ExpirationDate: String?
      var ExpiredObjectDeleteMarker: Bool?
      var NoncurrentVersionExpirationInDays: Int64?
      var NoncurrentVersionExpiration: Noncurrent?
      var AbortIncompleteMultipartUpload: Abort?
    }

    var Rules: [Rule]
    var TransitionDefaultMinimumObjectSize: String?
  }
}

extension S3BucketResource.Properties.Lifecycle {
  var configuration: S3LifecycleConfiguration {
    S3LifecycleConfiguration(
      Rules: Rules.map(\.rule),
      TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize)
  }

  init(_ configuration: S3LifecycleConfiguration) {
    Rules = configuration.Rules.map(Rule.init)
    TransitionDefaultMinimumObjectSize = configuration.TransitionDefaultMinimumObjectSize
  }
}

extension S3BucketResource.Properties.Lifecycle.Rule {
  fileprivate var rule: S3LifecycleConfiguration.Rule {
    let tags = (TagFilters ?? []).map {
      S3LifecycleConfiguration.Tag(Key: $0.Key, Value: $0.Value)
    }
    var filter = S3LifecycleConfiguration.Filter()
    filter.And = S3LifecycleConfiguration.Conjunction(
      Prefix: Prefix, Tags: tags.isEmpty ? nil : tags,
      ObjectSizeGreaterThan: ObjectSizeGreaterThan.flatMap { Int64($0) },
      ObjectSizeLessThan: ObjectSizeLessThan.flatMap { Int64($0) })
    if filter.And == S3LifecycleConfiguration.Conjunction() { filter.And = nil }
    var expiration: S3LifecycleConfiguration.Expiration?
    if ExpirationInDays != nil || ExpirationDate != nil || ExpiredObjectDeleteMarker != nil {
      expiration = .init(
        Days: ExpirationInDays, Date: ExpirationDate,
        ExpiredObjectDeleteMarker: ExpiredObjectDeleteMarker)
    }
    let days = NoncurrentVersionExpiration?.NoncurrentDays ?? NoncurrentVersionExpirationInDays
    return S3LifecycleConfiguration.Rule(
      ID: Id, Filter: filter, Status: Status, Expiration: expiration,
      NoncurrentVersionExpiration: days.map {
        .init(
          NoncurrentDays: $0,
          NewerNoncurrentVersions: NoncurrentVersionExpiration?.NewerNoncurrentVersions)
      },
      AbortIncompleteMultipartUpload: AbortIncompleteMultipartUpload.map {
        .init(DaysAfterInitiation: $0.DaysAfterInitiation)
      })
  }

  fileprivate init(_ rule: S3LifecycleConfiguration.Rule) {
    let filter = rule.Filter
    let tags = filter?.tags ?? []
    self.init(
      Id: rule.ID, Status: rule.Status,
      Prefix: rule.Prefix ?? filter?.Prefix ?? filter?.And?.Prefix,
      TagFilters: tags.isEmpty ? nil : tags.map { .init(Key: $0.Key, Value: $0.Value) },
      ObjectSizeGreaterThan: (filter?.ObjectSizeGreaterThan ?? filter?.And?.ObjectSizeGreaterThan)
        .map { String($0) },
      ObjectSizeLessThan: (filter?.ObjectSizeLessThan ?? filter?.And?.ObjectSizeLessThan).map {
        String($0)
      },
      ExpirationInDays: rule.Expiration?.Days, ExpirationDate: rule.Expiration?.Date,
      ExpiredObjectDeleteMarker: rule.Expiration?.ExpiredObjectDeleteMarker,
      NoncurrentVersionExpiration: rule.NoncurrentVersionExpiration.map {
        .init(
          NoncurrentDays: $0.NoncurrentDays ?? 0,
          NewerNoncurrentVersions: $0.NewerNoncurrentVersions)
      },
      AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload.map {
        .init(DaysAfterInitiation: $0.DaysAfterInitiation ?? 0)
      })
  }
}
