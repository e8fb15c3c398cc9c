import AWSModel
import ServiceKit

/// Finding secrets.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
struct SecretListOperations: Sendable {
  let store: SecretStore

  var all: [Operation] { [.typed("ListSecrets", list)] }

  private struct Filter: Decodable, Sendable {
    var Key: String
    var Values: [String]
  }

  private struct ListInput: Decodable, Sendable {
    var IncludePlannedDeletion: Bool?
    var MaxResults: Int?
    var NextToken: String?
    var Filters: [Filter]?
    var SortOrder: String?
    var SortBy: String?
  }

  private struct ListOutput: Encodable, Sendable {
    var SecretList: [SecretShape]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let filters = input.Filters ?? []
    for filter in filters { try Self.check(filter) }
    if input.SortBy == "last-accessed-date" {
      throw ServiceError.unsupported("the order `last-accessed-date` of ListSecrets")
    }
    let all = try store.environment.database.read {
      try store.list(now: store.now, in: context.scope, $0)
    }
    var found = all.filter { secret in
      (input.IncludePlannedDeletion ?? false || secret.deleted == nil)
        && filters.allSatisfy { Self.matches(secret, $0) }
    }
    switch input.SortBy {
    case "name": found.sort { $0.name < $1.name }
    case "last-changed-date": found.sort { ($0.changed, $0.name) < ($1.changed, $1.name) }
    default: found.sort { ($0.created, $0.name) < ($1.created, $1.name) }
    }
    // The newest comes first unless the order is asked for.
    if input.SortOrder == "desc" { found.reverse() }
    let (page, next) = try SecretPage.cut(
      found, max: input.MaxResults, token: input.NextToken, id: \.name)
    return ListOutput(
      SecretList: page.map { SecretShape($0, context.scope, isListed: true) }, NextToken: next)
  }

  private static func check(_ filter: Filter) throws(ServiceError) {
    guard ["description", "name", "tag-key", "tag-value", "all"].contains(filter.Key) else {
      throw .unsupported("the filter `\(filter.Key)` of ListSecrets")
    }
  }

  /// A value counts by how a text begins; `!` before it turns the condition round. Names and tag
  /// keys are compared with regard to case.
  private static func matches(_ secret: SecretModel, _ filter: Filter) -> Bool {
    filter.Values.contains { value in
      let isNegated = value.hasPrefix("!")
      let wanted = isNegated ? String(value.dropFirst()) : value
      return holds(secret, filter.Key, wanted) != isNegated
    }
  }

  private static func holds(_ secret: SecretModel, _ key: String, _ wanted: String) -> Bool {
    switch key {
    case "name": secret.name.hasPrefix(wanted)
    case "description": begins(secret.description ?? "", wanted)
    case "tag-key": secret.tags.contains { $0.Key.hasPrefix(wanted) }
    case "tag-value": secret.tags.contains { ($0.Value ?? "").hasPrefix(wanted) }
    default:
      begins(secret.name, wanted) || begins(secret.description ?? "", wanted)
        || secret.tags.contains { begins($0.Key, wanted) || begins($0.Value ?? "", wanted) }
    }
  }

  /// True where a word of the text begins so, without regard to case.
  private static func begins(_ text: String, _ wanted: String) -> Bool {
    let wanted = wanted.lowercased()
    let text = text.lowercased()
    return text.hasPrefix(wanted)
      || text.split { !$0.isLetter && !$0.isNumber }.contains { $0.hasPrefix(wanted) }
  }
}
