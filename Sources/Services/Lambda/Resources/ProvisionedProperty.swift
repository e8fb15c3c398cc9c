import AWSModel
import Effects
import ServiceKit

/// `ProvisionedConcurrencyConfig` of versions and aliases in templates.
struct ProvisionedProperty: Codable, Sendable {
  var ProvisionedConcurrentExecutions: Int

  init(_ model: ProvisionedModel) { ProvisionedConcurrentExecutions = model.requested }
}

extension FunctionStore {
  /// As the property says; nil takes it away.
  func provision(
    _ property: ProvisionedProperty?, at reference: FunctionReference, now: Timestamp,
    _ transaction: Transaction
  ) throws {
    guard let property else {
      try Places.provisioned.delete(reference, transaction)
      return
    }
    try provision(
      ProvisionedModel(
        requested: property.ProvisionedConcurrentExecutions, lastModified: now),
      at: reference, transaction)
  }
}
