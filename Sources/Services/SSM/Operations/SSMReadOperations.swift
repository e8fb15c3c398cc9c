import AWSModel
import ServiceKit

/// Reading parameters by name.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
struct SSMReadOperations: Sendable {
  let store: SSMStore
  let capabilities: @Sendable () -> Capabilities

  var all: [Operation] {
    [
      .typed("GetParameter", get), .typed("GetParameters", getAll),
      .typed("GetParameterHistory", history),
    ]
  }

  private struct GetInput: Decodable, Sendable {
    var Name: String
    var WithDecryption: Bool?
  }

  private struct GetOutput: Encodable, Sendable { var Parameter: SSMParameterShape }

  private func get(_ input: GetInput, _ context: RequestContext) throws -> GetOutput {
    try store.environment.database.read { transaction in
      GetOutput(
        Parameter: try shape(input.Name, input.WithDecryption ?? false, context, transaction))
    }
  }

  private func shape(
    _ name: String, _ decrypts: Bool, _ context: RequestContext, _ transaction: Transaction
  ) throws -> SSMParameterShape {
    if let reference = SSMSecretReference(name) {
      return try reference.parameter(
        decrypts: decrypts, capabilities().require(.secrets), now: store.now, context.scope,
        transaction)
    }
    let selector = try SSMSelector(name, in: context.scope)
    let (parameter, version) = try store.version(selector, in: context.scope, transaction)
    return try SSMParameterShape(
      parameter, version, selector: selector.selector, decrypts: decrypts, store, context.scope)
  }

  private struct GetAllInput: Decodable, Sendable {
    var Names: [String]
    var WithDecryption: Bool?
  }

  private struct GetAllOutput: Encodable, Sendable {
    var Parameters: [SSMParameterShape] = []
    var InvalidParameters: [String] = []
  }

  private func getAll(_ input: GetAllInput, _ context: RequestContext) throws -> GetAllOutput {
    return try store.environment.database.read { transaction in
      var output = GetAllOutput()
      var seen: Set<String> = []
      for name in input.Names where seen.insert(name).inserted {
        do {
          output.Parameters.append(
            try shape(name, input.WithDecryption ?? false, context, transaction))
        } catch let fault as ServiceError where fault.code.hasPrefix("Parameter") {
          output.InvalidParameters.append(name)
        }
      }
      return output
    }
  }

  private struct HistoryInput: Decodable, Sendable {
    var Name: String
    var WithDecryption: Bool?
    var MaxResults: Int?
    var NextToken: String?
  }

  private struct HistoryOutput: Encodable, Sendable {
    var Parameters: [SSMHistoryShape]
    var NextToken: String?
  }

  private func history(_ input: HistoryInput, _ context: RequestContext) throws -> HistoryOutput {
    let start = try input.NextToken.map { token throws(ServiceError) in
      guard let number = Int64(token) else { throw SSMFault.invalidToken }
      return number
    }
    let limit = input.MaxResults ?? 50
    try SSMLimits.check(path: input.Name)
    return try store.environment.database.read { transaction in
      let parameter = try store.require(input.Name, in: context.scope, transaction)
      let versions = try store.history(
        of: parameter, after: start ?? 0, limit: limit, in: context.scope, transaction)
      let isLast = versions.last?.version == parameter.newest.version || versions.isEmpty
      return HistoryOutput(
        Parameters: try versions.map {
          try SSMHistoryShape(
            parameter, $0, decrypts: input.WithDecryption ?? false, store, context.scope)
        }, NextToken: isLast ? nil : versions.last.map { String($0.version) })
    }
  }
}
