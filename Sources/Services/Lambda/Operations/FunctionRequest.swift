import AWSModel
import PropertyTree

/// A function's configuration as CreateFunction and UpdateFunctionConfiguration give it.
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
struct FunctionRequest: Decodable, Sendable {
  var FunctionName: String
  var Runtime: String?
  var Role: String?
  var Handler: String?
  var Description: String?
  var Timeout: Int?
  var MemorySize: Int?
  var Environment: Variables?
  var Architectures: [String]?
  var LoggingConfig: LoggingConfiguration?
  var RevisionId: String?
  // CreateFunction alone
  var Code: Source?
  var Tags: [String: String]?
  var Publish: Bool?
  var PackageType: String?
  var CodeSigningConfigArn: String?
  var Layers: [String]?
  var DeadLetterConfig: FunctionExtras.DeadLetter?
  var KMSKeyArn: String?
  var TracingConfig: FunctionExtras.Tracing?
  var EphemeralStorage: FunctionExtras.Storage?
  var SnapStart: FunctionExtras.Snapshots?
  // Accepted only where they change nothing
  var VpcConfig: PropertyValue?
  var FileSystemConfigs: PropertyValue?
  var ImageConfig: PropertyValue?

  struct Variables: Decodable, Sendable {
    var Variables: [String: String]?
  }

  struct Source: Decodable, Sendable {
    var ZipFile: String?
    var S3Bucket: String?
    var S3Key: String?
    var S3ObjectVersion: String?
  }

  /// Throws `UnsupportedOperation` for what would change a function's behaviour and doesn't here.
  func refuseUnsupported(_ operation: String) throws {
    let neutral: [(String, PropertyValue?, [PropertyValue])] = [
      (
        "VpcConfig", VpcConfig,
        [
          ["SubnetIds": [], "SecurityGroupIds": []],
          ["SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false],
        ]
      ),
      ("FileSystemConfigs", FileSystemConfigs, [[]]),
      ("ImageConfig", ImageConfig, []),
    ]
    for (name, value, accepted) in neutral {
      guard let value, value != .null, value != .object([:]), !accepted.contains(value) else {
        continue
      }
      throw ServiceError.unsupported(
        "this value of the parameter `\(name)` of \(operation): \(JSONWriter.compact(value))")
    }
    if let PackageType, PackageType != "Zip" {
      throw ServiceError.unsupported("the package type `\(PackageType)`")
    }
  }

  /// Overwrites in `settings` what the request names.
  func apply(to settings: inout FunctionSettings) throws {
    if let Runtime { settings.runtime = Runtime }
    if let Role { settings.role = Role }
    if let Handler { settings.handler = Handler }
    if let Description { settings.description = Description }
    if let Timeout { settings.timeout = Timeout }
    if let MemorySize { settings.memorySize = MemorySize }
    if let Environment { settings.environment = Environment.Variables ?? [:] }
    if let Architectures { settings.architectures = Architectures }
    try LoggingConfig?.apply(to: &settings)
    FunctionExtras(
      DeadLetterConfig: DeadLetterConfig, KMSKeyArn: KMSKeyArn, TracingConfig: TracingConfig,
      EphemeralStorage: EphemeralStorage, SnapStart: SnapStart
    ).apply(to: &settings)
  }
}
