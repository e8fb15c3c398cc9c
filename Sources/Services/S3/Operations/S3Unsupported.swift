import AWSModel

/// Subresources that are not implemented. They are listed so that a request for one is refused by
/// its name, instead of reaching the operation of the same path without the query.
enum S3Unsupported {
  private static let table: [(name: String, method: String, isObject: Bool, query: String)] = [
    ("CreateBucketMetadataConfiguration", "POST", false, "metadataConfiguration"),
    ("CreateBucketMetadataTableConfiguration", "POST", false, "metadataTable"),
    ("CreateSession", "GET", false, "session"),
    ("DeleteBucketAnalyticsConfiguration", "DELETE", false, "analytics"),
    ("DeleteBucketCors", "DELETE", false, "cors"),
    ("DeleteBucketEncryption", "DELETE", false, "encryption"),
    ("DeleteBucketIntelligentTieringConfiguration", "DELETE", false, "intelligent-tiering"),
    ("DeleteBucketInventoryConfiguration", "DELETE", false, "inventory"),
    ("DeleteBucketLifecycle", "DELETE", false, "lifecycle"),
    ("DeleteBucketMetadataConfiguration", "DELETE", false, "metadataConfiguration"),
    ("DeleteBucketMetadataTableConfiguration", "DELETE", false, "metadataTable"),
    ("DeleteBucketMetricsConfiguration", "DELETE", false, "metrics"),
    ("DeleteBucketPolicy", "DELETE", false, "policy"),
    ("DeleteBucketReplication", "DELETE", false, "replication"),
    ("DeleteBucketWebsite", "DELETE", false, "website"),
    ("GetBucketAbac", "GET", false, "abac"),
    ("GetBucketAnalyticsConfiguration", "GET", false, "analytics"),
    ("GetBucketIntelligentTieringConfiguration", "GET", false, "intelligent-tiering"),
    ("GetBucketInventoryConfiguration", "GET", false, "inventory"),
    ("GetBucketMetadataConfiguration", "GET", false, "metadataConfiguration"),
    ("GetBucketMetadataTableConfiguration", "GET", false, "metadataTable"),
    ("GetBucketMetricsConfiguration", "GET", false, "metrics"),
    ("GetObjectAttributes", "GET", true, "attributes"),
    ("GetObjectLegalHold", "GET", true, "legal-hold"),
    ("GetObjectRetention", "GET", true, "retention"),
    ("GetObjectTorrent", "GET", true, "torrent"),
    ("PutBucketAbac", "PUT", false, "abac"),
    ("PutBucketAccelerateConfiguration", "PUT", false, "accelerate"),
    ("PutBucketAcl", "PUT", false, "acl"),
    ("PutBucketAnalyticsConfiguration", "PUT", false, "analytics"),
    ("PutBucketCors", "PUT", false, "cors"),
    ("PutBucketEncryption", "PUT", false, "encryption"),
    ("PutBucketIntelligentTieringConfiguration", "PUT", false, "intelligent-tiering"),
    ("PutBucketInventoryConfiguration", "PUT", false, "inventory"),
    ("PutBucketLifecycleConfiguration", "PUT", false, "lifecycle"),
    ("PutBucketLogging", "PUT", false, "logging"),
    ("PutBucketMetricsConfiguration", "PUT", false, "metrics"),
    ("PutBucketNotificationConfiguration", "PUT", false, "notification"),
    ("PutBucketPolicy", "PUT", false, "policy"),
    ("PutBucketReplication", "PUT", false, "replication"),
    ("PutBucketRequestPayment", "PUT", false, "requestPayment"),
    ("PutBucketWebsite", "PUT", false, "website"),
    ("PutObjectAcl", "PUT", true, "acl"),
    ("PutObjectLegalHold", "PUT", true, "legal-hold"),
    ("PutObjectLockConfiguration", "PUT", false, "object-lock"),
    ("PutObjectRetention", "PUT", true, "retention"),
    ("RenameObject", "PUT", true, "renameObject"),
    ("RestoreObject", "POST", true, "restore"),
    ("SelectObjectContent", "POST", true, "select"),
    ("UpdateBucketMetadataInventoryTableConfiguration", "PUT", false, "metadataInventoryTable"),
    ("UpdateBucketMetadataJournalTableConfiguration", "PUT", false, "metadataJournalTable"),
    ("UpdateObjectEncryption", "PUT", true, "encryption"),
  ]

  static let all: [Operation] = table.map { entry in
    var operation = Operation(
      name: entry.name,
      http: HTTPTrait(
        entry.method, entry.isObject ? "/{Bucket}/{Key+}" : "/{Bucket}", query: [entry.query: ""]),
      // Whatever the payload is, it is not looked at.
      streamsBody: true
    ) { _, _ in throw ServiceError.unsupported("the operation \(entry.name) of S3") }
    operation.isRefusal = true
    return operation
  }
}
