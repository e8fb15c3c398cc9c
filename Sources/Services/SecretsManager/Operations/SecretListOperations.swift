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
    let all = try store.environment.database.read {
      try store.list(now: store.now, in: context.scope, $0)
    }
    var found = all.filter { secret in
      (input.IncludePlannedDeletion ?? false || secret.deleted == nil)
        && filters.allSatisfy { Self.matches(secret, $0) }
    }
    switch input.SortBy {
    case "name": found.sort { $0.name < $1.name }
    case "last-accessed-date":
      found.sort { ($0.accessed ?? $0.created, $0.name) < ($1.accessed ?? $1.created, $1.name) }
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

  /// `!` before a value turns its condition round. Names and tags are compared by how they begin,
  /// with regard to case; descriptions, and all texts together, by how their words begin, without.
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
    case "description": begins([secret.description ?? ""], wanted)
    case "tag-key": secret.tags.contains { $0.Key.hasPrefix(wanted) }
    case "tag-value": secret.tags.contains { ($0.Value ?? "").hasPrefix(wanted) }
    default:
      begins(
        [secret.name, secret.description ?? ""]
          + secret.tags.flatMap { [$0.Key, $0.Value ?? ""] }, wanted)
    }
  }

  /// True where each word of the value begins a word of the texts.
  private static func begins(_ texts: [String], _ wanted: String) -> Bool {
    let there = texts.flatMap(words)
    return words(wanted).allSatisfy { word in there.contains { $0.hasPrefix(word) } }
  }

  private static func words(_ text: String) -> [Substring] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }
  }
}
