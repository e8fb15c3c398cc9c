import AWSModel
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::IAM::Role`
struct IAMRoleResource: ResourceHandler {
  let store: IAMStore

  let schema = ResourceSchema(
    type: "AWS::IAM::Role", naming: NamingRule(property: "RoleName", lengthMax: 64),
    createOnly: ["RoleName", "Path"],
    supported: [
      "AssumeRolePolicyDocument.*", "Description", "ManagedPolicyArns", "MaxSessionDuration",
      "Path", "Policies", "Policies.PolicyName", "Policies.PolicyDocument.*", "RoleName", "Tags",
      "Tags.Key", "Tags.Value",
    ],
    attributes: ["Arn", "RoleId"], needsIAMCapability: true)

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    let arn = IAMRole.arn(
      name: physicalID, path: properties["Path"]?.scalarText ?? "/",
      account: environment.scope.account)
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: [
        "Arn": .string(arn.description),
        "RoleId": .string(uniqueID(physicalID, environment)),
      ])
  }

  /// Known before the role exists, hence not drawn but derived.
  private func uniqueID(_ physicalID: String, _ environment: StackEnvironment) -> String {
    IAMText.uniqueID(
      "AROA",
      SeededRandomSource(
        seed: "role/\(environment.scope.account)/\(environment.stackID)/\(physicalID)"))
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    var issues: [PropertyIssue] = []
    func attempt(_ path: PropertyPath, _ body: () throws(ServiceError) -> Void) {
      do throws(ServiceError) { try body() } catch {
        issues.append(PropertyIssue(.invalidPropertyValue, at: path, error.message))
      }
    }
    let root = PropertyPath()
    if let document = properties["AssumeRolePolicyDocument"], !document.containsUnknown {
      attempt(root.appending("AssumeRolePolicyDocument")) { () throws(ServiceError) in
        try IAMPolicyDocument.check(given: document, .trust)
      }
    }
    if let name = properties["RoleName"]?.stringValue {
      attempt(root.appending("RoleName")) { () throws(ServiceError) in
        try IAMLimits.check(name, "RoleName", max: 64)
      }
    }
    if let path = properties["Path"]?.stringValue {
      attempt(root.appending("Path")) { () throws(ServiceError) in
        try IAMLimits.check(path: path)
      }
    }
    if let seconds = properties["MaxSessionDuration"]?.integerValue {
      attempt(root.appending("MaxSessionDuration")) { () throws(ServiceError) in
        try IAMLimits.check(sessionSeconds: Int(seconds))
      }
    }
    for (index, arn) in (properties["ManagedPolicyArns"]?.listValue ?? []).enumerated() {
      guard let text = arn.stringValue else { continue }
      attempt(root.appending("ManagedPolicyArns").appending(index)) { () throws(ServiceError) in
        try IAMManagedPolicy.check(text)
      }
    }
    for (index, policy) in (properties["Policies"]?.listValue ?? []).enumerated() {
      guard let document = policy["PolicyDocument"], !document.containsUnknown else { continue }
      attempt(root.appending("Policies").appending(index).appending("PolicyDocument")) {
        () throws(ServiceError) in
        try IAMPolicyDocument.check(given: document, .identity)
      }
    }
    return issues
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard try store.role(request.physicalID, account, transaction) == nil else {
      throw IAMFaults.roleExists(request.physicalID)
    }
    let properties = try RoleProperties(request.properties)
    let role = IAMRole(
      name: request.physicalID, path: properties.path,
      uniqueID: uniqueID(request.physicalID, request.environment), createdAt: request.now,
      trustPolicy: properties.trustPolicy, description: properties.description,
      sessionSecondsMax: properties.sessionSecondsMax, tags: properties.tags,
      managedPolicies: properties.managedPolicies, inlinePolicies: properties.policies)
    try store.put(role, account, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    let properties = try RoleProperties(request.properties)
    let previous = try request.previous.map(RoleProperties.init)
    var role = try store.existingRole(request.physicalID, account, transaction)
    role.trustPolicy = properties.trustPolicy
    role.description = properties.description
    role.sessionSecondsMax = properties.sessionSecondsMax
    role.tags = properties.tags
    // What AWS::IAM::Policy resources or the API added stays: only the template's own goes.
    let dropped = Set(previous?.managedPolicies ?? []).subtracting(properties.managedPolicies)
    role.managedPolicies.removeAll { dropped.contains($0) }
    role.managedPolicies += properties.managedPolicies.filter { !role.managedPolicies.contains($0) }
    let droppedNames = Set(previous?.policies.map(\.name) ?? [])
      .subtracting(properties.policies.map(\.name))
    role.inlinePolicies.removeAll { droppedNames.contains($0.name) }
    for policy in properties.policies { role.put(policy) }
    try store.put(role, account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try store.deleteRole(request.physicalID, request.scope.account, transaction)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try store.role(request.physicalID, request.scope.account, transaction) != nil
  }
}

/// A role's properties, read and checked.
private struct RoleProperties {
  var path: String
  var trustPolicy: String
  var description: String?
  var sessionSecondsMax: Int
  var tags: [ValuedTag]
  var managedPolicies: [String]
  var policies: [IAMInlinePolicy]

  private struct Shape: Codable {
    struct Policy: Codable {
      var PolicyName: String
      var PolicyDocument: PropertyValue
    }
    var Path: String?
    var AssumeRolePolicyDocument: PropertyValue
    var Description: String?
    var MaxSessionDuration: Int?
    var Tags: [ValuedTag]?
    var ManagedPolicyArns: [String]?
    var Policies: [Policy]?
  }

  init(_ properties: PropertyValue) throws {
    let shape = try IAMProperties.decode(Shape.self, properties)
    path = shape.Path ?? "/"
    try IAMLimits.check(path: path)
    trustPolicy = try IAMPolicyDocument.normalize(shape.AssumeRolePolicyDocument, .trust)
    description = shape.Description
    sessionSecondsMax = shape.MaxSessionDuration ?? 3600
    try IAMLimits.check(sessionSeconds: sessionSecondsMax)
    tags = shape.Tags ?? []
    try IAMLimits.check(tags: tags)
    managedPolicies = shape.ManagedPolicyArns ?? []
    for arn in managedPolicies { try IAMManagedPolicy.check(arn) }
    policies = try (shape.Policies ?? []).map {
      try IAMLimits.check($0.PolicyName, "PolicyName", max: 128)
      return IAMInlinePolicy(
        name: $0.PolicyName, document: try IAMPolicyDocument.normalize($0.PolicyDocument, .identity)
      )
    }
  }
}

enum IAMProperties {
  /// Throws `ValidationError` where a property is missing or of the wrong kind.
  static func decode<T: Decodable>(_ type: T.Type, _ properties: PropertyValue) throws -> T {
    do {
      return try TreeDecoder().decode(type, from: properties)
    } catch let error as DecodingError {
      throw IAMFaults.validation("The properties are not valid: \(error)")
    }
  }
}
