import AWSModel
import PropertyTree
import ServiceKit

/// The properties of `AWS::Lambda::Function`.
struct FunctionProperties: Sendable {
  private struct Shape: Decodable {
    var functionName: String?
    var runtime: String?
    var handler: String?
    var role: String
    var code: FunctionRequest.Code
    var timeout: Int?
    var memorySize: Int?
    var environment: FunctionRequest.Variables?
    var description: String?
    var tags: [ValuedTag]?
    var architectures: [String]?
    var packageType: String?
    var logging: FunctionRequest.Logging?

    enum CodingKeys: String, CodingKey {
      case functionName = "FunctionName"
      case runtime = "Runtime"
      case handler = "Handler"
      case role = "Role"
      case code = "Code"
      case timeout = "Timeout"
      case memorySize = "MemorySize"
      case environment = "Environment"
      case description = "Description"
      case tags = "Tags"
      case architectures = "Architectures"
      case packageType = "PackageType"
      case logging = "LoggingConfig"
    }
  }

  private let shape: Shape

  init(_ properties: PropertyValue) throws {
    shape = try Operation.decodeInput(
      Shape.self, from: properties, operation: "AWS::Lambda::Function")
  }

  var allTags: [String: String] {
    (shape.tags ?? []).table
  }

  func settings() throws -> FunctionSettings {
    guard let runtime = shape.runtime, let handler = shape.handler else {
      throw ServiceError.validation(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
          + "packages.")
    }
    var settings = FunctionSettings(runtime: runtime, handler: handler, role: shape.role)
    if let timeout = shape.timeout { settings.timeout = timeout }
    if let memorySize = shape.memorySize { settings.memorySize = memorySize }
    settings.environment = shape.environment?.variables ?? [:]
    settings.description = shape.description ?? ""
    if let architectures = shape.architectures { settings.architectures = architectures }
    settings.logGroup = shape.logging?.group
    if let format = shape.logging?.format, format != "Text" {
      throw ServiceError.unsupported("the log format `\(format)`")
    }
    if let type = shape.packageType, type != "Zip" {
      throw ServiceError.unsupported("the package type `\(type)`")
    }
    try settings.validate()
    return settings
  }

  func code(
    _ loader: CodeLoader, scope: Scope, in transaction: Transaction
  ) throws -> FunctionCode {
    if let archived = try loader.object(shape.code, scope: scope, in: transaction) {
      return archived
    }
    guard let source = shape.code.zipFile else {
      throw ServiceError.validation("Please provide a source for function code.")
    }
    guard let family = RuntimeCatalog.family(of: shape.runtime ?? "") else {
      throw ServiceError.unsupported("the runtime `\(shape.runtime ?? "")`")
    }
    return try FunctionCode(inlineSource: source, family: family)
  }
}
