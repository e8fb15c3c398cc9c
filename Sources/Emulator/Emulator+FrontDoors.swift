import AWSModel
import AWSWire
import ServiceKit

extension Emulator {
  /// True for a request that a service takes by host or path, before any protocol: such requests
  /// may come from web pages.
  public func hasFrontDoor(for request: WireRequest) -> Bool { frontDoor(request) != nil }

  func frontDoor(_ request: WireRequest) -> FrontDoorTable.Match? {
    let doors = routes.frontDoors
    guard !doors.isEmpty else { return nil }
    return doors.match(
      request, signedFor: request.header("authorization").flatMap(Signature.parse)?.service)
  }

  /// Answers through a front door; a fault is `{"message": …}`, as API Gateway and Lambda tell it.
  func answer(
    _ request: WireRequest, _ body: any RequestBody, through match: FrontDoorTable.Match,
    _ requestID: String
  ) async -> WireResponse {
    do {
      let signature = request.header("authorization").flatMap(Signature.parse)
      var scope = try scope(of: signature)
      if let region = match.region { scope.region = region }
      let answer = try await match.door.respond(
        to: FrontDoorRequest(
          method: request.method, path: match.path, rawQuery: request.rawQuery,
          query: request.query.map { ($0.key, $0.value) },
          headers: request.headers.map { ($0.name, $0.value) }, host: request.host, body: body,
          captures: match.captures,
          context: RequestContext(
            scope: scope, requestID: requestID, accessKeyID: signature?.accessKeyID ?? "",
            endpoint: "http://\(request.host)", traceID: request.header("x-amzn-trace-id"))))
      return WireResponse(
        status: answer.status,
        headers: answer.headers.map { WireHeader($0.name.lowercased(), $0.value) },
        body: answer.body)
    } catch {
      return ErrorEncoder.encode(
        serviceError(error, request), wireProtocol: .restJSON, requestID: requestID)
    }
  }
}
