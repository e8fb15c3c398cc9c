import AWSModel
import PropertyTree

/// What CreateFunction and UpdateFunctionConfiguration say of a function's configuration.
struct FunctionRequest: Decodable, Sendable {
  var functionName: String
  var runtime: String?
  var role: String?
  var handler: String?
  var description: String?
  var timeout: Int?
  var memorySize: Int?
  var environment: Variables?
  var architectures: [String]?
  var logging: Logging?
  var revisionID: String?
  // CreateFunction alone
  var code: Code?
  var tags: [String: String]?
  var publish: Bool?
  var packageType: String?
  // Accepted only where they change nothing
  var vpcConfig: PropertyValue?
  var deadLetterConfig: PropertyValue?
  var kmsKeyARN: PropertyValue?
  var tracingConfig: PropertyValue?
  var layers: PropertyValue?
  var fileSystemConfigs: PropertyValue?
  var imageConfig: PropertyValue?
  var codeSigningConfigARN: PropertyValue?
  var ephemeralStorage: PropertyValue?
  var snapStart: PropertyValue?

  enum CodingKeys: String, CodingKey {
    case functionName = "FunctionName"
    case runtime = "Runtime"
    case role = "Role"
    case handler = "Handler"
    case description = "Description"
    case timeout = "Timeout"
    case memorySize = "MemorySize"
    case environment = "Environment"
    case architectures = "Architectures"
    case logging = "LoggingConfig"
    case revisionID = "RevisionId"
    case code = "Code"
    case tags = "Tags"
    case publish = "Publish"
    case packageType = "PackageType"
    case vpcConfig = "VpcConfig"
    case deadLetterConfig = "DeadLetterConfig"
    case kmsKeyARN = "KMSKeyArn"
    case tracingConfig = "TracingConfig"
    case layers = "Layers"
    case fileSystemConfigs = "FileSystemConfigs"
    case imageConfig = "ImageConfig"
    case codeSigningConfigARN = "CodeSigningConfigArn"
    case ephemeralStorage = "EphemeralStorage"
    case snapStart = "SnapStart"
  }

  struct Variables: Decodable, Sendable {
    var variables: [String: String]?
    enum CodingKeys: String, CodingKey { case variables = "Variables" }
  }

  struct Logging: Decodable, Sendable {
    var format: String?
    var group: String?
    enum CodingKeys: String, CodingKey {
      case format = "LogFormat"
      case group = "LogGroup"
    }
  }

  struct Code: Decodable, Sendable {
    var zipFile: String?
    var bucket: String?
    var key: String?
    var version: String?

    enum CodingKeys: String, CodingKey {
      case zipFile = "ZipFile"
      case bucket = "S3Bucket"
      case key = "S3Key"
      case version = "S3ObjectVersion"
    }
  }

  /// Throws `UnsupportedOperation` for what would change a function's behaviour and doesn't here.
  func refuseUnsupported(_ operation: String) throws {
    let neutral: [(String, PropertyValue?, [PropertyValue])] = [
      ("VpcConfig", vpcConfig, [["SubnetIds": [], "SecurityGroupIds": []]]),
      ("DeadLetterConfig", deadLetterConfig, [["TargetArn": ""]]),
      ("KMSKeyArn", kmsKeyARN, [""]),
      ("TracingConfig", tracingConfig, [["Mode": "PassThrough"]]),
      ("Layers", layers, [[]]),
      ("FileSystemConfigs", fileSystemConfigs, [[]]),
      ("ImageConfig", imageConfig, []),
      ("CodeSigningConfigArn", codeSigningConfigARN, [""]),
      ("EphemeralStorage", ephemeralStorage, [["Size": 512]]),
      ("SnapStart", snapStart, [["ApplyOn": "None"]]),
    ]
    for (name, value, accepted) in neutral {
      guard let value, value != .null, value != .object([:]), !accepted.contains(value) else {
        continue
      }
      throw ServiceError.unsupported(
        "this value of the parameter `\(name)` of \(operation): \(JSONWriter.compact(value))")
    }
    if let format = logging?.format, format != "Text" {
      throw ServiceError.unsupported("the log format `\(format)`")
    }
    if publish == true { throw ServiceError.unsupported("published versions (Publish)") }
    if let packageType, packageType != "Zip" {
      throw ServiceError.unsupported("the package type `\(packageType)`")
    }
  }

  /// Overwrites in `settings` what the request names.
  func apply(to settings: inout FunctionSettings) {
    if let runtime { settings.runtime = runtime }
    if let role { settings.role = role }
    if let handler { settings.handler = handler }
    if let description { settings.description = description }
    if let timeout { settings.timeout = timeout }
    if let memorySize { settings.memorySize = memorySize }
    if let environment { settings.environment = environment.variables ?? [:] }
    if let architectures { settings.architectures = architectures }
    if let logging { settings.logGroup = logging.group }
  }
}
