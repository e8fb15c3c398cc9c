import AWSModel
import ServiceKit

/// Names for versions of parameters.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
struct SSMLabelOperations: Sendable {
  let store: SSMStore

  var all: [Operation] {
    [.typed("LabelParameterVersion", label), .typed("UnlabelParameterVersion", unlabel)]
  }

  private struct LabelInput: Decodable, Sendable {
    var Name: String
    var ParameterVersion: Int64?
    var Labels: [String]
  }

  private struct LabelOutput: Encodable, Sendable {
    var InvalidLabels: [String]
    var ParameterVersion: Int64
  }

  private func label(_ input: LabelInput, _ context: RequestContext) async throws -> LabelOutput {
    let store = store
    return try await store.environment.database.write { transaction in
      var parameter = try store.require(input.Name, in: context.scope, transaction)
      let version = input.ParameterVersion ?? parameter.newest.version
      try Self.checkVersion(version, of: parameter)
      let invalid = input.Labels.filter { !SSMLimits.isLabel($0) }
      // A label moves: it names one version only.
      for label in input.Labels where SSMLimits.isLabel(label) {
        parameter.labels[label] = version
      }
      guard parameter.labels(of: version).count <= SSMLimits.labelsMax else {
        throw SSMFault.tooManyLabels
      }
      try store.put(parameter, in: context.scope, transaction)
      return LabelOutput(InvalidLabels: invalid, ParameterVersion: version)
    }
  }

  private struct UnlabelInput: Decodable, Sendable {
    var Name: String
    var ParameterVersion: Int64
    var Labels: [String]
  }

  private struct UnlabelOutput: Encodable, Sendable {
    var RemovedLabels: [String]
    var InvalidLabels: [String]
  }

  private func unlabel(_ input: UnlabelInput, _ context: RequestContext) async throws
    -> UnlabelOutput
  {
    let store = store
    return try await store.environment.database.write { transaction in
      var parameter = try store.require(input.Name, in: context.scope, transaction)
      try Self.checkVersion(input.ParameterVersion, of: parameter)
      let removed = input.Labels.filter { parameter.labels[$0] == input.ParameterVersion }
      for label in removed { parameter.labels[label] = nil }
      try store.put(parameter, in: context.scope, transaction)
      return UnlabelOutput(
        RemovedLabels: removed, InvalidLabels: input.Labels.filter { !removed.contains($0) })
    }
  }

  private static func checkVersion(_ version: Int64, of parameter: SSMParameter)
    throws(ServiceError)
  {
    guard (parameter.oldestVersion...parameter.newest.version).contains(version) else {
      throw SSMFault.versionNotFound(String(version), of: parameter.name)
    }
  }
}
