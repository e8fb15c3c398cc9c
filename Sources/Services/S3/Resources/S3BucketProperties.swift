import AWSModel
import PropertyTree
import ServiceKit

extension S3BucketResource {
  struct Properties: Codable, Sendable {
    struct Versioning: Codable, Sendable { var Status: String }

    struct Ownership: Codable, Sendable {
      struct Rule: Codable, Sendable { var ObjectOwnership: String? }
      var Rules: [Rule]
    }

    struct Encryption: Codable, Sendable {
      struct Default: Codable, Sendable {
        var SSEAlgorithm: String
        var KMSMasterKeyID: String?
      }

      struct Rule: Codable, Sendable {
        var ServerSideEncryptionByDefault: Default?
        var BucketKeyEnabled: Bool?
      }

      var ServerSideEncryptionConfiguration: [Rule]
    }

    struct CORS: Codable, Sendable {
      struct Rule: Codable, Sendable {
        var Id: String?
        var AllowedHeaders: [String]?
        var AllowedMethods: [String]
        var AllowedOrigins: [String]
        var ExposedHeaders: [String]?
        var MaxAge: Int64?
      }

      var CorsRules: [Rule]
    }

    var BucketName: String?
    var AccessControl: String?
    var BucketEncryption: Encryption?
    var CorsConfiguration: CORS?
    var LifecycleConfiguration: Lifecycle?
    var OwnershipControls: Ownership?
    var PublicAccessBlockConfiguration: S3PublicAccessBlock?
    var VersioningConfiguration: Versioning?
    var Tags: [ValuedTag]?
  }
}

extension S3BucketResource.Properties.Encryption {
  var configuration: S3EncryptionConfiguration {
    S3EncryptionConfiguration(
      Rules: ServerSideEncryptionConfiguration.map { rule in
        .init(
          ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault.map {
            .init(SSEAlgorithm: $0.SSEAlgorithm, KMSMasterKeyID: $0.KMSMasterKeyID)
          }, BucketKeyEnabled: rule.BucketKeyEnabled)
      })
  }

  init(_ configuration: S3EncryptionConfiguration) {
    ServerSideEncryptionConfiguration = configuration.Rules.map { rule in
      Rule(
        ServerSideEncryptionByDefault: rule.ApplyServerSideEncryptionByDefault.map {
          Default(SSEAlgorithm: $0.SSEAlgorithm, KMSMasterKeyID: $0.KMSMasterKeyID)
        }, BucketKeyEnabled: rule.BucketKeyEnabled)
    }
  }
}

extension S3BucketResource.Properties.CORS {
  var configuration: S3CORSConfiguration {
    S3CORSConfiguration(
      CORSRules: CorsRules.map {
        .init(
          ID: $0.Id, AllowedHeaders: $0.AllowedHeaders, AllowedMethods: $0.AllowedMethods,
          AllowedOrigins: $0.AllowedOrigins, ExposeHeaders: $0.ExposedHeaders,
          MaxAgeSeconds: $0.MaxAge)
      })
  }

  init(_ configuration: S3CORSConfiguration) {
    CorsRules = configuration.CORSRules.map {
      Rule(
        Id: $0.ID, AllowedHeaders: $0.AllowedHeaders, AllowedMethods: $0.AllowedMethods,
        AllowedOrigins: $0.AllowedOrigins, ExposedHeaders: $0.ExposeHeaders,
        MaxAge: $0.MaxAgeSeconds)
    }
  }
}

/// Canned lists are spelt otherwise in templates: `PublicRead` is `public-read`.
enum S3CannedNames {
  static let names = [
    "Private": "private", "PublicRead": "public-read", "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read", "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read", "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
  ]

  /// The name of a bucket's list in templates; nil for one that has none.
  ///
  /// - Parameter declared: the template's own word, where several mean the same list.
  static func name(
    of list: S3AccessControl, owner: String, preferring declared: String?
  ) throws -> String? {
    let order = (declared.map { [$0] } ?? []) + ["Private"] + names.keys.sorted()
    return try order.first { name in
      guard let canned = names[name], name != "AwsExecRead" else { return false }
      return try S3AccessControl.canned(canned, owner: owner, isBucket: true) == list
    }
  }
}
