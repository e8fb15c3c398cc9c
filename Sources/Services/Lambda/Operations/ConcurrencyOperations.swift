import AWSModel
import PropertyTree
import ServiceKit

private struct NoMembers: Decodable, Sendable {}

private struct ReserveRequest: Decodable, Sendable {
  var FunctionName: String
  var ReservedConcurrentExecutions: Int
}

private struct RecursionRequest: Decodable, Sendable {
  var FunctionName: String
  var RecursiveLoop: String
}

private struct RuntimeRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var UpdateRuntimeOn: String
  var RuntimeVersionArn: String?
}

/// Settings that stand beside a function's configuration: reserved concurrency, recursion, updates
/// of the runtime; and those of the account.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
extension LambdaService {
  var settingsOperations: [Operation] { runtimeOperations + accountOperations }

  var concurrencyOperations: [Operation] {
    [
      .typed("PutFunctionConcurrency") {
        [self] (request: ReserveRequest, context) -> PropertyValue in
        let count = request.ReservedConcurrentExecutions
        _ = try await set(request.FunctionName, context) { [store] model, scope, transaction in
          try store.checkReservation(count, of: model, in: scope, transaction)
          model.reservedConcurrency = count
        }
        return ["ReservedConcurrentExecutions": .int(Int64(count))]
      },
      .typed("GetFunctionConcurrency") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let limit = try require(target.reference(context)).reservedConcurrency
        return limit.map { ["ReservedConcurrentExecutions": .int(Int64($0))] } ?? [:]
      },
      .typed("DeleteFunctionConcurrency") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        _ = try await set(target.FunctionName, context) { model, _, _ in
          model.reservedConcurrency = nil
        }
        return EmptyOutput()
      },
    ]
  }

  private var runtimeOperations: [Operation] {
    [
      .typed("GetFunctionRecursionConfig") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        ["RecursiveLoop": .string(try require(target.reference(context)).recursiveLoop)]
      },
      .typed("PutFunctionRecursionConfig") {
        [self] (request: RecursionRequest, context) -> PropertyValue in
        _ = try await set(request.FunctionName, context) { model, _, _ in
          model.recursiveLoop = request.RecursiveLoop
        }
        return ["RecursiveLoop": .string(request.RecursiveLoop)]
      },
      .typed("GetRuntimeManagementConfig") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        return try require(reference).shownRuntimeManagement(arn: reference.arn)
      },
      .typed("PutRuntimeManagementConfig", putRuntimeManagement),
    ]
  }

  private func putRuntimeManagement(
    _ request: RuntimeRequest, _ context: RequestContext
  ) async throws -> PropertyValue {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    let changed = try await environment.database.write { [store] transaction in
      var model = try store.resolve(reference, transaction)
      try model.setRuntimeManagement(request.UpdateRuntimeOn, request.RuntimeVersionArn)
      if model.version == FunctionModel.latest {
        try store.putQuietly(model, in: reference.key.scope, transaction)
      } else {
        try store.putVersion(model, in: reference.key.scope, transaction)
      }
      return model
    }
    return changed.shownRuntimeManagement(arn: reference.arn)
  }

  private var accountOperations: [Operation] {
    [
      .typed("GetAccountSettings") { [self] (_: NoMembers, context) -> PropertyValue in
        let all = try environment.database.read { try store.list(in: context.scope, $0) }
        let reserved = all.reduce(0) { $0 + ($1.reservedConcurrency ?? 0) }
        let bytes = try environment.database.read { transaction in
          try all.reduce(0) { sum, function in
            try store.versions(of: function.name, in: context.scope, transaction)
              .reduce(sum + function.codeSize) { $0 + $1.codeSize }
          }
        }
        return [
          "AccountLimit": [
            "TotalCodeSize": 80_530_636_800, "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": .int(Int64(AccountConcurrency.limit)),
            "UnreservedConcurrentExecutions": .int(
              Int64(AccountConcurrency.limit - reserved)),
          ],
          "AccountUsage": [
            "TotalCodeSize": .int(Int64(bytes)), "FunctionCount": .int(Int64(all.count)),
          ],
        ]
      }
    ]
  }

  /// Changes what a function's processes don't know of.
  func set(
    _ function: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout FunctionModel, Scope, Transaction) throws -> Void
  ) async throws -> FunctionModel {
    let reference = try FunctionReference(function, scope: context.scope)
    try reference.requireLatest()
    let scope = reference.key.scope
    return try await environment.database.write { [store] transaction in
      guard var model = try store.find(reference.key.name, in: scope, transaction) else {
        throw reference.notFound
      }
      try body(&model, scope, transaction)
      try store.putQuietly(model, in: scope, transaction)
      return model
    }
  }
}

extension FunctionStore {
  /// Throws where a reservation leaves too little to the other functions, or less than versions have
  /// provisioned.
  func checkReservation(
    _ count: Int, of function: FunctionModel, in scope: Scope, _ transaction: Transaction
  ) throws {
    let others = try list(in: scope, transaction).reduce(0) {
      $0 + ($1.name == function.name ? 0 : $1.reservedConcurrency ?? 0)
    }
    guard AccountConcurrency.limit - others - count >= AccountConcurrency.unreservedMin else {
      throw ServiceError.parameter(
        "Specified ReservedConcurrentExecutions for function decreases account's "
          + "UnreservedConcurrentExecution below its minimum value of "
          + "[\(AccountConcurrency.unreservedMin)].")
    }
    let provisioned = try Places.provisioned.list(
      FunctionKey(scope: scope, name: function.name), transaction
    ).reduce(0) { $0 + $1.model.requested }
    guard count >= provisioned else {
      throw ServiceError.parameter(
        "ReservedConcurrentExecutions  \(count) should not be lower than function's total "
          + "provisioned concurrency [\(provisioned)].")
    }
  }
}

extension FunctionModel {
  /// Throws where the members don't go together.
  mutating func setRuntimeManagement(_ moment: String, _ runtime: String?) throws {
    guard (moment == "Manual") == (runtime != nil) else {
      throw ServiceError.parameter(
        moment == "Manual"
          ? "When using UpdateRuntimeOn = Manual, you must provide a RuntimeVersionArn."
          : "The runtime version ARN can be provided only with UpdateRuntimeOn = Manual.")
    }
    runtimeUpdates = moment
    runtimeVersionARN = runtime
  }

  func shownRuntimeManagement(arn: String) -> PropertyValue {
    var shown: PropertyObject = [
      "UpdateRuntimeOn": .string(runtimeUpdates), "FunctionArn": .string(arn),
    ]
    if let runtimeVersionARN { shown["RuntimeVersionArn"] = .string(runtimeVersionARN) }
    return .object(shown)
  }
}
