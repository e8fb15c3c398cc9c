import AWSModel
import Effects

/// A function as it is stored.
struct FunctionModel: Codable, Sendable, Hashable {
  var name: String
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
}

/// A statement of a function's resource policy.
struct Permission: Codable, Sendable, Hashable {
  var statementID: String
  var action: String
  /// A service (`s3.amazonaws.com`), an account, an ARN, or `*`.
  var principal: String
  var sourceARN: String?
  var sourceAccount: String?
}

/// A function's place among all accounts and regions.
struct FunctionKey: Sendable, Hashable {
  var scope: Scope
  var name: String

  var arn: String { ARN("lambda", scope, "function:\(name)").description }
}
