import AWSModel
import PropertyTree
import ServiceKit

private struct InvokeRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var InvocationType: String?
  var LogType: String?
  var ClientContext: String?
}

/// Invoke, synchronous and asynchronous.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
extension LambdaService {
  /// AWS's limits of an event, in bytes: waited for, and asynchronous.
  private static let payloadBytesMax = 6_291_456
  static let eventBytesMax = 1_048_576

  var invokeOperations: [Operation] {
    [
      Operation(name: "Invoke", streamsBody: true) { [self] input, context in
        let request = try input.decode(InvokeRequest.self, operation: "Invoke")
        return try await invoke(request, input.body, context)
      },
      // Deprecated by AWS, and still what some old clients call.
      Operation(name: "InvokeAsync", streamsBody: true) { [self] input, context in
        let request = try input.decode(InvokeRequest.self, operation: "InvokeAsync")
        let reference = try FunctionReference(request.FunctionName, scope: context.scope)
        let payload = try await read(input.body, "Event")
        _ = try require(reference)
        try await events.add(
          reference, requestID: environment.effects.random.uuid(), payload: payload,
          traceID: context.traceID)
        return OperationOutput(members: ["Status": 202], status: 202)
      },
      Operation(name: "InvokeWithResponseStream", streamsBody: true) { [self] input, context in
        let request = try input.decode(
          InvokeRequest.self, operation: "InvokeWithResponseStream")
        return try await stream(request, input.body, context)
      },
    ]
  }

  private func stream(
    _ request: InvokeRequest, _ body: any RequestBody, _ context: RequestContext
  ) async throws -> OperationOutput {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    let type = request.InvocationType ?? "RequestResponse"
    let payload = try await read(body, type)
    let choice = try caller.choose(reference)
    switch type {
    case "DryRun": return OperationOutput(body: .bytes([]), status: 204)
    case "RequestResponse": break
    default: throw ServiceError.unsupported("the invocation type `\(type)`")
    }
    let options = try options(request, context)
    let requestID =
      context.requestID.isEmpty ? environment.effects.random.uuid() : context.requestID
    let invocation = StreamedInvocation { [self] stream in
      var options = options
      options.stream = stream
      return try await caller.call(
        choice, as: reference, payload: payload, requestID: requestID,
        options: options)
    }
    let contentType = await invocation.contentType()
    // A failure before the first byte is the operation's own.
    if contentType == nil { _ = try await invocation.result.value }
    return OperationOutput(
      events: invocation.events(showsLog: request.LogType == "Tail"),
      headers: [
        ("X-Amzn-Remapped-Content-Type", contentType ?? "application/octet-stream"),
        ("X-Amz-Executed-Version", choice.function.version),
      ])
  }

  private func invoke(
    _ request: InvokeRequest, _ body: any RequestBody, _ context: RequestContext
  ) async throws -> OperationOutput {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    let type = request.InvocationType ?? "RequestResponse"
    let payload = try await read(body, type)
    let choice = try caller.choose(reference)
    let requestID =
      context.requestID.isEmpty ? environment.effects.random.uuid() : context.requestID
    switch type {
    case "DryRun": return OperationOutput(body: .bytes([]), status: 204)
    case "Event":
      try await events.add(
        reference, requestID: requestID, payload: payload, traceID: context.traceID)
      return OperationOutput(body: .bytes([]), status: 202)
    case "RequestResponse": break
    default: throw ServiceError.unsupported("the invocation type `\(type)`")
    }
    let result = try await caller.call(
      choice, as: reference, payload: payload, requestID: requestID,
      options: try options(request, context))
    var headers: [(name: String, value: String)] = [
      ("Content-Type", "application/json"), ("X-Amz-Executed-Version", result.executedVersion),
    ]
    if let error = result.functionError { headers.append(("X-Amz-Function-Error", error)) }
    if request.LogType == "Tail" {
      headers.append(("X-Amz-Log-Result", Base64.encode(Array(result.logTail.utf8))))
    }
    return OperationOutput(body: .bytes(result.payload), headers: headers)
  }

  private func read(_ body: any RequestBody, _ type: String) async throws -> [UInt8] {
    let limit = type == "Event" ? Self.eventBytesMax : Self.payloadBytesMax
    var body = body
    let payload: [UInt8]
    do { payload = try await body.collect(upTo: limit) } catch let error as ServiceError
      where error.code == "RequestEntityTooLarge"
    {
      throw ServiceError(
        "RequestEntityTooLargeException",
        "Request must be smaller than \(limit) bytes for the InvokeFunction operation",
        status: 413, fields: ["Type": "User"])
    }
    if payload.isEmpty { return Array("{}".utf8) }
    do throws(JSONReader.Failure) { _ = try JSONReader.read(payload) } catch {
      throw ServiceError(
        "InvalidRequestContentException",
        "Could not parse request body into json: \(error.message) at byte \(error.offset)",
        fields: ["Type": "User"])
    }
    return payload
  }

  private func options(_ request: InvokeRequest, _ context: RequestContext) throws -> CallOptions {
    var options = CallOptions()
    options.clientContext = try decode(request.ClientContext)
    options.traceID = context.traceID
    return options
  }

  /// The client context as JSON on one line, fit for a header.
  private func decode(_ clientContext: String?) throws -> String? {
    guard let clientContext else { return nil }
    let bytes = Base64.decode(clientContext)
    // Whatever does not parse is refused below, by name.
    guard let bytes, let tree = try? JSONReader.read(bytes) else {
      throw ServiceError(
        "InvalidRequestContentException",
        "Could not parse base64-encoded client context into json.", fields: ["Type": "User"])
    }
    return JSONWriter.compact(tree)
  }
}
