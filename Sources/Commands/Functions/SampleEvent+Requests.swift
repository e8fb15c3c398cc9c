import PropertyTree

/// Events of services that call a function for a request or at a time.
extension SampleMaker {
  private static let headers: PropertyValue = [
    "accept": "*/*", "content-type": "application/json", "host": "sample.example.com",
    "user-agent": "leat",
  ]

  /// A REST API's proxy integration.
  func restProxy(_ body: String) -> PropertyValue {
    [
      "resource": "/{proxy+}", "path": "/path/to/resource", "httpMethod": "POST",
      "headers": Self.headers,
      "multiValueHeaders": ["accept": ["*/*"], "content-type": ["application/json"]],
      "queryStringParameters": ["name": "value"],
      "multiValueQueryStringParameters": ["name": ["value"]],
      "pathParameters": ["proxy": "path/to/resource"], "stageVariables": .null,
      "requestContext": [
        "accountId": .string(scope.account.text), "apiId": "sampleapi1", "stage": "prod",
        "resourceId": "sample", "resourcePath": "/{proxy+}", "httpMethod": "POST",
        "path": "/prod/path/to/resource", "protocol": "HTTP/1.1",
        "requestId": "00000000-0000-0000-0000-000000000001",
        "requestTime": "02/Jan/2026:03:04:05 +0000", "requestTimeEpoch": 1_767_323_045_000,
        "identity": ["sourceIp": "127.0.0.1", "userAgent": "leat"],
      ],
      "body": .string(body), "isBase64Encoded": false,
    ]
  }

  /// An HTTP API's proxy integration of version 2.0, and a function URL.
  func httpProxy(_ body: String) -> PropertyValue {
    [
      "version": "2.0", "routeKey": "$default", "rawPath": "/path/to/resource",
      "rawQueryString": "name=value", "cookies": ["cookie1=value"], "headers": Self.headers,
      "queryStringParameters": ["name": "value"],
      "requestContext": [
        "accountId": .string(scope.account.text), "apiId": "sampleapi1",
        "domainName": "sample.example.com", "domainPrefix": "sample",
        "http": [
          "method": "POST", "path": "/path/to/resource", "protocol": "HTTP/1.1",
          "sourceIp": "127.0.0.1", "userAgent": "leat",
        ],
        "requestId": "sample-request", "routeKey": "$default", "stage": "$default",
        "time": "02/Jan/2026:03:04:05 +0000", "timeEpoch": 1_767_323_045_000,
      ],
      "body": .string(body), "isBase64Encoded": false,
    ]
  }

  func loadBalancer(_ body: String) -> PropertyValue {
    [
      "requestContext": [
        "elb": [
          "targetGroupArn": .string(
            "arn:aws:elasticloadbalancing:\(scope.region):\(scope.account):targetgroup/sample/1")
        ]
      ],
      "httpMethod": "POST", "path": "/path/to/resource",
      "queryStringParameters": ["name": "value"], "headers": Self.headers,
      "body": .string(body), "isBase64Encoded": false,
    ]
  }

  /// - Parameter detail: JSON, or a text that becomes its only member.
  func eventBridge(_ detail: String) -> PropertyValue {
    var value: PropertyValue = ["text": .string(detail)]
    // A text that is no JSON stands as it is.
    if let tree = try? JSONReader.read(Array(detail.utf8)), tree.objectValue != nil { value = tree }
    return envelope("Sample Event", source: "leat.sample", resources: [], detail: value)
  }

  var scheduled: PropertyValue {
    envelope(
      "Scheduled Event", source: "aws.events",
      resources: [.string("arn:aws:events:\(scope.region):\(scope.account):rule/sample")],
      detail: [:])
  }

  private func envelope(
    _ type: PropertyValue, source: PropertyValue, resources: [PropertyValue],
    detail: PropertyValue
  ) -> PropertyValue {
    [
      "version": "0", "id": "00000000-0000-0000-0000-000000000001", "detail-type": type,
      "source": source, "account": .string(scope.account.text), "time": "2026-01-02T03:04:05Z",
      "region": .string(scope.region.text), "resources": .list(resources), "detail": detail,
    ]
  }
}
