/// The meaning of a connection between two types of resources.
struct ConnectorProfile: Sendable {
  enum Effect: Sendable {
    /// A policy of the source's role or of the destination's.
    case rolePolicy(ofSource: Bool)
    case queuePolicy
    case topicPolicy
    /// A permission of the destination, a function.
    case permission(principal: String, sourceArn: String, sourceAccount: String?)
  }

  let source: String
  let destination: String
  let effect: Effect
  /// `Read` and `Write`, each with the statements that it grants; none where the effect says all.
  /// Texts hold `%{Source.Arn}` and its like.
  let access: [(name: String, statements: [Tree])]
  /// Combinations of permissions that exist; empty where each may be asked for.
  let combinations: [Set<String>]
  /// The event source mapping between the two waits for the policy.
  let isAwaitedByMapping: Bool
  /// The source waits for the policy.
  let isAwaitedBySource: Bool

  static func find(source: String, destination: String) -> ConnectorProfile? {
    all[Pair(source: source, destination: destination)]
  }

  private struct Pair: Hashable {
    let source: String
    let destination: String
  }

  private static let all: [Pair: ConnectorProfile] = {
    var all: [Pair: ConnectorProfile] = [:]
    for json in connectorProfilesTable {
      guard let profile = ConnectorProfile(ServerlessFacts.tree(json)) else { continue }
      all[Pair(source: profile.source, destination: profile.destination)] = profile
    }
    return all
  }()

  /// Reads a row of the table; nil for effects that are not known here.
  private init?(_ row: Tree) {
    guard let source = row["source"]?.string, let destination = row["destination"]?.string,
      let categories = row["AccessCategories"]?.members, let first = categories.first?.value
    else { return nil }
    self.source = source
    self.destination = destination
    switch row["type"]?.string {
    case "AWS_IAM_ROLE_MANAGED_POLICY":
      effect = .rolePolicy(ofSource: row["SourcePolicy"]?.bool == true)
    case "AWS_SQS_QUEUE_POLICY": effect = .queuePolicy
    case "AWS_SNS_TOPIC_POLICY": effect = .topicPolicy
    case "AWS_LAMBDA_PERMISSION":
      guard let principal = first["Principal"]?.string, let arn = first["SourceArn"]?.string else {
        return nil
      }
      effect = .permission(
        principal: principal, sourceArn: arn, sourceAccount: first["SourceAccount"]?.string)
    default: return nil
    }
    access = categories.map { ($0.key, $0.value["Statement"]?.elements ?? []) }
    combinations = (row["combinations"]?.elements ?? []).map {
      Set(($0.elements ?? []).compactMap(\.string))
    }
    isAwaitedByMapping = row["DependedBy"]?.string == "DESTINATION_EVENT_SOURCE_MAPPING"
    isAwaitedBySource = row["DependedBy"]?.string == "SOURCE"
  }
}
