import AWSModel
import Diagnostics
import PropertyTree
import ResourceModel
import ServiceKit
import StackContracts
import StackModel
import StackStore

/// CloudFormation's API over the engine. Operations that change a stack return when the plan is
/// recorded; the stack's status moves on by itself.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html
package final class CloudFormationService: Service {
  package static let traits = ServiceTraits(
    "cloudformation", .query, apiVersion: "2010-05-15",
    xmlNamespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/")

  let engine: any CloudFormationEngine
  let changeSets: ChangeSetStore
  private static let tokens = ModelTable<RequestToken>("cloudformation.token")
  package static var formats: [StoredFormat] { [tokens.format] + DriftRecords.formats }
  var tokens: ModelTable<RequestToken> { Self.tokens }

  /// Hands a signal on to a resource; false where it waits for none.
  package typealias SignalSender =
    @Sendable (
      _ signal: PropertyValue, LogicalID, StackEnvironment
    ) async throws -> Bool
  let sendSignal: SignalSender

  package init(
    engine: any CloudFormationEngine, sendSignal: @escaping SignalSender = { _, _, _ in false }
  ) {
    self.engine = engine
    self.sendSignal = sendSignal
    changeSets = ChangeSetStore(vault: engine.environment.vault)
  }

  package var operations: [Operation] {
    stackOperations + changeSetOperations + descriptionOperations + templateOperations
      + exportOperations + eventOperations + accountOperations + recoveryOperations
      + policyOperations + signalOperations
      + driftOperations
  }

  /// Waits for deployments under way: they are short, and the journal holds the rest.
  package func stop() async { await engine.finishOperations() }

  // MARK: Parts that operations share

  /// Like `Operation.typed`, with the error code that CloudFormation gives a malformed request.
  func operation<Input: Decodable & Sendable, Output: Encodable & Sendable>(
    _ name: String, _ body: @escaping @Sendable (Input, RequestContext) async throws -> Output
  ) -> Operation {
    let typed = Operation.typed(name, body)
    return Operation(name: name) { input, context in
      do {
        return try await typed.invoke(input, context)
      } catch var fault as ServiceError where fault.code == "ValidationException" {
        fault.code = "ValidationError"
        throw fault
      } catch let failure as StackFailure {
        throw ServiceError("ValidationError", failure.message)
      }
    }
  }

  static func validation(_ message: String) -> ServiceError {
    ServiceError("ValidationError", message)
  }

  /// A stack by name, or by id also when it is deleted.
  func find(_ nameOrID: String, in scope: Scope, _ transaction: Transaction) throws -> StackState? {
    nameOrID.hasPrefix("arn:")
      ? try engine.stacks.stack(id: nameOrID, in: scope, transaction)
      : try engine.stacks.stack(named: nameOrID, in: scope, transaction)
  }

  /// Like `find`, with no resources in the stack.
  func findHead(_ nameOrID: String, in scope: Scope, _ transaction: Transaction) throws
    -> StackState?
  {
    nameOrID.hasPrefix("arn:")
      ? try engine.stacks.head(id: nameOrID, in: scope, transaction)
      : try engine.stacks.head(named: nameOrID, in: scope, transaction)
  }

  func existing(_ nameOrID: String, in scope: Scope, _ transaction: Transaction) throws
    -> StackState
  {
    guard let state = try find(nameOrID, in: scope, transaction) else { throw unknown(nameOrID) }
    return state
  }

  func unknown(_ nameOrID: String) -> ServiceError {
    Self.validation("Stack with id \(nameOrID) does not exist")
  }

  /// The error of the API for findings that keep a plan from being made.
  func refusal(_ diagnostics: [Diagnostic]) -> ServiceError {
    let errors = diagnostics.filter { $0.severity == .error }
    let missing = errors.filter { $0.code == .missingCapability }
    if !missing.isEmpty, missing.count == errors.count {
      let isNamed = missing.contains { $0.message.contains("CAPABILITY_NAMED_IAM") }
      return ServiceError(
        "InsufficientCapabilitiesException",
        "Requires capabilities : [\(isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM")]")
    }
    let lines = errors.map { finding in
      let place = finding.span.map { "\($0.location): " } ?? ""
      // Advice about the command line helps no client of the API.
      let hint = finding.hint.flatMap { $0.contains("--") ? nil : " (\($0))" } ?? ""
      return "\(place)\(finding.code.rawValue): \(finding.message)\(hint)"
    }
    // AWS's own sentence comes first, Leat's places and advice after it.
    if let sentence = CloudFormationSentence.first(in: errors.compactMap(\.sentence)) {
      return Self.validation("\(sentence)\n\(lines.joined(separator: "\n"))")
    }
    return Self.validation(
      lines.count == 1
        ? "Template error: \(lines[0])"
        : "Template error: \(lines.count) findings\n\(lines.joined(separator: "\n"))")
  }

  /// The body to plan with: given, an object of the emulator, or the deployed one.
  func templateBody(
    _ given: String?, _ url: String?, usesPrevious: Bool = false, of current: StackState? = nil,
    in scope: Scope, _ transaction: Transaction
  ) throws -> String {
    guard given == nil || url == nil else {
      throw Self.validation("Either Template URL or Template Body must be specified, not both.")
    }
    switch (
      try given ?? url.map { try engine.template(at: $0, in: scope, transaction) }, usesPrevious
    ) {
    case (let body?, false): return body
    case (nil, true):
      guard let current else {
        throw Self.validation("UsePreviousTemplate needs a stack that exists.")
      }
      return current.templateBody
    case (nil, false):
      throw Self.validation("Either Template URL or Template Body must be specified.")
    case (_, true):
      throw Self.validation("UsePreviousTemplate excludes TemplateBody and TemplateURL.")
    }
  }

  func request(
    _ name: String, _ body: String, _ parameters: [ParameterShape]?, _ capabilities: [String]?,
    _ tags: [String: String], in scope: Scope
  ) throws -> DeployRequest {
    var values: [String: String] = [:]
    var previous: [String] = []
    for parameter in parameters ?? [] {
      if parameter.UsePreviousValue == true {
        guard parameter.ParameterValue == nil else {
          throw Self.validation(
            "Invalid input for parameter key \(parameter.ParameterKey). Cannot specify "
              + "usePreviousValue as true and non empty value for a parameter")
        }
        previous.append(parameter.ParameterKey)
      } else {
        values[parameter.ParameterKey] = parameter.ParameterValue ?? ""
      }
    }
    var request = DeployRequest(
      scope: scope, stackName: name, templateBody: body, templateFile: "template",
      parameters: values, previousParameters: previous, capabilities: capabilities ?? [],
      tags: tags)
    request.allowsUnsupported = engine.allowsUnsupported
    return request
  }

  /// Refuses a feature that is asked for; `false` asks for nothing.
  func refuse(_ flag: Bool?, _ name: String, of operation: String) throws {
    if flag == true { throw ServiceError.unsupported("`\(name)` of \(operation)") }
  }

  /// Refuses notifications and rollback alarms; what is empty asks for nothing.
  func refuse(_ topics: [String]?, _ rollback: RollbackShape?, of operation: String) throws {
    if let topics, !topics.allSatisfy(\.isEmpty) {
      throw ServiceError.unsupported("`NotificationARNs` of \(operation)")
    }
    try rollback?.refuse(of: operation)
  }
}

/// RollbackConfiguration as far as it asks for nothing: alarms are not watched.
struct RollbackShape: Decodable, Sendable {
  var RollbackTriggers: [PropertyValue]?
  var MonitoringTimeInMinutes: Int?

  func refuse(of operation: String) throws {
    if !(RollbackTriggers ?? []).isEmpty {
      throw ServiceError.unsupported("`RollbackTriggers` of \(operation)")
    }
    if let minutes = MonitoringTimeInMinutes, minutes != 0 {
      throw ServiceError.unsupported("`MonitoringTimeInMinutes` of \(operation)")
    }
  }
}

/// The work of an earlier request with the same token, so that a repetition does it once.
struct RequestToken: Codable, Sendable, Hashable {
  var operation: String
  var stackName: String
  var stackID: String
  /// nil for operations that have none, and for records from before it was kept.
  var operationID: String?
}
