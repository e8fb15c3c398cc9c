import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel
import StackModel
import TemplateParsing

/// Values that stacks export to one another.
extension StackEngine {
  /// An export with the stack that it comes from.
  struct ExportedValue {
    var value: String
    var stackName: String
  }

  /// Everything that stacks of the scope export, but for one stack's own.
  func exports(besides stackName: String, in scope: Scope, _ transaction: Transaction) throws
    -> [String: ExportedValue]
  {
    var exports: [String: ExportedValue] = [:]
    for state in try stacks.heads(in: scope, includingDeleted: false, transaction)
    where state.environment.stackName != stackName {
      for output in state.outputs {
        guard let name = output.exportName else { continue }
        exports[name] = ExportedValue(value: output.value, stackName: state.environment.stackName)
      }
    }
    return exports
  }

  /// Outputs of all stacks, where a template may ask for them.
  func outputs(for source: TemplateSource, _ transaction: Transaction) throws
    -> [StackOutputReference: String]
  {
    // An include may ask too; without either there is nothing to look for.
    guard
      TemplateDocument.mayHold("GetStackOutput", in: Array(source.body.utf8))
        || TemplateDocument.mayHold("Transform", in: Array(source.body.utf8))
    else { return [:] }
    var outputs: [StackOutputReference: String] = [:]
    for state in try stacks.heads(transaction) {
      let environment = state.environment
      for output in state.outputs {
        let key = StackOutputReference(
          scope: environment.scope, stackName: environment.stackName, output: output.key)
        outputs[key] = output.value
      }
    }
    return outputs
  }

  /// Errors where new outputs take another stack's export name, or where an export that others
  /// import would go or change.
  ///
  /// - Parameters:
  ///   - outputs: the stack's outputs after the plan; none for a deletion.
  ///   - gone: stacks whose imports don't count.
  func exportObstacles(
    from current: StackState?, to outputs: [StackOutput], others: [String: ExportedValue],
    in scope: Scope, gone: Set<String> = [], _ transaction: Transaction
  ) throws -> [Diagnostic] {
    var found: [Diagnostic] = []
    for output in outputs {
      guard let name = output.exportName, let other = others[name] else { continue }
      found.append(
        Diagnostic(
          .duplicateExport,
          "Export with name \(name) is already exported by stack \(other.stackName)",
          at: nil, hint: "give the export of `\(output.key)` another name"))
    }
    let after = Dictionary(
      outputs.compactMap { output in output.exportName.map { ($0, output.value) } },
      uniquingKeysWith: { first, _ in first })
    let touched = (current?.outputs ?? []).filter { output in
      output.exportName.map { after[$0] != output.value } ?? false
    }
    guard let current, !touched.isEmpty else { return found }
    let importers = try importers(besides: current.environment.stackName, in: scope, transaction)
    for output in touched {
      guard let name = output.exportName,
        let users = importers[name]?.filter({ !gone.contains($0) }), !users.isEmpty
      else { continue }
      let verb = after[name] == nil ? "deleted" : "updated"
      found.append(
        Diagnostic(
          .exportInUse,
          "Export \(name) cannot be \(verb) as it is in use by \(users.joined(separator: ", "))",
          at: nil,
          hint: "take `Fn::ImportValue` out of \(users.count == 1 ? "that stack" : "those") first"))
    }
    return found
  }

  /// The stacks that import each export, by its name.
  private func importers(besides stackName: String, in scope: Scope, _ transaction: Transaction)
    throws -> [String: [String]]
  {
    var importers: [String: [String]] = [:]
    for state in try stacks.heads(in: scope, includingDeleted: false, transaction)
    where state.environment.stackName != stackName && state.status != .rollbackComplete {
      for name in try state.imports ?? importsByTemplate(of: state, transaction) {
        importers[name, default: []].append(state.environment.stackName)
      }
    }
    return importers.mapValues { $0.sorted() }
  }

  package func stacksImporting(
    _ export: String, in scope: Scope, _ transaction: Transaction
  ) throws -> [String] {
    try importers(besides: "", in: scope, transaction)[export] ?? []
  }

  /// Imports of a stack whose state does not say: its template is resolved again with the values
  /// that it was deployed with.
  private func importsByTemplate(of state: StackState, _ transaction: Transaction) throws
    -> [String]
  {
    guard state.templateBody.contains("ImportValue") else { return [] }
    let parameters = Dictionary(
      state.parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let source = TemplateSource(
      body: state.templateBody, file: state.environment.stackName,
      environment: state.environment, parameters: parameters, exports: nil)
    let identities = Dictionary(
      try stacks.resources(ofStack: state.environment.stackID, transaction).map {
        ($0.logicalID, $0.identity)
      }, uniquingKeysWith: { a, _ in a })
    let (resolved, _) = compiler.resolve(
      source, catalog: catalog, lookup: { _ in .unknown }
    ) { resource in
      identities[resource.logicalID]
        ?? ResourceIdentity(physicalID: "", reference: .unknown("\(resource.logicalID)"))
    }
    return resolved?.imports ?? []
  }
}
