import AWSModel
import Effects

// Members are AWS's own, letter for letter.

/// A parameter with its value.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html
struct SSMParameterShape: Encodable, Sendable {
  var Name: String
  var `Type`: String
  var Value: String
  var Version: Int64
  var Selector: String?
  var LastModifiedDate: Double
  var ARN: String
  var DataType: String
  /// The answer of the service that keeps the value, as JSON; nil for parameters.
  var SourceResult: String?

  init(
    _ parameter: SSMParameter, _ version: SSMVersion, selector: String? = nil, decrypts: Bool,
    _ store: SSMStore, _ scope: Scope
  ) throws {
    Name = parameter.name
    Type = parameter.type.rawValue
    // A secure value that is not to be decrypted is shown as it is stored.
    Value = decrypts ? try store.opened(version, of: parameter, in: scope) : version.value
    Version = version.version
    Selector = selector.map { ":\($0)" }
    LastModifiedDate = version.modified.epochSeconds
    ARN = SSMParameter.arn(parameter.name, in: scope)
    DataType = version.dataType
  }
}

/// A version among a parameter's history.
struct SSMHistoryShape: Encodable, Sendable {
  var Name: String
  var `Type`: String
  var KeyId: String?
  var LastModifiedDate: Double
  var LastModifiedUser: String
  var Description: String?
  var Value: String
  var AllowedPattern: String?
  var Version: Int64
  var Labels: [String]
  var Tier: String
  var Policies: [String] = []
  var DataType: String

  init(
    _ parameter: SSMParameter, _ version: SSMVersion, decrypts: Bool, _ store: SSMStore,
    _ scope: Scope
  ) throws {
    Name = parameter.name
    Type = parameter.type.rawValue
    KeyId = parameter.keyID
    LastModifiedDate = version.modified.epochSeconds
    LastModifiedUser = SSMParameter.user(in: scope)
    Description = version.description
    Value = decrypts ? try store.opened(version, of: parameter, in: scope) : version.value
    AllowedPattern = version.allowedPattern
    Version = version.version
    Labels = parameter.labels(of: version.version)
    Tier = version.tier
    DataType = version.dataType
  }
}

/// A parameter without its value.
struct SSMMetadataShape: Encodable, Sendable {
  var Name: String
  var ARN: String
  var `Type`: String
  var KeyId: String?
  var LastModifiedDate: Double
  var LastModifiedUser: String
  var Description: String?
  var AllowedPattern: String?
  var Version: Int64
  var Tier: String
  var Policies: [String] = []
  var DataType: String

  init(_ parameter: SSMParameter, _ scope: Scope) {
    Name = parameter.name
    ARN = SSMParameter.arn(parameter.name, in: scope)
    Type = parameter.type.rawValue
    KeyId = parameter.keyID
    LastModifiedDate = parameter.newest.modified.epochSeconds
    LastModifiedUser = SSMParameter.user(in: scope)
    Description = parameter.newest.description
    AllowedPattern = parameter.newest.allowedPattern
    Version = parameter.newest.version
    Tier = parameter.newest.tier
    DataType = parameter.newest.dataType
  }
}

extension SSMParameter {
  /// Leat knows no users: what changes a parameter is the account.
  static func user(in scope: Scope) -> String { "arn:aws:iam::\(scope.account):root" }

  var keyID: String? { type == .secure ? SSMLimits.defaultKey : nil }
}
