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
  // Accepted only where they change nothing
  var VpcConfig: PropertyValue?
  var DeadLetterConfig: PropertyValue?
  var KMSKeyArn: PropertyValue?
  var TracingConfig: PropertyValue?
  var Layers: PropertyValue?
  var FileSystemConfigs: PropertyValue?
  var ImageConfig: PropertyValue?
  var CodeSigningConfigArn: PropertyValue?
  var EphemeralStorage: PropertyValue?
  var SnapStart: PropertyValue?

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
      ("VpcConfig", VpcConfig, [["SubnetIds": [], "SecurityGroupIds": []]]),
      ("DeadLetterConfig", DeadLetterConfig, [["TargetArn": ""]]),
      ("KMSKeyArn", KMSKeyArn, [""]),
      ("TracingConfig", TracingConfig, [["Mode": "PassThrough"]]),
      ("Layers", Layers, [[]]),
      ("FileSystemConfigs", FileSystemConfigs, [[]]),
      ("ImageConfig", ImageConfig, []),
      ("CodeSigningConfigArn", CodeSigningConfigArn, [""]),
      ("EphemeralStorage", EphemeralStorage, [["Size": 512]]),
      ("SnapStart", SnapStart, [["ApplyOn": "None"]]),
    ]
    for (name, value, accepted) in neutral {
      guard let value, value != .null, value != .object([:]), !accepted.contains(value) else {
        continue
      }
      throw ServiceError.unsupported(
        "this value of the parameter `\(name)` of \(operation): \(JSONWriter.compact(value))")
    }
    if Publish == true { throw ServiceError.unsupported("published versions (Publish)") }
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
  }
}
