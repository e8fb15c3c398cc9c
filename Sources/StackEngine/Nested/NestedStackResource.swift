import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import StackPlanning
import Synchronization

/// `AWS::CloudFormation::Stack`: a stack that another one's resource stands for.
///
/// Its plan lies in that of the stack around, whose deployment runs its steps among its own.
struct NestedStackResource: ResourceHandler {
  /// The engine that handles this resource and is handled by it.
  final class EngineReference: Sendable {
    private struct Weak: Sendable { weak var engine: StackEngine? }
    private let cell = Mutex(Weak())

    var engine: StackEngine? {
      get { cell.withLock { $0.engine } }
      set { cell.withLock { $0.engine = newValue } }
    }
  }

  static let type: ResourceType = "AWS::CloudFormation::Stack"
  /// The stack around it has been checked with its nested stacks.
  static let capabilities = [
    "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND",
  ]

  let reference: EngineReference

  let schema = ResourceSchema(
    type: type, naming: NamingRule(property: nil, lengthMax: 128),
    supported: ["TemplateURL", "Parameters.*", "Tags.*"], attributes: ["Outputs.*"])

  /// The application of the Serverless Application Repository that the stack is to be made of: its
  /// template comes from AWS alone.
  static func publishedApplication(_ properties: PropertyValue) -> String? {
    let scheme = "serverlessrepo://"
    guard let url = properties["TemplateURL"]?.stringValue, url.hasPrefix(scheme) else {
      return nil
    }
    return String(url.dropFirst(scheme.count))
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    guard let application = Self.publishedApplication(properties) else { return [] }
    return [
      PropertyIssue(
        .unsupportedValue, at: PropertyPath([.key("TemplateURL")]),
        "Leat does not reach the Serverless Application Repository, which has `\(application)`",
        hint: "give the path or the address of a template in place of it")
    ]
  }

  /// The physical id is the nested stack's ARN; its name is the one that was generated.
  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    var id = physicalID
    if !id.hasPrefix("arn:") {
      let random = SeededRandomSource(seed: "nested/\(environment.stackID)/\(physicalID)")
      id =
        ARN("cloudformation", environment.scope, "stack/\(physicalID)/\(random.uuid())").description
    }
    return ResourceIdentity(physicalID: id, reference: .string(id))
  }

  /// The environment of the nested stack with that id.
  static func environment(_ id: String, in scope: Scope, parent: StackEnvironment)
    -> StackEnvironment
  {
    let parts = id.split(separator: "/")
    var environment = StackEnvironment(
      scope: scope, stackName: parts.count > 1 ? String(parts[1]) : id, stackID: id)
    environment.parentID = parent.stackID
    environment.rootID = parent.rootID ?? parent.stackID
    return environment
  }

  /// The request for the plan of a nested stack with these properties.
  static func request(
    _ properties: PropertyValue, template: (file: String, body: String), name: String, scope: Scope
  ) -> DeployRequest {
    var parameters: [String: String] = [:]
    for (key, value) in properties["Parameters"]?.objectValue ?? [:] {
      // Only a template that is looked at by itself has such; the nested one is looked at so too.
      guard !value.containsUnknown else { continue }
      parameters[key] =
        value.scalarText
        ?? (value.listValue ?? []).compactMap(\.scalarText).joined(separator: ",")
    }
    var tags: [String: String] = [:]
    for tag in properties["Tags"]?.listValue ?? [] {
      if let key = tag["Key"]?.scalarText { tags[key] = tag["Value"]?.scalarText ?? "" }
    }
    return DeployRequest(
      scope: scope, stackName: name, templateBody: template.body, templateFile: template.file,
      parameters: parameters, capabilities: capabilities, tags: tags)
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    throw ServiceError.validation(
      "An earlier version has planned the nested stack \(request.logicalID): plan again")
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try create(request, in: transaction)
  }

  /// Deletes nothing: a stack that was there when the deletion was planned has steps of its own.
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard try exists(request, in: transaction) else { return }
    try create(request, in: transaction)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  {
    let engine = try engine()
    guard let state = try live(request, engine, transaction) else { return ResourceContents() }
    var plan = StackPlanner.destruction(of: state, discardsContents: request.discardsContents)
    let obstacles = try engine.addLosses(to: &plan, transaction)
    let losses = plan.changes.flatMap { change in
      change.losses.map { "\($0) in \(change.logicalID)" }
    }
    return ResourceContents(losses: losses, blocksDeletion: !obstacles.isEmpty)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try live(request, engine(), transaction) != nil
  }

  /// The nested stack may have been changed by itself: its parameters and tags are those that it has
  /// now. Its template's address is not kept with it.
  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  {
    guard let state = try live(request, engine(), transaction) else { return nil }
    var found = PropertyObject()
    let given = request.properties["Parameters"]?.objectValue ?? [:]
    // Parameters that the template leaves to their defaults are none of its properties.
    let values = state.parameters.filter { given[$0.name] != nil }
    if !values.isEmpty {
      found["Parameters"] = .object(
        PropertyObject(
          values.map { parameter -> (String, PropertyValue) in
            let isList = given[parameter.name]?.listValue != nil
            let parts = parameter.value.split(separator: ",", omittingEmptySubsequences: false)
            return (
              parameter.name,
              isList ? .list(parts.map { .string(String($0)) }) : .string(parameter.value)
            )
          }))
    }
    if !state.tags.isEmpty {
      found["Tags"] = .list(
        state.tags.sorted { $0.key < $1.key }
          .map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }
    return .object(found)
  }

  var writeOnly: Set<String> { ["TemplateURL"] }

  private func live(
    _ request: ResourceRequest, _ engine: StackEngine, _ transaction: Transaction
  ) throws -> StackState? {
    let state = try engine.stacks.stack(id: request.physicalID, in: request.scope, transaction)
    return state?.status == .deleteComplete ? nil : state
  }

  private func engine() throws -> StackEngine {
    guard let engine = reference.engine else {
      throw ServiceError.internalFailure("Nested stacks are not available.")
    }
    return engine
  }
}
