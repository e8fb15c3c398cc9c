import AWSModel
import Effects
import ServiceKit

/// Making secrets and giving them new values.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
struct SecretWriteOperations: Sendable {
  let store: SecretStore

  var all: [Operation] {
    [
      .typed("CreateSecret", create), .typed("PutSecretValue", putValue),
      .typed("UpdateSecret", update), .typed("UpdateSecretVersionStage", moveStage),
      .typed("GetRandomPassword", randomPassword),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var Name: String
    var ClientRequestToken: String?
    var Description: String?
    var KmsKeyId: String?
    var SecretBinary: String?
    var SecretString: String?
    var Tags: [Tag]?
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    try SecretLimits.check(name: input.Name)
    try SecretLimits.check(token: input.ClientRequestToken)
    try SecretLimits.check(description: input.Description)
    try SecretLimits.check(key: input.KmsKeyId)
    let tags = input.Tags ?? []
    try SecretLimits.check(tags: tags)
    let value = try SecretLimits.value(text: input.SecretString, binary: input.SecretBinary)
    let store = store
    let random = store.environment.effects.random
    return try await store.environment.database.write { transaction in
      let now = store.now
      if let value, let token = input.ClientRequestToken,
        let old = try store.find(input.Name, now: now, in: context.scope, transaction),
        old.deleted == nil,
        try store.isRepeated(token, value, of: old, in: context.scope, transaction)
      {
        return SecretVersionOutput(old, context.scope, version: token)
      }
      let versionID = input.ClientRequestToken ?? random.uuid()
      let secret = try store.create(
        SecretModel(
          name: input.Name, suffix: SecretModel.suffix(random), description: input.Description,
          tags: tags, created: now, changed: now),
        value: value, versionID: versionID, in: context.scope, transaction)
      return SecretVersionOutput(
        secret, context.scope, version: value == nil ? nil : versionID)
    }
  }

  private struct PutInput: Decodable, Sendable {
    var SecretId: String
    var ClientRequestToken: String?
    var SecretBinary: String?
    var SecretString: String?
    var VersionStages: [String]?
  }

  private func putValue(_ input: PutInput, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    try SecretLimits.check(token: input.ClientRequestToken)
    let stages = input.VersionStages ?? [SecretStage.current]
    guard (1...SecretLimits.stagesMax).contains(stages.count),
      stages.allSatisfy({ (1...256).contains($0.utf8.count) })
    else { throw SecretFault.invalid("A version has 1 to \(SecretLimits.stagesMax) stages.") }
    guard let value = try SecretLimits.value(text: input.SecretString, binary: input.SecretBinary)
    else { throw SecretFault.refused("You must provide either SecretString or SecretBinary.") }
    let store = store
    return try await store.environment.database.write { transaction in
      var secret = try store.requireLiving(
        input.SecretId, now: store.now, in: context.scope, transaction)
      let token = input.ClientRequestToken
      let id = token ?? store.environment.effects.random.uuid()
      if try !store.isRepeated(token, value, of: secret, in: context.scope, transaction) {
        try store.add(
          value, versionID: id, stages: stages, to: &secret, now: store.now, in: context.scope,
          transaction)
        try store.put(secret, in: context.scope, transaction)
      }
      return SecretVersionOutput(
        secret, context.scope, version: id, stages: secret.version(id)?.stages)
    }
  }

  private struct UpdateInput: Decodable, Sendable {
    var SecretId: String
    var ClientRequestToken: String?
    var Description: String?
    var KmsKeyId: String?
    var SecretBinary: String?
    var SecretString: String?
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    try SecretLimits.check(token: input.ClientRequestToken)
    try SecretLimits.check(description: input.Description)
    try SecretLimits.check(key: input.KmsKeyId)
    let value = try SecretLimits.value(text: input.SecretString, binary: input.SecretBinary)
    let store = store
    return try await store.environment.database.write { transaction in
      var secret = try store.requireLiving(
        input.SecretId, now: store.now, in: context.scope, transaction)
      secret.description = input.Description ?? secret.description
      secret.changed = store.now
      let id = input.ClientRequestToken ?? store.environment.effects.random.uuid()
      if let value,
        try !store.isRepeated(
          input.ClientRequestToken, value, of: secret, in: context.scope, transaction)
      {
        try store.add(
          value, versionID: id, stages: [SecretStage.current], to: &secret, now: store.now,
          in: context.scope, transaction)
      }
      try store.put(secret, in: context.scope, transaction)
      return SecretVersionOutput(secret, context.scope, version: value == nil ? nil : id)
    }
  }

  private struct StageInput: Decodable, Sendable {
    var SecretId: String
    var VersionStage: String
    var RemoveFromVersionId: String?
    var MoveToVersionId: String?
  }

  private func moveStage(_ input: StageInput, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    let store = store
    return try await store.environment.database.write { transaction in
      var secret = try store.requireLiving(
        input.SecretId, now: store.now, in: context.scope, transaction)
      try Self.move(input, in: &secret)
      secret.changed = store.now
      try store.put(secret, in: context.scope, transaction)
      return SecretVersionOutput(secret, context.scope)
    }
  }

  private static func move(_ input: StageInput, in secret: inout SecretModel) throws(ServiceError) {
    let stage = input.VersionStage
    let holder = secret.version(staged: stage)
    if let from = input.RemoveFromVersionId {
      guard secret.version(from) != nil else { throw SecretFault.noValue("VersionId: \(from)") }
      guard holder?.id == from else {
        throw SecretFault.invalid(
          "The staging label \(stage) isn't currently attached to version \(from).")
      }
    } else if let holder, input.MoveToVersionId != nil, holder.id != input.MoveToVersionId {
      throw SecretFault.invalid(
        "The parameter RemoveFromVersionId can't be empty. Staging label \(stage) is currently "
          + "attached to version \(holder.id), so you must explicitly reference that version in "
          + "RemoveFromVersionId.")
    }
    guard let target = input.MoveToVersionId else {
      guard let from = input.RemoveFromVersionId else {
        throw SecretFault.invalid("Give MoveToVersionId, RemoveFromVersionId or both.")
      }
      guard stage != SecretStage.current else {
        throw SecretFault.invalid(
          "You can only move staging label AWSCURRENT to a different secret version. It can't be "
            + "completely removed.")
      }
      secret.take(stage, from: from)
      return
    }
    guard secret.version(target) != nil else {
      throw SecretFault.noValue("VersionId: \(target)")
    }
    secret.move(stage, to: target)
  }

  private struct PasswordInput: Decodable, Sendable {
    var PasswordLength: Int?
    var ExcludeCharacters: String?
    var ExcludeNumbers: Bool?
    var ExcludePunctuation: Bool?
    var ExcludeUppercase: Bool?
    var ExcludeLowercase: Bool?
    var IncludeSpace: Bool?
    var RequireEachIncludedType: Bool?
  }

  private struct PasswordOutput: Encodable, Sendable { var RandomPassword: String }

  private func randomPassword(_ input: PasswordInput, _ context: RequestContext) throws
    -> PasswordOutput
  {
    let rule = PasswordRule(
      length: input.PasswordLength ?? 32, excluded: input.ExcludeCharacters ?? "",
      excludesLower: input.ExcludeLowercase ?? false,
      excludesUpper: input.ExcludeUppercase ?? false,
      excludesDigits: input.ExcludeNumbers ?? false,
      excludesPunctuation: input.ExcludePunctuation ?? false,
      includesSpace: input.IncludeSpace ?? false,
      requiresEachType: input.RequireEachIncludedType ?? true)
    try rule.check()
    return PasswordOutput(RandomPassword: rule.password(store.environment.effects.random))
  }
}

extension SecretModel {
  static let suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

  static func suffix(_ random: any RandomSource) -> String { random.text(6, from: suffixAlphabet) }

  mutating func take(_ stage: String, from id: String) {
    for index in versions.indices where versions[index].id == id {
      versions[index].stages.removeAll { $0 == stage }
    }
  }
}

/// A secret, and which version of it a call made.
struct SecretVersionOutput: Encodable, Sendable {
  var ARN: String
  var Name: String
  var VersionId: String?
  var VersionStages: [String]?

  init(_ secret: SecretModel, _ scope: Scope, version: String? = nil, stages: [String]? = nil) {
    ARN = secret.arn(in: scope)
    Name = secret.name
    VersionId = version
    VersionStages = stages
  }
}
