import AWSModel
import PropertyTree

/// A server that takes records in Firehose's own form.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointDestinationConfiguration.html
struct HTTPEndpointConfiguration: RemoteConfiguration {
  struct Endpoint: Codable, Sendable, Hashable {
    var Url: String?
    var Name: String?
    var AccessKey: String?
  }

  struct Attribute: Codable, Sendable, Hashable {
    var AttributeName: String
    var AttributeValue: String
  }

  struct Request: Codable, Sendable, Hashable {
    var ContentEncoding: String?
    var CommonAttributes: [Attribute]?
  }

  var EndpointConfiguration: Endpoint?
  var BufferingHints: BufferingHints?
  var CloudWatchLoggingOptions: ErrorLogging?
  var RequestConfiguration: Request?
  var ProcessingConfiguration: ProcessingConfiguration?
  var RoleARN: String?
  var RetryOptions: RetryOptions?
  var S3BackupMode: String?
  var S3Configuration: PlainS3Configuration?
  var SecretsManagerConfiguration: SecretReference?

  static let member = "HttpEndpointDestination"
  static let secret: [String]? = ["EndpointConfiguration", "AccessKey"]
  static let hintDefaults = Firehose.BufferingHints(SizeInMBs: 5, IntervalInSeconds: 300)
  static let backupModes = (all: "AllData", failed: "FailedDataOnly")

  static let secretMembers = "api_key"

  func with(secret: PropertyValue) -> Self? {
    guard let key = secret["api_key"]?.stringValue else { return nil }
    var opened = self
    opened.EndpointConfiguration?.AccessKey = key
    return opened
  }

  var output: ErrorOutput { .httpEndpoint }
  var place: String { EndpointConfiguration?.Url ?? "" }

  func ownFaults(at path: PropertyPath) -> [ConfigurationFault] {
    let endpoint = path.appending("EndpointConfiguration").appending("Url")
    var found = urlFaults(EndpointConfiguration?.Url, "Url", endpoint)
    let request = path.appending("RequestConfiguration")
    if let encoding = RequestConfiguration?.ContentEncoding, encoding != "NONE", encoding != "GZIP"
    {
      found.append(
        .init(
          path: request.appending("ContentEncoding"),
          message: "ContentEncoding must be NONE or GZIP, not \(encoding)", isShape: true))
    }
    let names = (RequestConfiguration?.CommonAttributes ?? []).map(\.AttributeName)
    if Set(names).count < names.count {
      found.append(
        .init(
          path: request.appending("CommonAttributes"),
          message: "CommonAttributes must have different names"))
    }
    let rival = EndpointConfiguration?.AccessKey == nil ? nil : "EndpointConfiguration.AccessKey"
    found += SecretsManagerConfiguration?.faults(path, rival: rival) ?? []
    return found + hintFaults(BufferingHints, path, sizesMB: 1...64)
  }
}

/// A Splunk server's HTTP Event Collector.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_SplunkDestinationConfiguration.html
struct SplunkConfiguration: RemoteConfiguration {
  var HECEndpoint: String?
  var HECEndpointType: String?
  var HECToken: String?
  var HECAcknowledgmentTimeoutInSeconds: Int?
  var RetryOptions: RetryOptions?
  var S3BackupMode: String?
  var S3Configuration: PlainS3Configuration?
  var ProcessingConfiguration: ProcessingConfiguration?
  var CloudWatchLoggingOptions: ErrorLogging?
  var BufferingHints: BufferingHints?
  var SecretsManagerConfiguration: SecretReference?

  static let member = "SplunkDestination"
  static let secret: [String]? = ["HECToken"]
  static let hidesSecret = false
  static let hintDefaults = Firehose.BufferingHints(SizeInMBs: 5, IntervalInSeconds: 60)
  static let functionBufferBytesDefault: Int? = 256 << 10
  static let backupModes = (all: "AllEvents", failed: "FailedEventsOnly")
  static let acknowledgementSecondsDefault = 180

  static let secretMembers = "hec_token"

  func with(secret: PropertyValue) -> Self? {
    guard let token = secret["hec_token"]?.stringValue, !token.isEmpty else { return nil }
    var opened = self
    opened.HECToken = token
    return opened
  }

  var output: ErrorOutput { .splunk }
  var place: String { HECEndpoint ?? "" }

  func ownFaults(at path: PropertyPath) -> [ConfigurationFault] {
    var found = urlFaults(HECEndpoint, "HECEndpoint", path.appending("HECEndpoint"))
    if HECEndpointType != "Raw", HECEndpointType != "Event" {
      found.append(
        .init(
          path: path.appending("HECEndpointType"),
          message: "HECEndpointType must be Raw or Event", isShape: true))
    }
    if SecretsManagerConfiguration?.Enabled == true {
      found +=
        SecretsManagerConfiguration?.faults(path, rival: HECToken.map { _ in "HECToken" }) ?? []
    } else if HECToken?.isEmpty ?? true {
      found.append(.init(path: path.appending("HECToken"), message: "HECToken must be given"))
    }
    if let seconds = HECAcknowledgmentTimeoutInSeconds, !(180...600).contains(seconds) {
      found.append(
        .init(
          path: path.appending("HECAcknowledgmentTimeoutInSeconds"),
          message: "HECAcknowledgmentTimeoutInSeconds must be between 180 and 600, not \(seconds)",
          isShape: true))
    }
    return found + hintFaults(BufferingHints, path, sizesMB: 1...5, seconds: 0...60)
  }
}

/// The faults of a server's address. Servers on this machine may be reached without TLS.
func urlFaults(_ url: String?, _ member: String, _ path: PropertyPath) -> [ConfigurationFault] {
  guard let url, !url.isEmpty else {
    return [.init(path: path, message: "\(member) must be given")]
  }
  let isLocal = LoopbackURL.secured(url) != nil
  guard isLocal || (url.hasPrefix("https://") && url.count > "https://".count) else {
    return [
      .init(
        path: path,
        message: "\(member) must begin with https:// (http:// reaches this machine alone), not "
          + "\(url)")
    ]
  }
  return []
}
