import AWSModel
import ServiceKit
import StackModel

/// ListExports, ListImports.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html
extension CloudFormationService {
  var exportOperations: [Operation] {
    [operation("ListExports", listExports), operation("ListImports", listImports)]
  }

  private struct Export: Encodable, Sendable {
    var ExportingStackId: String
    var Name: String
    var Value: String
  }

  private struct ExportsInput: Decodable, Sendable { var NextToken: String? }
  private struct ExportsOutput: Encodable, Sendable {
    var Exports: [Export]
    var NextToken: String?
  }

  private func listExports(_ input: ExportsInput, _ context: RequestContext) async throws
    -> ExportsOutput
  {
    let heads = try engine.database.read {
      try engine.stacks.heads(in: context.scope, includingDeleted: false, $0)
    }
    let exports = heads.flatMap { head in
      head.outputs.compactMap { output in
        output.exportName.map {
          Export(ExportingStackId: head.environment.stackID, Name: $0, Value: output.value)
        }
      }
    }
    let (page, next) = try page(
      exports.sorted { $0.Name < $1.Name }, after: input.NextToken, by: \.Name)
    return ExportsOutput(Exports: page, NextToken: next)
  }

  private struct ImportsInput: Decodable, Sendable {
    var ExportName: String
    var NextToken: String?
  }

  private struct ImportsOutput: Encodable, Sendable {
    var Imports: [String]
    var NextToken: String?
  }

  private func listImports(_ input: ImportsInput, _ context: RequestContext) async throws
    -> ImportsOutput
  {
    let stacks = try engine.database.read {
      try engine.stacksImporting(input.ExportName, in: context.scope, $0)
    }
    if stacks.isEmpty {
      throw Self.validation("Export '\(input.ExportName)' is not imported by any stack.")
    }
    let (page, next) = try page(stacks, after: input.NextToken) { $0 }
    return ImportsOutput(Imports: page, NextToken: next)
  }
}
