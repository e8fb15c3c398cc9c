import AWSModel
import Effects
import PropertyTree

/// Provisioned concurrency of a version or an alias: processes are started when they are needed, so
/// it is ready at once.
struct ProvisionedModel: Codable, Sendable, Hashable {
  /// 1 or more.
  var requested: Int
  var lastModified: Timestamp

  var shown: PropertyObject {
    let count = PropertyValue.int(Int64(requested))
    return [
      "RequestedProvisionedConcurrentExecutions": count,
      "AvailableProvisionedConcurrentExecutions": count,
      "AllocatedProvisionedConcurrentExecutions": count, "Status": "READY",
      "LastModified": .string(lastModified.iso8601.dropLast() + "+0000"),
    ]
  }

  static func missing(at reference: FunctionReference) -> ServiceError {
    ServiceError(
      "ProvisionedConcurrencyConfigNotFoundException",
      "No Provisioned Concurrency Config found for this function", status: 404,
      fields: ["Type": "User"])
  }
}

/// AWS's bounds of an account's concurrency.
enum AccountConcurrency {
  static let limit = 1000
  /// Reserving leaves this much to functions that reserve none.
  static let unreservedMin = 100
}
