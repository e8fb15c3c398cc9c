import AWSModel
import Effects
import ServiceKit

/// Providers of OpenID Connect.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
extension IAMService {
  var oidcOperations: [Operation] {
    [
      .typed("CreateOpenIDConnectProvider") { try await self.createProvider($0, $1) },
      .typed("GetOpenIDConnectProvider") { (input: ProviderInput, context) in
        ProviderOutput(try self.provider(input.OpenIDConnectProviderArn, context))
      },
      .typed("ListOpenIDConnectProviders") { (_: EmptyOutput, context) in
        let account = context.scope.account
        let providers = try self.environment.database.read {
          try self.store.all(IAMOIDCProvider.self, account, $0)
        }
        return ProvidersOutput(
          OpenIDConnectProviderList: providers.map { .init(Arn: $0.arn(in: account)) })
      },
      .typed("DeleteOpenIDConnectProvider") { (input: ProviderInput, context) in
        let (store, account) = (self.store, context.scope.account)
        let name = try IAMOIDCProvider.name(ofARN: input.OpenIDConnectProviderArn)
        try await self.environment.database.write { transaction in
          // One that is not there is deleted, as on AWS.
          guard
            let provider = try store.get(IAMOIDCProvider.self, name, account, transaction)
          else { return }
          try store.delete(provider, account, transaction)
        }
        return EmptyOutput()
      },
      .typed("UpdateOpenIDConnectProviderThumbprint") { (input: ThumbprintInput, context) in
        try IAMOIDCProvider.check(thumbprints: input.ThumbprintList)
        try await self.changeProvider(input.OpenIDConnectProviderArn, context) {
          $0.thumbprints = input.ThumbprintList.map { $0.lowercased() }
        }
        return EmptyOutput()
      },
    ] + clientOperations + providerTagOperations
  }

  struct ProviderInput: Codable, Sendable { var OpenIDConnectProviderArn: String }

  struct ThumbprintInput: Codable, Sendable {
    var OpenIDConnectProviderArn: String
    var ThumbprintList: [String]
  }

  struct ProviderOutput: Codable, Sendable {
    var Url: String
    var ClientIDList: [String]
    var ThumbprintList: [String]
    var CreateDate: String
    var Tags: [ValuedTag]?

    init(_ provider: IAMOIDCProvider) {
      Url = provider.name
      ClientIDList = provider.clientIDs
      ThumbprintList = provider.thumbprints
      CreateDate = provider.createdAt.iso8601
      Tags = provider.tags.shown
    }
  }

  struct ProvidersOutput: Codable, Sendable {
    struct Entry: Codable, Sendable { var Arn: String }
    var OpenIDConnectProviderList: [Entry]
  }

  struct CreateProviderInput: Codable, Sendable {
    var Url: String
    var ClientIDList: [String]?
    var ThumbprintList: [String]?
    var Tags: [ValuedTag]?
  }

  struct CreateProviderOutput: Codable, Sendable {
    var OpenIDConnectProviderArn: String
    var Tags: [ValuedTag]?
  }

  private func createProvider(_ input: CreateProviderInput, _ context: RequestContext)
    async throws -> CreateProviderOutput
  {
    try IAMLimits.check(tags: input.Tags ?? [])
    try IAMOIDCProvider.check(thumbprints: input.ThumbprintList ?? [])
    try IAMOIDCProvider.check(clientIDs: input.ClientIDList ?? [])
    let provider = IAMOIDCProvider(
      name: try IAMOIDCProvider.name(ofURL: input.Url),
      createdAt: environment.effects.clock.now, clientIDs: input.ClientIDList ?? [],
      thumbprints: (input.ThumbprintList ?? []).map { $0.lowercased() }, tags: input.Tags ?? [])
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { try store.make(provider, account, $0) }
    return CreateProviderOutput(
      OpenIDConnectProviderArn: provider.arn(in: account), Tags: provider.tags.shown)
  }

  // MARK: Clients

  private var clientOperations: [Operation] {
    [
      .typed("AddClientIDToOpenIDConnectProvider") { (input: ClientInput, context) in
        try await self.changeProvider(input.OpenIDConnectProviderArn, context) { provider in
          guard !provider.clientIDs.contains(input.ClientID) else { return }
          try IAMOIDCProvider.check(clientIDs: provider.clientIDs + [input.ClientID])
          provider.clientIDs.append(input.ClientID)
        }
        return EmptyOutput()
      },
      .typed("RemoveClientIDFromOpenIDConnectProvider") { (input: ClientInput, context) in
        try await self.changeProvider(input.OpenIDConnectProviderArn, context) { provider in
          provider.clientIDs.removeAll { $0 == input.ClientID }
        }
        return EmptyOutput()
      },
    ]
  }

  struct ClientInput: Codable, Sendable {
    var OpenIDConnectProviderArn: String
    var ClientID: String
  }

  // MARK: Tags

  private var providerTagOperations: [Operation] {
    [
      .typed("TagOpenIDConnectProvider") { (input: ProviderTagsInput, context) in
        try IAMLimits.check(tags: input.Tags)
        try await self.changeProvider(input.OpenIDConnectProviderArn, context) {
          try $0.tags.put(input.Tags)
        }
        return EmptyOutput()
      },
      .typed("UntagOpenIDConnectProvider") { (input: ProviderTagKeysInput, context) in
        try await self.changeProvider(input.OpenIDConnectProviderArn, context) {
          $0.tags.remove(input.TagKeys)
        }
        return EmptyOutput()
      },
      .typed("ListOpenIDConnectProviderTags") { (input: ProviderPageInput, context) in
        TagPage(
          try self.provider(input.OpenIDConnectProviderArn, context).tags,
          IAMPage(marker: input.Marker, max: input.MaxItems))
      },
    ]
  }

  struct ProviderTagsInput: Codable, Sendable {
    var OpenIDConnectProviderArn: String
    var Tags: [ValuedTag]
  }

  struct ProviderTagKeysInput: Codable, Sendable {
    var OpenIDConnectProviderArn: String
    var TagKeys: [String]
  }

  struct ProviderPageInput: Codable, Sendable {
    var OpenIDConnectProviderArn: String
    var Marker: String?
    var MaxItems: Int?
  }

  private func provider(_ arn: String, _ context: RequestContext) throws -> IAMOIDCProvider {
    let name = try IAMOIDCProvider.name(ofARN: arn)
    let found = try environment.database.read {
      try store.get(IAMOIDCProvider.self, name, context.scope.account, $0)
    }
    guard let found, found.arn(in: context.scope.account) == arn else {
      throw IAMOIDCProvider.missing(arn)
    }
    return found
  }

  private func changeProvider(
    _ arn: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout IAMOIDCProvider) throws -> Void
  ) async throws {
    let name = try provider(arn, context).name
    try await change(IAMOIDCProvider.self, name, context, body)
  }
}
