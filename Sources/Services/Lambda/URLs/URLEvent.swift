import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A request to a function's URL as an event, payload format 2.0.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
struct URLEvent: Sendable {
  var request: FrontDoorRequest
  /// Of the URL.
  var id: String
  var isSigned: Bool
  var body: [UInt8]
  var requestID: String
  var now: Timestamp

  var payload: PropertyValue {
    var event: PropertyObject = [
      "version": "2.0", "routeKey": "$default", "rawPath": .string(request.path),
      "rawQueryString": .string(request.rawQuery), "headers": .object(headers),
      "requestContext": context,
    ]
    let cookies = request.headers.filter { $0.name == "cookie" }
      .flatMap { $0.value.split(separator: ";") }
      .map { PropertyValue.string(String($0.drop { $0 == " " })) }
    if !cookies.isEmpty { event["cookies"] = .list(cookies) }
    if !request.query.isEmpty {
      event["queryStringParameters"] = .object(Self.joined(request.query))
    }
    let isText = isText
    if !body.isEmpty {
      event["body"] = .string(
        isText ? String(decoding: body, as: UTF8.self) : Base64.encode(body))
    }
    event["isBase64Encoded"] = .bool(!body.isEmpty && !isText)
    return .object(event)
  }

  private var headers: PropertyObject {
    Self.joined(request.headers.filter { $0.name != "cookie" }.map { ($0.name, $0.value) })
  }

  /// Several values of one name stand in one text.
  private static func joined(_ pairs: [(key: String, value: String)]) -> PropertyObject {
    var joined: PropertyObject = [:]
    for (key, value) in pairs {
      joined[key] = .string(joined[key]?.stringValue.map { "\($0),\(value)" } ?? value)
    }
    return joined
  }

  /// Bodies of these types are handed over as text, all others in base64.
  private var isText: Bool {
    let type = (request.header("content-type") ?? "").prefix { $0 != ";" }.lowercased()
    return type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml")
      || ["application/json", "application/xml", "application/javascript"].contains(type)
  }

  private var context: PropertyValue {
    let host = String(request.host.prefix { $0 != ":" })
    let account = request.context.scope.account.text
    var context: PropertyObject = [
      "accountId": .string(isSigned ? account : "anonymous"), "apiId": .string(id),
      "domainName": .string(host), "domainPrefix": .string(id),
      "http": [
        "method": .string(request.method), "path": .string(request.path),
        "protocol": "HTTP/1.1",
        "sourceIp": .string(forwarded ?? "127.0.0.1"),
        "userAgent": .string(request.header("user-agent") ?? ""),
      ],
      "requestId": .string(requestID), "routeKey": "$default", "stage": "$default",
      "time": .string(time), "timeEpoch": .int(now.milliseconds),
    ]
    if isSigned {
      let key = request.context.accessKeyID
      context["authorizer"] = [
        "iam": [
          "accessKey": .string(key), "accountId": .string(account), "callerId": .string(key),
          "cognitoIdentity": .null, "principalOrgId": .null,
          "userArn": .string("arn:aws:iam::\(account):root"), "userId": .string(key),
        ]
      ]
    }
    return .object(context)
  }

  private var forwarded: String? {
    request.header("x-forwarded-for").map { String($0.prefix { $0 != "," }) }
  }

  /// `12/Mar/2020:19:03:58 +0000`
  private var time: String {
    let date = now.httpDate.split(separator: " ")
    guard date.count == 6 else { return now.iso8601 }
    return "\(date[1])/\(date[2])/\(date[3]):\(date[4]) +0000"
  }
}

/// The answer of a function to a request through its URL.
enum URLAnswer {
  static func response(_ result: FunctionResult) -> FrontDoorResponse {
    guard result.functionError == nil else { return failure }
    // Bytes that are no JSON are told as they are.
    guard let tree = try? JSONReader.read(result.payload), let status = tree["statusCode"] else {
      return FrontDoorResponse(
        headers: [("Content-Type", "application/json")], body: .bytes(result.payload))
    }
    guard let number = status.integerValue, (100...599).contains(number), let body = bytes(tree)
    else { return failure }
    return FrontDoorResponse(status: Int(number), headers: headers(tree), body: .bytes(body))
  }

  /// A function that failed, or answered what is no response.
  static let failure = FrontDoorResponse(
    status: 502, headers: [("Content-Type", "application/json")],
    body: .bytes(Array("Internal Server Error".utf8)))

  private static func bytes(_ tree: PropertyValue) -> [UInt8]? {
    switch tree["body"] {
    case nil, .null: return []
    case .string(let text)?:
      return tree["isBase64Encoded"] == true ? Base64.decode(text) : Array(text.utf8)
    case let other?: return JSONWriter.bytes(other)
    }
  }

  /// - Parameter type: the content type where the function names none.
  static func headers(
    _ tree: PropertyValue, type: String = "application/json"
  ) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    for (name, value) in tree["headers"]?.objectValue ?? [:] {
      if let text = value.scalarText { headers.append((name: name, value: text)) }
    }
    if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      headers.append((name: "Content-Type", value: type))
    }
    for cookie in tree["cookies"]?.listValue ?? [] {
      if let text = cookie.stringValue { headers.append((name: "Set-Cookie", value: text)) }
    }
    return headers
  }
}
