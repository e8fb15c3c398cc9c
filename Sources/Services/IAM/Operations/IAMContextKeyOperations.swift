import AWSModel
import PropertyTree
import ServiceKit

/// The context keys that policies ask for: in conditions, and as variables.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
extension IAMService {
  var contextKeyOperations: [Operation] {
    [
      .typed("GetContextKeysForCustomPolicy") { (input: CustomPolicyInput, _) in
        ContextKeysOutput(ContextKeyNames: try Self.contextKeys(of: input.PolicyInputList))
      },
      .typed("GetContextKeysForPrincipalPolicy") { (input: PrincipalPolicyInput, context) in
        let own = try self.environment.database.read {
          try self.documents(of: input.PolicySourceArn, context.scope.account, $0)
        }
        return ContextKeysOutput(
          ContextKeyNames: try Self.contextKeys(of: own + (input.PolicyInputList ?? [])))
      },
    ]
  }

  struct CustomPolicyInput: Codable, Sendable { var PolicyInputList: [String] }

  struct PrincipalPolicyInput: Codable, Sendable {
    var PolicySourceArn: String
    var PolicyInputList: [String]?
  }

  struct ContextKeysOutput: Codable, Sendable { var ContextKeyNames: [String] }

  /// All policies of an entity; a user's groups' among them.
  private func documents(
    of source: String, _ account: AccountID, _ transaction: Transaction
  ) throws -> [String] {
    guard let arn = ARN(parsing: source), arn.service == "iam" else {
      throw IAMFaults.invalidInput("Invalid Entity Arn: \(source)")
    }
    var entities: [any IAMEntity] = []
    switch arn.resource.prefix(while: { $0 != "/" }) {
    case "user":
      let user: IAMUser = try store.existing(arn.leaf, account, transaction)
      entities.append(user)
      for name in user.groups {
        entities.append(try store.existing(IAMGroup.self, name, account, transaction))
      }
    case "group":
      entities.append(try store.existing(IAMGroup.self, arn.leaf, account, transaction))
    case "role":
      entities.append(try store.existing(IAMRole.self, arn.leaf, account, transaction))
    default: throw IAMFaults.invalidInput("Invalid Entity Arn: \(source)")
    }
    return try entities.flatMap { entity in
      entity.inlinePolicies.map(\.document)
        + (try entity.managedPolicies.map {
          try store.readablePolicy($0, account, transaction).document
        })
    }
  }

  /// In the order in which they come up, each once, compared without regard to case.
  private static func contextKeys(of documents: [String]) throws -> [String] {
    var keys: [String] = []
    var seen: Set<String> = []
    func add(_ key: String) {
      if seen.insert(key.lowercased()).inserted { keys.append(key) }
    }
    for document in documents {
      // A policy of a resource has principals, and may be asked about too.
      guard let tree = try? JSONReader.read(document), let statement = tree["Statement"] else {
        throw IAMFaults.invalidInput("Invalid policy: it is no JSON object with statements.")
      }
      for item in statement.listValue ?? [statement] {
        for tests in item["Condition"]?.objectValue?.values.map(\.objectValue) ?? [] {
          for key in tests?.keys.map({ $0 }) ?? [] { add(key) }
        }
        variables(in: item).forEach(add)
      }
    }
    return keys
  }

  /// Names in `${…}`, without their defaults.
  private static func variables(in value: PropertyValue) -> [String] {
    switch value {
    case .string(let text):
      var names: [String] = []
      var rest = text[...]
      while let open = rest.firstRange(of: "${") {
        guard let close = rest[open.upperBound...].firstIndex(of: "}") else { break }
        let name = rest[open.upperBound..<close].prefix { $0 != "," }
          .filter { !$0.isWhitespace }
        if name.contains(":") { names.append(name) }
        rest = rest[close...]
      }
      return names
    case .list(let list): return list.flatMap(variables)
    case .object(let object): return object.values.flatMap(variables)
    default: return []
    }
  }
}
