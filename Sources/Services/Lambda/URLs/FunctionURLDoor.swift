import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The URLs of functions: `<id>.lambda-url.<region>.localhost:4566`.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
struct FunctionURLDoor: FrontDoor {
  /// AWS's limit of a request's body, in bytes.
  private static let bodyBytesMax = 6_291_456

  let lambda: LambdaService

  let places: [FrontDoorPlace] = [.host(label: "lambda-url")]
  let signingName = "lambda"

  func respond(to request: FrontDoorRequest) async throws -> FrontDoorResponse {
    let id = request.captures["name"] ?? ""
    let found = try lambda.environment.database.read { try FunctionURLs.find(id, $0) }
    guard let (reference, url) = found else { return Self.message(404, nil) }
    let origin = request.header("origin")
    if request.method == "OPTIONS", origin != nil, let cors = url.cors,
      request.header("access-control-request-method") != nil
    {
      return FrontDoorResponse(headers: cors.preflightHeaders(origin: origin))
    }
    guard try isPermitted(request, reference, url) else {
      return Self.message(
        403,
        "Forbidden. For troubleshooting Function URL authorization issues, see: "
          + "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")
    }
    var response = try await call(request, reference, url)
    if let cors = url.cors {
      response.headers.removeAll { $0.name.lowercased().hasPrefix("access-control-") }
      response.headers += cors.headers(origin: origin)
    }
    return response
  }

  private static func message(_ status: Int, _ text: String?) -> FrontDoorResponse {
    FrontDoorResponse(
      status: status,
      headers: [
        ("Content-Type", "application/json"),
        ("x-amzn-ErrorType", status == 403 ? "AccessDeniedException" : "ResourceNotFoundException"),
      ],
      body: .bytes(JSONWriter.bytes(["Message": text.map { .string($0) } ?? .null])))
  }

  /// With AWS_IAM a signature is demanded; with NONE a statement of the function's policy that lets
  /// everyone in.
  private func isPermitted(
    _ request: FrontDoorRequest, _ reference: FunctionReference, _ url: FunctionURLModel
  ) throws -> Bool {
    if url.authType == "AWS_IAM" {
      return !request.context.accessKeyID.isEmpty
        || request.query.contains { $0.key == "X-Amz-Signature" }
    }
    let holder = try lambda.environment.database.read {
      try lambda.store.policyHolder(reference, $0)
    }
    let isOpen = holder.permissions.contains { statement in
      ["lambda:InvokeFunctionUrl", "lambda:*", "*"].contains(statement.action)
        && statement.principal == "*" && statement.urlAuthType ?? "NONE" == "NONE"
    }
    if !isOpen {
      lambda.environment.report(
        "A call of the URL of \(reference.arn) is refused: its policy has no statement that permits "
          + "lambda:InvokeFunctionUrl to `*`.")
    }
    return isOpen
  }

  private func call(
    _ request: FrontDoorRequest, _ reference: FunctionReference, _ url: FunctionURLModel
  ) async throws -> FrontDoorResponse {
    var body = request.body
    let bytes = try await body.collect(upTo: Self.bodyBytesMax)
    let effects = lambda.environment.effects
    let requestID =
      request.context.requestID.isEmpty ? effects.random.uuid() : request.context.requestID
    let event = URLEvent(
      request: request, id: url.id, isSigned: url.authType == "AWS_IAM", body: bytes,
      requestID: requestID, now: effects.clock.now)
    let choice = try lambda.caller.choose(reference)
    let payload = JSONWriter.bytes(event.payload)
    var options = CallOptions()
    options.traceID = request.context.traceID
    var response: FrontDoorResponse
    if url.streams {
      response = try await URLStream.response(
        StreamedInvocation { [lambda, options] stream in
          var options = options
          options.stream = stream
          return try await lambda.caller.call(
            choice, as: reference, payload: payload, requestID: requestID, options: options)
        })
    } else {
      response = URLAnswer.response(
        try await lambda.caller.call(
          choice, as: reference, payload: payload, requestID: requestID, options: options))
    }
    response.headers.append(("x-amzn-RequestId", requestID))
    return response
  }
}

extension FrontDoorRequest {
  /// The first value; the name in lower case.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
