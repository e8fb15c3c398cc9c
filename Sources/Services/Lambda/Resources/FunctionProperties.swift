import AWSModel
import PropertyTree
import ServiceKit

extension FunctionResource {
  struct Properties: Codable, Sendable {
    struct CodeSource: Codable, Sendable, Hashable {
      var ZipFile: String?
      var S3Bucket: String?
      var S3Key: String?
      var S3ObjectVersion: String?
    }

    struct Variables: Codable, Sendable { var Variables: [String: String]? }

    var FunctionName: String?
    var Runtime: String?
    var Handler: String?
    /// Nil only while a plan does not know it, as `Code`.
    var Role: String?
    var Code: CodeSource?
    var Timeout: Int?
    var MemorySize: Int?
    var Environment: Variables?
    var Description: String?
    var Tags: [ValuedTag]?
    var Architectures: [String]?
    var PackageType: String?
    var LoggingConfig: LoggingConfiguration?
    var Layers: [String]?
    var DeadLetterConfig: FunctionExtras.DeadLetter?
    var KmsKeyArn: String?
    var TracingConfig: FunctionExtras.Tracing?
    var EphemeralStorage: FunctionExtras.Storage?
    var SnapStart: FunctionExtras.Snapshots?
    var ReservedConcurrentExecutions: Int?
    var RecursiveLoop: String?
    var CodeSigningConfigArn: String?
    var RuntimeManagementConfig: RuntimeManagement?

    struct RuntimeManagement: Codable, Sendable {
      var UpdateRuntimeOn: String
      var RuntimeVersionArn: String?
    }
  }
}

extension FunctionResource.Properties {
  func settings() throws -> FunctionSettings {
    guard let Runtime, let Handler else {
      throw ServiceError.validation(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
          + "packages.")
    }
    var settings = FunctionSettings(runtime: Runtime, handler: Handler, role: Role ?? "")
    if let Timeout { settings.timeout = Timeout }
    if let MemorySize { settings.memorySize = MemorySize }
    settings.environment = Environment?.Variables ?? [:]
    settings.description = Description ?? ""
    if let Architectures { settings.architectures = Architectures }
    try LoggingConfig?.apply(to: &settings)
    FunctionExtras(
      DeadLetterConfig: DeadLetterConfig, KMSKeyArn: KmsKeyArn, TracingConfig: TracingConfig,
      EphemeralStorage: EphemeralStorage, SnapStart: SnapStart
    ).apply(to: &settings)
    try settings.validate()
    return settings
  }

  /// Sets what stands beside the configuration, as the properties say.
  func apply(
    to model: inout FunctionModel, _ store: FunctionStore, _ signing: CodeSigningStore,
    scope: Scope, in transaction: Transaction
  ) throws {
    if let count = ReservedConcurrentExecutions {
      try store.checkReservation(count, of: model, in: scope, transaction)
    }
    model.reservedConcurrency = ReservedConcurrentExecutions
    model.recursiveLoop = RecursiveLoop ?? "Terminate"
    model.codeSigningARN = CodeSigningConfigArn.unlessEmpty
    if let arn = model.codeSigningARN { _ = try signing.require(arn, in: scope, transaction) }
    try model.setRuntimeManagement(
      RuntimeManagementConfig?.UpdateRuntimeOn ?? "Auto", RuntimeManagementConfig?.RuntimeVersionArn
    )
  }

  func code(
    _ loader: CodeLoader, scope: Scope, in transaction: Transaction
  ) throws -> FunctionCode {
    let source = FunctionRequest.Source(
      ZipFile: Code?.ZipFile, S3Bucket: Code?.S3Bucket, S3Key: Code?.S3Key,
      S3ObjectVersion: Code?.S3ObjectVersion)
    if let archived = try loader.object(source, scope: scope, in: transaction) { return archived }
    guard let source = source.ZipFile else {
      throw ServiceError.validation("Please provide a source for function code.")
    }
    guard let family = RuntimeCatalog.family(of: Runtime ?? "") else {
      throw ServiceError.unsupported("the runtime `\(Runtime ?? "")`")
    }
    return try FunctionCode(inlineSource: source, family: family)
  }

  /// As a function is, its code aside.
  init(_ function: FunctionModel) {
    let settings = function.settings
    FunctionName = function.name
    Runtime = settings.runtime
    Handler = settings.handler
    Role = settings.role
    Timeout = settings.timeout
    MemorySize = settings.memorySize
    if !settings.environment.isEmpty { Environment = .init(Variables: settings.environment) }
    if !settings.description.isEmpty { Description = settings.description }
    if !function.tags.isEmpty { Tags = [ValuedTag](table: function.tags) }
    Architectures = settings.architectures
    PackageType = "Zip"
    LoggingConfig = function.loggingConfiguration
    if !settings.layers.isEmpty { Layers = settings.layers.map(\.arn) }
    DeadLetterConfig = settings.deadLetterARN.map { .init(TargetArn: $0) }
    KmsKeyArn = settings.keyARN
    TracingConfig = .init(Mode: settings.tracing)
    EphemeralStorage = .init(Size: settings.ephemeralMegabytes)
    SnapStart = .init(ApplyOn: settings.snapStart)
    ReservedConcurrentExecutions = function.reservedConcurrency
    RecursiveLoop = function.recursiveLoop
    CodeSigningConfigArn = function.codeSigningARN
    RuntimeManagementConfig = .init(
      UpdateRuntimeOn: function.runtimeUpdates, RuntimeVersionArn: function.runtimeVersionARN)
  }
}
