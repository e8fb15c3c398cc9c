import AWSModel
import PropertyTree
import ServiceKit

private struct ProvisionRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String
  var ProvisionedConcurrentExecutions: Int
}

/// Provisioned concurrency.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
extension LambdaService {
  var provisionedOperations: [Operation] {
    [
      .typed("PutProvisionedConcurrencyConfig") {
        [self] (request: ProvisionRequest, context) -> PropertyValue in
        let reference = try FunctionReference(
          request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
        let model = ProvisionedModel(
          requested: request.ProvisionedConcurrentExecutions,
          lastModified: environment.effects.clock.now)
        try await environment.database.write { [store] transaction in
          try store.provision(model, at: reference, transaction)
        }
        return .object(model.shown)
      },
      .typed("GetProvisionedConcurrencyConfig") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        let found = try environment.database.read { transaction in
          _ = try store.resolve(reference, transaction)
          return try Places.provisioned.get(reference, transaction)
        }
        guard let found else { throw ProvisionedModel.missing(at: reference) }
        return .object(found.shown)
      },
      .typed("DeleteProvisionedConcurrencyConfig") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        let reference = try target.reference(context)
        try await environment.database.write { [store] transaction in
          _ = try store.resolve(reference, transaction)
          // One that is gone already is as good as deleted.
          try Places.provisioned.delete(reference, transaction)
        }
        return EmptyOutput()
      },
      .typed("ListProvisionedConcurrencyConfigs") {
        [self] (page: PlacePage, context) -> PropertyValue in
        try list(page, context, of: Places.provisioned, as: "ProvisionedConcurrencyConfigs") {
          model, reference in
          var shown = model.shown
          shown["FunctionArn"] = .string(reference.arn)
          return shown
        }
      },
    ]
  }
}

extension FunctionStore {
  /// Throws AWS's refusals: of `$LATEST`, of a version beside its alias, and of more than there is.
  func provision(
    _ model: ProvisionedModel, at reference: FunctionReference, _ transaction: Transaction
  ) throws {
    if reference.place == FunctionModel.latest {
      throw ServiceError.parameter(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    }
    let version = try resolve(reference, transaction)
    let scope = reference.key.scope
    if version.version == FunctionModel.latest {
      throw ServiceError.parameter(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    }
    var total = model.requested
    for (place, other) in try Places.provisioned.list(reference.key, transaction)
    where place != reference.place {
      total += other.requested
      let there = try resolve(
        FunctionReference(reference.key.name, qualifier: place, scope: scope), transaction)
      guard there.version != version.version else {
        throw ServiceError.conflict(
          "Alias and the version it points to can't both have provisioned concurrency: \(place) "
            + "has it already.")
      }
    }
    let latest = try find(reference.key.name, in: scope, transaction)
    if let reserved = latest?.reservedConcurrency, total > reserved {
      throw ServiceError.parameter(
        "Requested Provisioned Concurrency should not be greater than the "
          + "reservedConcurrentExecution for function")
    }
    guard total <= AccountConcurrency.limit - AccountConcurrency.unreservedMin else {
      throw ServiceError.parameter(
        "Specified ConcurrentExecutions for function is greater than account's unreserved "
          + "concurrency [\(AccountConcurrency.limit)].")
    }
    try Places.provisioned.put(model, at: reference, transaction)
  }
}
