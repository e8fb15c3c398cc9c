import Archives
import Effects
import PropertyTree
import ServiceKit

/// Sends records in Firehose's own form.
/// https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
struct HTTPEndpointSender: RemoteSender {
  static let timeoutSeconds = 180
  private static let service = "HttpEndpoint"

  let configuration: HTTPEndpointConfiguration
  let streamARN: String
  let effects: Effects

  func send(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome {
    let request = try request(attempt)
    let answer: HTTPAnswer
    do throws(HTTPFailure) { answer = try await effects.http.post(request) } catch {
      throw SendFault(error, Self.service)
    }
    let body: PropertyValue?
    do throws(JSONReader.Failure) { body = try JSONReader.read(answer.body) } catch { body = nil }
    guard answer.status == 200 else {
      let told = body?["errorMessage"]?.stringValue.map { ": \($0)" } ?? ""
      throw SendFault(
        code: "\(Self.service).DestinationException",
        message: "The endpoint answered with status \(answer.status)\(told)",
        isFinal: answer.status == 413)
    }
    guard body?["requestId"]?.stringValue == attempt.requestID else {
      throw SendFault(
        code: "\(Self.service).InvalidResponseFromDestination",
        message: "The response received from the endpoint is invalid. It must be JSON whose "
          + "requestId is that of the request.")
    }
    attempt.open = []
    return .finished
  }

  private func request(_ attempt: RemoteAttempt) throws(SendFault) -> HTTPPost {
    var body = JSONWriter.bytes([
      "requestId": .string(attempt.requestID),
      "timestamp": .int(effects.clock.now.milliseconds),
      "records": .list(attempt.open.map { ["data": .string(Base64.encode($0.payload))] }),
    ])
    var headers: [HTTPPost.Header] = [
      .init("Content-Type", "application/json"),
      .init("User-Agent", "Amazon Kinesis Data Firehose Agent/1.0"),
      .init("X-Amz-Firehose-Protocol-Version", "1.0"),
      .init("X-Amz-Firehose-Request-Id", attempt.requestID),
      .init("X-Amz-Firehose-Source-Arn", streamARN),
    ]
    if let key = configuration.EndpointConfiguration?.AccessKey, !key.isEmpty {
      headers.append(.init("X-Amz-Firehose-Access-Key", key))
    }
    if let attributes = configuration.RequestConfiguration?.CommonAttributes, !attributes.isEmpty {
      var named: PropertyObject = [:]
      for attribute in attributes {
        named[attribute.AttributeName] = .string(attribute.AttributeValue)
      }
      headers.append(
        .init(
          "X-Amz-Firehose-Common-Attributes",
          JSONWriter.compact(["commonAttributes": .object(named)])))
    }
    if configuration.RequestConfiguration?.ContentEncoding == "GZIP" {
      do throws(CompressionFailure) { body = try Gzip.compress(body) } catch {
        throw SendFault(code: "\(Self.service).InternalError", message: "\(error)")
      }
      headers.append(.init("Content-Encoding", "gzip"))
    }
    return HTTPPost(
      url: configuration.place, headers: headers, body: body, timeoutSeconds: Self.timeoutSeconds)
  }
}
