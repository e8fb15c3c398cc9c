import AWSModel
import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

@testable import StackPlanning

/// A resource type with one create-only property and a name.
struct FakeProvider: ResourceProvider {
  var schema: ResourceSchema

  init(
    _ type: ResourceType, createOnly: Set<String> = ["Name", "Kind", "Network.Subnet"],
    needsIAMCapability: Bool = false
  ) {
    schema = ResourceSchema(
      type: type, naming: NamingRule(property: "Name", lengthMax: 64), createOnly: createOnly,
      supported: ["Name", "Kind", "Size", "Network.*", "Policy.*"], attributes: ["Arn"],
      needsIAMCapability: needsIAMCapability)
  }

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: ["Arn": .string("arn:fake:\(physicalID)")])
  }
}

let environment = StackEnvironment(
  scope: .standard, stackName: "shop",
  stackID: "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1")

let catalog = distinct([
  FakeProvider("Fake::Queue"), FakeProvider("Fake::Table"),
  FakeProvider("Fake::Role", createOnly: ["Name"], needsIAMCapability: true),
])

func resource(
  _ id: LogicalID, _ type: ResourceType = "Fake::Queue", _ properties: PropertyValue = [:],
  dependsOn: [LogicalID] = [], deletion: DeletionPolicy = .delete,
  replacement: DeletionPolicy = .delete, line: Int = 1
) -> ResolvedResource {
  ResolvedResource(
    logicalID: id, type: type, properties: properties, dependsOn: dependsOn,
    deletionPolicy: deletion, updateReplacePolicy: replacement, span: span(line))
}

func span(_ line: Int) -> SourceSpan {
  SourceSpan(
    file: "t.yaml", start: SourcePosition(line: line, column: 3),
    end: SourcePosition(line: line, column: 9))
}

func resolved(_ resources: [ResolvedResource], outputs: [StackOutput] = []) -> ResolvedStack {
  ResolvedStack(
    environment: environment, parameters: [], resources: resources, outputs: outputs)
}

func plan(
  _ resources: [ResolvedResource], on state: StackState? = nil, outputs: [StackOutput] = [],
  capabilities: [String] = ["CAPABILITY_NAMED_IAM"], takeovers: Takeovers = Takeovers(),
  isTaken: @escaping StackPlanner.IsTaken = { _, _, _ in false }
) -> (plan: Plan?, diagnostics: [Diagnostic]) {
  StackPlanner(
    state: state, environment: environment, catalog: catalog, takeovers: takeovers,
    isTaken: isTaken
  ).finish(
    resolved: resolved(resources, outputs: outputs),
    request: PlanRequest(templateBody: "body", capabilities: capabilities))
}

/// The state that a plan leads to.
func applied(_ plan: Plan) -> StackState {
  var state = StackState(
    environment: plan.environment, status: .createComplete, templateBody: plan.templateBody,
    createdAt: .init(milliseconds: 0))
  state.resources = plan.changes.compactMap(\.after)
  state.outputs = plan.outputs.compactMap(\.after)
  return state
}

func deployed(_ resources: [ResolvedResource], outputs: [StackOutput] = []) throws -> StackState {
  guard let plan = plan(resources, outputs: outputs).plan else { throw NoPlan() }
  return applied(plan)
}

struct NoPlan: Error {}

/// A catalog of types that are all different.
func distinct(_ providers: [any ResourceProvider]) -> ResourceCatalog {
  do { return try ResourceCatalog(providers) } catch { preconditionFailure("\(error)") }
}
