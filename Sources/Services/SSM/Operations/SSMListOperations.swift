import AWSModel
import ServiceKit

/// Finding parameters by path and by what they are.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
struct SSMListOperations: Sendable {
  let store: SSMStore

  var all: [Operation] {
    [.typed("GetParametersByPath", byPath), .typed("DescribeParameters", describe)]
  }

  private struct PathInput: Decodable, Sendable {
    var Path: String
    var Recursive: Bool?
    var ParameterFilters: [SSMFilterInput]?
    var WithDecryption: Bool?
    var MaxResults: Int?
    var NextToken: String?
  }

  private struct PathOutput: Encodable, Sendable {
    var Parameters: [SSMParameterShape]
    var NextToken: String?
  }

  private func byPath(_ input: PathInput, _ context: RequestContext) throws -> PathOutput {
    guard input.Path.hasPrefix("/"), !input.Path.contains("//"),
      input.Path.utf8.allSatisfy(SSMLimits.isNameByte)
    else { throw ServiceError.validation(SSMFilter.pathRule) }
    let filters = try SSMFilter.read(input.ParameterFilters, isByPath: true)
    let path = SSMFilter.folder(input.Path)
    let isRecursive = input.Recursive ?? false
    return try store.environment.database.read { transaction in
      let (found, next) = try page(
        prefix: path, after: input.NextToken, limit: input.MaxResults ?? 10, context, transaction
      ) { parameter in
        (isRecursive || !parameter.name.dropFirst(path.count).contains("/"))
          && filters.allSatisfy { $0.matches(parameter) }
      }
      return PathOutput(
        Parameters: try found.map {
          try SSMParameterShape(
            $0, $0.newest, decrypts: input.WithDecryption ?? false, store, context.scope)
        }, NextToken: next)
    }
  }

  private struct DescribeInput: Decodable, Sendable {
    struct Filter: Decodable, Sendable {
      var Key: String
      var Values: [String]
    }
    var Filters: [Filter]?
    var ParameterFilters: [SSMFilterInput]?
    var MaxResults: Int?
    var NextToken: String?
  }

  private struct DescribeOutput: Encodable, Sendable {
    var Parameters: [SSMMetadataShape]
    var NextToken: String?
  }

  private func describe(_ input: DescribeInput, _ context: RequestContext) throws -> DescribeOutput
  {
    if input.Filters?.isEmpty == false, input.ParameterFilters?.isEmpty == false {
      throw ServiceError.validation(
        "You can use either Filters or ParameterFilters in a single request.")
    }
    // The older form compares beginnings for names, and whole values for the rest.
    let old = (input.Filters ?? []).map {
      SSMFilterInput(
        Key: $0.Key, Option: $0.Key == "Name" ? "BeginsWith" : "Equals", Values: $0.Values)
    }
    let filters = try SSMFilter.read(old + (input.ParameterFilters ?? []), isByPath: false)
    return try store.environment.database.read { transaction in
      let (found, next) = try page(
        prefix: "", after: input.NextToken, limit: input.MaxResults ?? 50, context, transaction
      ) { parameter in filters.allSatisfy { $0.matches(parameter) } }
      return DescribeOutput(
        Parameters: found.map { SSMMetadataShape($0, context.scope) }, NextToken: next)
    }
  }

  /// The next parameters that are wanted, and the token for what follows. A token is the last name
  /// of the page before.
  private func page(
    prefix: String, after token: String?, limit: Int, _ context: RequestContext,
    _ transaction: Transaction, isWanted: (SSMParameter) -> Bool
  ) throws -> (found: [SSMParameter], next: String?) {
    var start = ""
    if let token {
      guard token.utf8.allSatisfy(SSMLimits.isNameByte), token.hasPrefix(prefix) else {
        throw SSMFault.invalidToken
      }
      start = token
    }
    var found: [SSMParameter] = []
    while true {
      let batch = try store.list(
        prefix: prefix, after: start, limit: 200, in: context.scope, transaction)
      for parameter in batch where isWanted(parameter) {
        if found.count == limit { return (found, found.last?.name) }
        found.append(parameter)
      }
      guard batch.count == 200, let last = batch.last else { return (found, nil) }
      start = last.name
    }
  }
}
