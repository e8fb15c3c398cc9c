import AWSModel
import PropertyTree
import ServiceKit

/// Answers web pages of other origins as a bucket's CORS configuration lets it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html>
struct S3CrossOrigin: Sendable {
  let store: S3Store

  /// A browser's question before the request itself. It is no operation of the API.
  var preflights: [Operation] {
    let headers: [String: HTTPBinding] = [
      "Origin": .header("Origin"), "Method": .header("Access-Control-Request-Method"),
      "Headers": .header("Access-Control-Request-Headers"),
    ]
    return [("PreflightObject", "/{Bucket}/{Key+}"), ("PreflightBucket", "/{Bucket}")].map {
      name, path in
      Operation(name: name, http: HTTPTrait("OPTIONS", path, input: headers)) { input, context in
        try preflight(input, context)
      }
    }
  }

  private func preflight(_ input: OperationInput, _ context: RequestContext) throws
    -> OperationOutput
  {
    let members = input.members
    guard let origin = members["Origin"]?.stringValue else {
      throw ServiceError(
        "BadRequest", "Insufficient information. Origin request header needed.")
    }
    guard let method = members["Method"]?.stringValue,
      S3CORSConfiguration.methods.contains(method)
    else {
      throw ServiceError(
        "BadRequest",
        "Invalid Access-Control-Request-Method: \(members["Method"]?.stringValue ?? "null")"
      )
    }
    let asked = (members["Headers"]?.stringValue ?? "").split(separator: ",").map {
      $0.filter { $0 != " " }.lowercased()
    }
    let bucket = members["Bucket"]?.stringValue ?? ""
    guard let configuration = try configuration(bucket, context) else {
      throw refusal("CORSResponse: CORS is not enabled for this bucket.", method)
    }
    guard let answer = configuration.answer(origin: origin, method: method, headers: asked) else {
      throw refusal(
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
          + "Origin, request method / Access-Control-Request-Method or "
          + "Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        method)
    }
    return OperationOutput(body: .bytes([]), headers: answer)
  }

  private func refusal(_ message: String, _ method: String) -> ServiceError {
    ServiceError(
      "AccessForbidden", message, status: 403,
      fields: ["Method": .string(method), "ResourceType": "BUCKET"])
  }

  private func configuration(_ bucket: String, _ context: RequestContext) throws
    -> S3CORSConfiguration?
  {
    try store.read { rows in
      guard let found = try rows.findBucket(bucket, account: context.scope.account) else {
        return nil
      }
      return try rows.settings(of: found).configuration(S3CORSConfiguration.self)
    }
  }

  /// The operation, its answers and errors readable for the pages that the bucket lets in.
  func admitting(_ operation: Operation) -> Operation {
    var admitting = operation
    admitting.invoke = { input, context in
      guard let page = context.page, let bucket = input.members["Bucket"]?.stringValue,
        let headers = try configuration(bucket, context)?.answer(
          origin: page.origin, method: page.method)
      else { return try await operation.invoke(input, context) }
      do {
        var output = try await operation.invoke(input, context)
        output.headers += headers
        return output
      } catch var error as ServiceError {
        for header in headers { error.headers[header.name] = header.value }
        throw error
      }
    }
    return admitting
  }
}
