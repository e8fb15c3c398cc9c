import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import StackPlanning

/// The number of nested stacks that one plan may still look at: templates may name themselves.
final class NestingBudget {
  static let depthMax = 8
  fileprivate var depth = 0
  fileprivate var stacksLeft = 200
}

/// The plans of the nested stacks of one stack that is being planned.
final class NestedPlans {
  private let budget: NestingBudget
  private let engine: StackEngine
  private let request: DeployRequest
  private let parent: StackEnvironment
  private let transaction: Transaction
  private var plans: [LogicalID: Plan] = [:]
  /// The nested stacks that can't be planned, by the place of their resources.
  private var failed: Set<SourceSpan> = []
  /// Declarations of nested stacks' outputs, by the place of their resources.
  private var outputPlaces: [SourceSpan: SourceSpan] = [:]
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var failure: (any Error)?

  init(
    _ engine: StackEngine, _ request: DeployRequest, in parent: StackEnvironment,
    _ transaction: Transaction, _ budget: NestingBudget
  ) {
    self.budget = budget
    self.engine = engine
    self.request = request
    self.parent = parent
    self.transaction = transaction
  }

  /// Plans the stack behind a nested stack's resource, whose outputs become attributes.
  func add(
    _ resource: ResolvedResource, _ identity: inout ResourceIdentity, isLeftOut: Bool = false
  ) {
    if isLeftOut { return keep(resource, &identity) }
    guard resource.type == NestedStackResource.type, failure == nil,
      resource.identifying["TemplateURL"]?.stringValue != nil
    else { return }
    let properties = resource.identifying
    guard hasTemplate(properties) else {
      failed.insert(resource.span)
      return
    }
    budget.depth += 1
    budget.stacksLeft -= 1
    defer { budget.depth -= 1 }
    do {
      guard budget.depth <= NestingBudget.depthMax, budget.stacksLeft >= 0 else {
        throw NestedTemplateFailure(
          reason: "stacks are nested deeper than \(NestingBudget.depthMax), or are more than 200")
      }
      let environment = NestedStackResource.environment(
        identity.physicalID, in: request.scope, parent: parent)
      let template = try engine.nestedTemplate(
        properties, assets: request.assets ?? [], in: request.scope, transaction)
      var wanted = NestedStackResource.request(
        properties, template: template, name: environment.stackName, scope: request.scope)
      wanted.capabilities = request.capabilities
      wanted.assets = request.assets
      wanted.isStandalone = request.isStandalone
      wanted.allowsUnsupported = request.allowsUnsupported
      wanted.restoresRemoved = request.restoresRemoved
      wanted.drift = request.drift
      let outline = engine.compiler.outline(of: template.body, file: template.file).outline
      let mismatches = NestedParameters(resource, outline).mismatches
      guard mismatches.isEmpty else {
        diagnostics += mismatches
        failed.insert(resource.span)
        return
      }
      outputPlaces[resource.span] = outline?.outputsSpan
      let result = try engine.makePlan(wanted, transaction, as: environment, budget)
      // Unknown values are reported where the stack around lacks them.
      let findings = result.diagnostics.filter {
        $0.code != .missingParameter || $0.severity == .error
      }
      diagnostics += NestedParameters(resource, outline).placed(findings)
      guard let plan = result.plan else {
        failed.insert(resource.span)
        return
      }
      plans[resource.logicalID] = plan
      for output in plan.outputs.compactMap(\.after) {
        identity.attributes["Outputs.\(output.key)"] = .string(output.value)
      }
    } catch let refusal as NestedTemplateFailure {
      failed.insert(resource.span)
      diagnostics.append(
        Diagnostic(
          .invalidPropertyValue, refusal.reason,
          at: resource.span(of: PropertyPath([.key("TemplateURL")])),
          hint: "give the address of an object in a bucket here"))
    } catch { failure = error }
  }

  /// Gives a nested stack that is left out the outputs that it has.
  private func keep(_ resource: ResolvedResource, _ identity: inout ResourceIdentity) {
    guard resource.type == NestedStackResource.type, failure == nil, !identity.isPending else {
      return
    }
    do {
      let state = try engine.stacks.head(
        id: identity.physicalID, in: request.scope, transaction)
      for output in state?.outputs ?? [] {
        identity.attributes["Outputs.\(output.key)"] = .string(output.value)
      }
    } catch { failure = error }
  }

  /// False where there is no template to look at: it could not be packaged, which has been reported
  /// by who tried; its provider has refused the resource; or it is in a bucket, where none is looked
  /// for when the parent is looked at by itself.
  private func hasTemplate(_ properties: PropertyValue) -> Bool {
    if NestedStackResource.publishedApplication(properties) != nil { return false }
    guard request.isStandalone else { return true }
    let url = properties["TemplateURL"]?.stringValue ?? ""
    return !isElsewhere(properties)
      && request.assets?.contains { $0.isUnreadable && $0.isAt(url) } != true
  }

  /// True where the template is an object in a bucket, and none that comes along.
  private func isElsewhere(_ properties: PropertyValue) -> Bool {
    let url = properties["TemplateURL"]?.stringValue ?? ""
    if url.contains("{{resolve:") { return true }
    guard let object = TemplateAddress.object(url) else { return false }
    return !(request.assets ?? []).contains {
      $0.bucket == object.bucket && $0.key == object.key && $0.contents != nil
    }
  }

  /// The findings of the stack around, those about outputs of its nested stacks with the place
  /// where these are declared. Outputs of what can't be planned are not known, and not missed.
  func explained(_ findings: [Diagnostic]) -> [Diagnostic] {
    findings.compactMap { finding in
      guard finding.code == .unknownReturnValue, let resource = finding.related.first?.span else {
        return finding
      }
      if failed.contains(resource) { return nil }
      guard let place = outputPlaces[resource] else { return finding }
      var finding = finding
      finding.related.append(.init(span: place, label: "its outputs are declared here"))
      return finding
    }
  }

  /// Puts the nested plans into the plan around.
  func complete(_ plan: inout Plan) {
    guard !plans.isEmpty else { return }
    for index in plan.changes.indices {
      guard var nested = plans[plan.changes[index].logicalID],
        plan.changes[index].after != nil
      else { continue }
      // The plan around has both.
      nested.assets = nil
      nested.diagnostics = []
      plan.changes[index].nestedPlan = nested
      if plan.changes[index].action == .keep, !nested.isEmpty {
        plan.changes[index].action = .update
      }
    }
  }
}

/// The reason why the template of a nested stack can't be read.
struct NestedTemplateFailure: Error {
  var reason: String
}

extension StackEngine {
  /// The template that a nested stack's properties name: among the assets that come along, or in a
  /// bucket. Throws `NestedTemplateFailure`.
  func nestedTemplate(
    _ properties: PropertyValue, assets: [Asset], in scope: Scope, _ transaction: Transaction
  ) throws -> (file: String, body: String) {
    let url = properties["TemplateURL"]?.stringValue ?? ""
    let object = try templateObject(url)
    let asset = assets.first { $0.bucket == object.bucket && $0.key == object.key }
    if let bytes = asset?.contents.flatMap(Base64.decode) {
      return (asset?.templateFile ?? object.key, String(decoding: bytes, as: UTF8.self))
    }
    return (object.key, try storedTemplate(url, in: scope, transaction))
  }

  private func templateObject(_ url: String) throws -> ObjectReference {
    guard let object = TemplateAddress.object(url) else {
      throw NestedTemplateFailure(reason: "`\(url)` is not the address of an object in S3")
    }
    return object
  }

  /// The text of the object that a `TemplateURL` names. Throws `NestedTemplateFailure`.
  func storedTemplate(_ url: String, in scope: Scope, _ transaction: Transaction) throws -> String {
    let object = try templateObject(url)
    guard let objects = capabilities[.storedObjects] else {
      throw NestedTemplateFailure(reason: "this emulator has no buckets to read \(url) from")
    }
    do {
      let bytes = try objects.object(object, bytesMax: 8 << 20, scope: scope, in: transaction)
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      let reason = (error as? ServiceError)?.message ?? "\(error)"
      throw NestedTemplateFailure(reason: "the template \(url) can't be read: \(reason)")
    }
  }
}

extension StackEngine {
  /// Plans the deletion of the stacks behind the resources that a plan deletes. Returns what stands
  /// against it.
  ///
  /// - Parameter gone: stacks whose imports don't count.
  func planNestedDeletions(
    in plan: inout Plan, gone: Set<String>, _ transaction: Transaction
  ) throws -> [Diagnostic] {
    var states: [StackState] = []
    try addNestedDeletions(to: &plan, &states, transaction)
    let leaving = gone.union(states.map(\.environment.stackName))
    return try states.flatMap { state in
      try exportObstacles(
        from: state, to: [], others: [:], in: state.environment.scope, gone: leaving, transaction)
    }
  }

  private func addNestedDeletions(
    to plan: inout Plan, _ states: inout [StackState], _ transaction: Transaction
  ) throws {
    let leaving = plan.changes.indices.filter {
      plan.changes[$0].action == .delete
        && plan.changes[$0].before?.type == NestedStackResource.type
    }
    for index in leaving {
      guard let before = plan.changes[index].before,
        let state = try stacks.stack(
          id: before.identity.physicalID, in: plan.environment.scope, transaction),
        state.status != .deleteComplete
      else { continue }
      var nested = StackPlanner.destruction(of: state, discardsContents: plan.discardsContents)
      states.append(state)
      try addNestedDeletions(to: &nested, &states, transaction)
      plan.changes[index].nestedPlan = nested
    }
  }
}
