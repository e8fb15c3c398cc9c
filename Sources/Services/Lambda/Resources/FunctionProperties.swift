import AWSModel
import PropertyTree
import ServiceKit

/// The properties of `AWS::Lambda::Function`.
struct FunctionProperties: Sendable {
  private struct Shape: Decodable {
    var FunctionName: String?
    var Runtime: String?
    var Handler: String?
    var Role: String
    var Code: FunctionRequest.Source
    var Timeout: Int?
    var MemorySize: Int?
    var Environment: FunctionRequest.Variables?
    var Description: String?
    var Tags: [ValuedTag]?
    var Architectures: [String]?
    var PackageType: String?
    var LoggingConfig: FunctionRequest.Logging?
  }

  private let shape: Shape

  init(_ properties: PropertyValue) throws {
    shape = try Operation.decodeInput(
      Shape.self, from: properties, operation: "AWS::Lambda::Function")
  }

  var allTags: [String: String] {
    (shape.Tags ?? []).table
  }

  func settings() throws -> FunctionSettings {
    guard let runtime = shape.Runtime, let handler = shape.Handler else {
      throw ServiceError.validation(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
          + "packages.")
    }
    var settings = FunctionSettings(runtime: runtime, handler: handler, role: shape.Role)
    if let timeout = shape.Timeout { settings.timeout = timeout }
    if let memorySize = shape.MemorySize { settings.memorySize = memorySize }
    settings.environment = shape.Environment?.Variables ?? [:]
    settings.description = shape.Description ?? ""
    if let architectures = shape.Architectures { settings.architectures = architectures }
    settings.logGroup = shape.LoggingConfig?.LogGroup
    if let format = shape.LoggingConfig?.LogFormat, format != "Text" {
      throw ServiceError.unsupported("the log format `\(format)`")
    }
    if let type = shape.PackageType, type != "Zip" {
      throw ServiceError.unsupported("the package type `\(type)`")
    }
    try settings.validate()
    return settings
  }

  func code(
    _ loader: CodeLoader, scope: Scope, in transaction: Transaction
  ) throws -> FunctionCode {
    if let archived = try loader.object(shape.Code, scope: scope, in: transaction) {
      return archived
    }
    guard let source = shape.Code.ZipFile else {
      throw ServiceError.validation("Please provide a source for function code.")
    }
    guard let family = RuntimeCatalog.family(of: shape.Runtime ?? "") else {
      throw ServiceError.unsupported("the runtime `\(shape.Runtime ?? "")`")
    }
    return try FunctionCode(inlineSource: source, family: family)
  }
}
