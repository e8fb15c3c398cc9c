import AWSModel
import PropertyTree
import Testing

/// CORS, ownership, access control lists, notifications.
@Suite struct S3ConfigurationTests {
  private static let cors: PropertyValue = [
    "CORSRules": [
      [
        "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["x-amz-*"], "ExposeHeaders": ["etag"], "MaxAgeSeconds": "60",
      ],
      ["AllowedOrigins": ["*"], "AllowedMethods": ["GET"]],
    ]
  ]

  private func bench() async throws -> S3Bench {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.call("PutBucketCors", ["Bucket": "bucket", "CORSConfiguration": Self.cors])
    return s3
  }

  private static func page(_ s3: S3Bench, _ origin: String, _ method: String = "GET")
    -> RequestContext
  {
    var context = s3.context
    context.page = WebPage(origin: origin, method: method)
    return context
  }

  @Test(arguments: [
    ("https://a.example.com", "PUT", "X-Amz-Date, x-amz-meta-a", "https://a.example.com"),
    ("https://elsewhere.org", "GET", nil, "*"), ("https://elsewhere.org", "PUT", nil, nil),
    ("https://a.example.com", "PUT", "authorization", nil),
    ("https://a.example.com", "DELETE", nil, nil),
  ])
  func preflights(_ origin: String, _ method: String, _ headers: String?, _ allowed: String?)
    async throws
  {
    let s3 = try await bench()
    var members: PropertyObject = [
      "Bucket": "bucket", "Key": "k", "Origin": .string(origin), "Method": .string(method),
    ]
    if let headers { members["Headers"] = .string(headers) }
    guard let allowed else {
      let refusal = try await s3.refusal("PreflightObject", members)
      #expect(refusal.code == "AccessForbidden" && refusal.status == 403)
      return try s3.end()
    }
    let answer = Dictionary(
      try await s3.call("PreflightObject", members).headers.map { ($0.name, $0.value) },
      uniquingKeysWith: { $1 })
    #expect(answer["access-control-allow-origin"] == allowed)
    #expect(
      answer["access-control-allow-headers"] == (headers == nil ? nil : "x-amz-date, x-amz-meta-a"))
    #expect(answer["access-control-max-age"] == (headers == nil ? nil : "60"))
    try s3.end()
  }

  @Test func answersAndErrorsTellPagesThatTheyMayRead() async throws {
    let s3 = try await bench()
    try await s3.put("k", "x")
    let key: PropertyValue = ["Bucket": "bucket", "Key": "k"]
    let page = Self.page(s3, "https://a.example.com")
    let got = try await s3.invoke("GetObject", key, context: page)
    #expect(got.headers.contains { $0.name == "access-control-allow-origin" })
    #expect(got.headers.contains { $0 == ("access-control-expose-headers", "etag") })
    do {
      try await s3.invoke("GetObject", ["Bucket": "bucket", "Key": "none"], context: page)
      Issue.record("the key is not there")
    } catch let error as ServiceError {
      #expect(error.headers["access-control-allow-origin"] == "https://a.example.com")
    }
    let other = Self.page(s3, "https://elsewhere.org", "PUT")
    let put = try await s3.invoke("PutObject", key, context: other)
    #expect(!put.headers.contains { $0.name.hasPrefix("access-control") })
    try await s3.call("DeleteBucketCors", ["Bucket": "bucket"])
    let plain = try await s3.invoke("GetObject", key, context: page)
    #expect(plain.headers.isEmpty)
    try s3.end()
  }

  @Test(
    arguments: [
      (["AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]], "InvalidRequest"),
      (["AllowedMethods": ["GET"], "AllowedOrigins": ["*.*"]], "InvalidRequest"),
      (
        ["AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-*"]],
        "InvalidRequest"
      ),
      (["AllowedMethods": ["GET"]], "MalformedXML"),
    ] as [(PropertyValue, String)])
  func rulesThatAreRefused(_ rule: PropertyValue, _ code: String) async throws {
    let s3 = try await bench()
    let put: PropertyObject = ["Bucket": "bucket", "CORSConfiguration": ["CORSRules": [rule]]]
    #expect(try await s3.fault("PutBucketCors", put) == code)
    try s3.end()
  }

  @Test func listsCountOnlyWhereOwnershipLetsThem() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k")
    let list: PropertyObject = ["Bucket": "bucket", "Key": "k", "ACL": "public-read"]
    #expect(try await s3.fault("PutObjectAcl", list) == "AccessControlListNotSupported")
    #expect(try await s3.fault("PutObject", list) == "AccessControlListNotSupported")
    #expect(
      try await s3.fault("PutBucketAcl", ["Bucket": "bucket", "ACL": "private"])
        == "AccessControlListNotSupported")
    try await s3.put("k", "", ["ACL": "bucket-owner-full-control"])
    try await s3.call(
      "PutBucketOwnershipControls",
      [
        "Bucket": "bucket",
        "OwnershipControls": ["Rules": [["ObjectOwnership": "BucketOwnerPreferred"]]],
      ])
    #expect(try await s3.fault("PutObjectAcl", list) == "AccessDenied", "public lists are blocked")
    try await s3.call("DeletePublicAccessBlock", ["Bucket": "bucket"])
    try await s3.call("PutObjectAcl", list)
    let got = try await s3.call("GetObjectAcl", ["Bucket": "bucket", "Key": "k"]).members
    #expect(got.list("Grants").compactMap { $0.text("Permission") } == ["FULL_CONTROL", "READ"])
    #expect(
      got.list("Grants").last?["Grantee"]?.text("URI")
        == "http://acs.amazonaws.com/groups/global/AllUsers")
    // A document that was read can be put back.
    try await s3.call(
      "PutBucketAcl",
      [
        "Bucket": "bucket",
        "AccessControlPolicy": [
          "Owner": got["Owner"] ?? .null, "Grants": .list(got.list("Grants")),
        ],
      ])
    let bucket = try await s3.call("GetBucketAcl", ["Bucket": "bucket"]).members
    #expect(bucket.list("Grants") == got.list("Grants"))
    try await s3.call(
      "PutBucketAcl",
      ["Bucket": "bucket", "GrantRead": "uri=\"http://acs.amazonaws.com/groups/s3/LogDelivery\""])
    #expect(
      try await s3.fault(
        "PutBucketAcl", ["Bucket": "bucket", "GrantRead": "emailAddress=\"a@example.com\""])
        == "UnsupportedOperation")
    try s3.end()
  }

  @Test func aBucketIsMadeWithItsOwnership() async throws {
    let s3 = try S3Bench()
    try await s3.call("CreateBucket", ["Bucket": "bucket", "ObjectOwnership": "ObjectWriter"])
    let got = try await s3.call("GetBucketOwnershipControls", ["Bucket": "bucket"]).members
    #expect(
      got["OwnershipControls"] == ["Rules": [["ObjectOwnership": "ObjectWriter"]]])
    #expect(
      try await s3.fault("CreateBucket", ["Bucket": "other", "ACL": "public-read"])
        == "InvalidBucketAclWithObjectOwnership")
    try await s3.call("CreateBucket", ["Bucket": "other", "ACL": "private"])
    try s3.end()
  }

  @Test func aNotificationWithATargetIsRefusedByName() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let none: PropertyObject = ["Bucket": "bucket", "NotificationConfiguration": [:]]
    try await s3.call("PutBucketNotificationConfiguration", none)
    let got = try await s3.call("GetBucketNotificationConfiguration", ["Bucket": "bucket"])
    #expect(got.members == [:])
    let refusal = try await s3.refusal(
      "PutBucketNotificationConfiguration",
      [
        "Bucket": "bucket",
        "NotificationConfiguration": [
          "QueueConfigurations": [
            ["QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "Events": ["s3:ObjectCreated:*"]]
          ]
        ],
      ])
    #expect(refusal.code == "UnsupportedOperation")
    #expect(refusal.message.contains("QueueConfigurations"))
    try s3.end()
  }
}
