import Diagnostics

/// `Auth.ResourcePolicy`: which accounts, addresses and networks may call a REST API.
struct ResourcePolicy {
  private let properties: Tree

  static let key = "x-amazon-apigateway-policy"
  private static let known = [
    "CustomStatements", "AwsAccountWhitelist", "AwsAccountBlacklist", "IpRangeWhitelist",
    "IpRangeBlacklist", "SourceVpcWhitelist", "SourceVpcBlacklist", "IntrinsicVpcWhitelist",
    "IntrinsicVpceWhitelist", "IntrinsicVpcBlacklist", "IntrinsicVpceBlacklist",
  ]

  init(_ properties: Tree) throws(SAMFailure) {
    self.properties = properties
    guard let members = properties.members else {
      throw SAMFailure("`ResourcePolicy` must be an object", at: properties.span)
    }
    for member in members where !Self.known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `ResourcePolicy`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: Self.known))
    }
    for name in ["SourceVpcWhitelist", "SourceVpcBlacklist"] {
      guard let list = properties[name], !list.asList.allSatisfy({ $0.string != nil }) else {
        continue
      }
      throw SAMFailure(
        "`\(name)` must be a list of texts", at: list.span,
        hint: "values that only deployment knows go to `Intrinsic…`")
    }
  }

  /// Adds what holds for all methods of a path.
  func add(to document: inout ApiDocument, path: String, stage: Tree) {
    let resources = resources(of: path, stage: stage, in: document)
    for (name, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
      guard let accounts = properties[name], accounts.isTruthy else { continue }
      var statement = Self.statement(effect, resources)
      statement["Principal"] = ["AWS": Tree(accounts.asList)]
      append([statement], to: &document, isFirstAlone: true)
    }
    for (name, test) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
      guard let ranges = properties[name], ranges.isTruthy else { continue }
      let condition = Tree([Tree.Member(test, ["aws:SourceIp": Tree(ranges.asList)])])
      append(Self.open(resources, except: condition), to: &document)
    }
    for (kind, test) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
      let networks = networks(kind)
      guard networks.isTruthy else { continue }
      let condition = Tree([Tree.Member(test, networks)])
      append(Self.open(resources, except: condition), to: &document)
    }
    if document[Self.key] == nil { document[Self.key] = .emptyObject }
  }

  /// Adds the statements that the user wrote out.
  func addCustom(to document: inout ApiDocument) {
    guard let custom = properties["CustomStatements"], custom.isTruthy else { return }
    document.updatePolicy { $0.add(custom: custom, copies: $1) }
  }

  private func resources(of path: String, stage: Tree, in document: ApiDocument) -> Tree {
    let item = document.item(of: path) ?? .emptyObject
    let place = ApiStyle.rest.permissionPath(path)
    return Tree(
      ApiDocument.contents(item).flatMap(\.keys).map { key in
        let isAny = ApiDocument.key(of: key) == ApiDocument.anyMethod
        let text = Tree("execute-api:/${__Stage__}/\(isAny ? "*" : key.uppercased())\(place)")
        return ["Fn::Sub": [text.placed(at: properties.span), ["__Stage__": stage]]]
      })
  }

  private func networks(_ kind: String) -> Tree {
    var networks = Tree.emptyObject
    func add(_ name: String, _ values: [Tree]) {
      guard !values.isEmpty else { return }
      networks[name] = Tree((networks[name]?.elements ?? []) + values)
    }
    let named = properties["SourceVpc" + kind]?.asList ?? []
    add("aws:SourceVpc", named.filter { $0.string?.hasPrefix("vpc-") == true })
    add("aws:SourceVpce", named.filter { $0.string?.hasPrefix("vpce-") == true })
    add("aws:SourceVpc", properties["IntrinsicVpc" + kind]?.asList ?? [])
    add("aws:SourceVpce", properties["IntrinsicVpce" + kind]?.asList ?? [])
    return networks
  }

  // MARK: Statements

  private static func statement(_ effect: String, _ resources: Tree) -> Tree {
    ["Effect": Tree(effect), "Action": "execute-api:Invoke", "Resource": resources]
  }

  /// Open to everyone but under a condition.
  private static func open(_ resources: Tree, except condition: Tree) -> [Tree] {
    var allow = statement("Allow", resources)
    allow["Principal"] = "*"
    var deny = statement("Deny", resources)
    deny["Principal"] = "*"
    deny["Condition"] = condition
    return [allow, deny]
  }

  /// - Parameter isFirstAlone: a first statement stands without a list, and is repeated freely.
  private func append(
    _ statements: [Tree], to document: inout ApiDocument, isFirstAlone: Bool = false
  ) {
    document.updatePolicy { $0.add(statements, isFirstAlone: isFirstAlone, copies: $1) }
  }
}
