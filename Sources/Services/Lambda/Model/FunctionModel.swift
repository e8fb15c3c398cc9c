import AWSModel
import Effects

/// A function as it is stored: `$LATEST`, or a version of it that was published.
struct FunctionModel: Codable, Sendable, Hashable, PolicyHolder {
  /// The version that can be changed.
  static let latest = "$LATEST"

  var name: String
  /// `$LATEST`, or the number of a published version.
  var version = latest
  /// The number that the next published version gets; numbers are never used again.
  var nextVersion = 1
  var settings: FunctionSettings
  var tags: [String: String]
  /// SHA-256 of the archive, hexadecimal: the key of its bytes in the code store.
  var codeHash: String
  /// Bytes of the archive.
  var codeSize: Int
  var lastModified: Timestamp
  /// Changes with every change of code or configuration; warm processes are matched by it.
  var revisionID: String
  var permissions: [Permission] = []
  var policyRevisionID = ""
  /// The environment's variables as the row keeps them, because they often are secrets; nil in
  /// memory.
  var sealedEnvironment: String?
  /// The step of a stack that published this version, until it has told its number.
  var origin: String?
  /// The most invocations at a time, of all versions; nil where the account alone bounds them.
  var reservedConcurrency: Int?
  /// `Allow` or `Terminate`, for functions that call themselves without end.
  var recursiveLoop = "Terminate"
  var codeSigningARN: String?
  /// `Auto`, `FunctionUpdate` or `Manual`; the last names a version of the runtime.
  var runtimeUpdates = "Auto"
  var runtimeVersionARN: String?

  func arn(in scope: Scope) -> String {
    ARN("lambda", scope, "function:\(name)").description
  }
}

/// Settings of a function that a person configures, after its code.
struct FunctionSettings: Codable, Sendable, Hashable {
  var runtime: String
  var handler: String
  var role: String
  var description = ""
  /// Seconds, 1–900.
  var timeout = 3
  /// Megabytes, 128–10,240.
  var memorySize = 128
  var environment: [String: String] = [:]
  var architectures = ["x86_64"]
  /// nil for `/aws/lambda/<name>`.
  var logGroup: String?
  /// nil for text.
  var logging: FunctionLogging?
  /// In the order in which they are laid over one another; at most 5.
  var layers: [FunctionLayer] = []
  /// The queue or topic that takes events which failed.
  var deadLetterARN: String?
  /// Megabytes of the temporary directory, 512–10,240.
  var ephemeralMegabytes = 512
  /// `PassThrough` or `Active`.
  var tracing = "PassThrough"
  var keyARN: String?
  /// `None` or `PublishedVersions`.
  var snapStart = "None"
}

/// A layer of a function, which keeps it when the layer's version is deleted.
struct FunctionLayer: Codable, Sendable, Hashable {
  /// Of the layer's version.
  var arn: String
  /// SHA-256 of its archive, hexadecimal.
  var codeHash: String
  /// Bytes of its archive, and of what lies in it.
  var codeSize: Int
  var unpackedSize: Int
}

/// Something that a resource policy stands at: a function, a version, an alias, a layer's version.
protocol PolicyHolder {
  var permissions: [Permission] { get set }
  var policyRevisionID: String { get set }
}

/// A statement of a resource policy.
struct Permission: Codable, Sendable, Hashable {
  var statementID: String
  var action: String
  /// A service (`s3.amazonaws.com`), an account, an ARN, or `*`.
  var principal: String
  var sourceARN: String?
  var sourceAccount: String?
  var organization: String?
  /// `NONE` or `AWS_IAM`.
  var urlAuthType: String?
  var eventSourceToken: String?
  var isViaURL: Bool?
}

/// A function's place among all accounts and regions.
struct FunctionKey: Sendable, Hashable {
  var scope: Scope
  var name: String
  /// Processes belong to one version.
  var version = FunctionModel.latest

  var arn: String { ARN("lambda", scope, "function:\(name)").description }
}
