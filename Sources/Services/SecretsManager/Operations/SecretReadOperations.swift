import AWSModel
import ServiceKit

/// Reading secrets and what is known of them.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
struct SecretReadOperations: Sendable {
  let store: SecretStore

  var all: [Operation] {
    [
      .typed("GetSecretValue", getValue), .typed("BatchGetSecretValue", getValues),
      .typed("DescribeSecret", describe), .typed("ListSecretVersionIds", listVersions),
    ]
  }

  private struct ValueInput: Decodable, Sendable {
    var SecretId: String
    var VersionId: String?
    var VersionStage: String?
  }

  struct ValueOutput: Encodable, Sendable {
    var ARN: String
    var Name: String
    var VersionId: String
    var SecretBinary: String?
    var SecretString: String?
    var VersionStages: [String]
    var CreatedDate: Double
  }

  private func getValue(_ input: ValueInput, _ context: RequestContext) async throws -> ValueOutput
  {
    let (secret, output) = try store.environment.database.read { transaction in
      try value(
        input.SecretId, stage: input.VersionStage, versionID: input.VersionId, context, transaction)
    }
    try await store.noteReading(of: [secret], in: context.scope)
    return output
  }

  private func value(
    _ id: String, stage: String?, versionID: String?, _ context: RequestContext,
    _ transaction: Transaction
  ) throws -> (SecretModel, ValueOutput) {
    let (secret, version, value) = try store.read(
      id, stage: stage, versionID: versionID, now: store.now, in: context.scope, transaction)
    let output = ValueOutput(
      ARN: secret.arn(in: context.scope), Name: secret.name, VersionId: version.id,
      SecretBinary: value.binary, SecretString: value.text, VersionStages: version.stages,
      CreatedDate: version.created.epochSeconds)
    return (secret, output)
  }

  private struct ValuesInput: Decodable, Sendable { var SecretIdList: [String] }

  private struct ValuesOutput: Encodable, Sendable {
    struct Failure: Encodable, Sendable {
      var SecretId: String
      var ErrorCode: String
      var Message: String
    }
    var SecretValues: [ValueOutput] = []
    var Errors: [Failure] = []
  }

  private func getValues(_ input: ValuesInput, _ context: RequestContext) async throws
    -> ValuesOutput
  {
    guard (1...20).contains(input.SecretIdList.count) else {
      throw SecretFault.invalid("SecretIdList has 1 to 20 entries.")
    }
    let (secrets, output) = try store.environment.database.read { transaction in
      var output = ValuesOutput()
      var secrets: [SecretModel] = []
      for id in input.SecretIdList {
        do {
          let (secret, value) = try value(
            id, stage: nil, versionID: nil, context, transaction)
          secrets.append(secret)
          output.SecretValues.append(value)
        } catch let fault as ServiceError {
          output.Errors.append(
            .init(SecretId: id, ErrorCode: fault.code, Message: fault.message))
        }
      }
      return (secrets, output)
    }
    try await store.noteReading(of: secrets, in: context.scope)
    return output
  }

  private struct DescribeInput: Decodable, Sendable { var SecretId: String }

  private func describe(_ input: DescribeInput, _ context: RequestContext) throws -> SecretShape {
    try store.environment.database.read { transaction in
      let secret = try store.require(
        input.SecretId, now: store.now, in: context.scope, transaction)
      return SecretShape(secret, context.scope, isListed: false)
    }
  }

  private struct VersionsInput: Decodable, Sendable {
    var SecretId: String
    var MaxResults: Int?
    var NextToken: String?
    var IncludeDeprecated: Bool?
  }

  private struct VersionsOutput: Encodable, Sendable {
    struct Version: Encodable, Sendable {
      var VersionId: String
      var VersionStages: [String]?
      var CreatedDate: Double
    }
    var Versions: [Version]
    var NextToken: String?
    var ARN: String
    var Name: String
  }

  private func listVersions(_ input: VersionsInput, _ context: RequestContext) throws
    -> VersionsOutput
  {
    let secret = try store.environment.database.read {
      try store.require(input.SecretId, now: store.now, in: context.scope, $0)
    }
    let versions = secret.versions.filter {
      input.IncludeDeprecated ?? false || !$0.stages.isEmpty
    }
    let (page, next) = try SecretPage.cut(
      versions, max: input.MaxResults, token: input.NextToken, id: \.id)
    return VersionsOutput(
      Versions: page.map {
        .init(
          VersionId: $0.id, VersionStages: $0.stages.isEmpty ? nil : $0.stages,
          CreatedDate: $0.created.epochSeconds)
      }, NextToken: next, ARN: secret.arn(in: context.scope), Name: secret.name)
  }
}

/// A secret without its values: as `DescribeSecret` shows it, and in lists.
struct SecretShape: Encodable, Sendable {
  var ARN: String
  var Name: String
  var Description: String?
  var LastChangedDate: Double
  /// To the day; missing until the secret is read.
  var LastAccessedDate: Double?
  var DeletedDate: Double?
  var Tags: [Tag]
  var VersionIdsToStages: [String: [String]]?
  var SecretVersionsToStages: [String: [String]]?
  var CreatedDate: Double

  init(_ secret: SecretModel, _ scope: Scope, isListed: Bool) {
    ARN = secret.arn(in: scope)
    Name = secret.name
    Description = secret.description
    LastChangedDate = secret.changed.epochSeconds
    LastAccessedDate = secret.accessed?.epochSeconds
    DeletedDate = secret.deletionDate?.epochSeconds
    Tags = secret.tags
    let stages = Dictionary(
      secret.versions.filter { !$0.stages.isEmpty }.map { ($0.id, $0.stages) },
      uniquingKeysWith: { first, _ in first })
    // A secret that waits for its first value has no versions to show.
    if !stages.isEmpty {
      if isListed { SecretVersionsToStages = stages } else { VersionIdsToStages = stages }
    }
    CreatedDate = secret.created.epochSeconds
  }
}

/// Lists in pages; a token is the id of the last item of the page before.
enum SecretPage {
  static func cut<Item>(_ items: [Item], max: Int?, token: String?, id: (Item) -> String)
    throws(ServiceError) -> (page: [Item], next: String?)
  {
    let limit = max ?? 100
    guard (1...100).contains(limit) else {
      throw SecretFault.invalid("MaxResults must be between 1 and 100.")
    }
    var rest = items[...]
    if let token {
      guard let index = items.firstIndex(where: { id($0) == token }) else {
        throw SecretFault.invalidToken
      }
      rest = items[(index + 1)...]
    }
    let page = Array(rest.prefix(limit))
    return (page, rest.count > page.count ? page.last.map(id) : nil)
  }
}
