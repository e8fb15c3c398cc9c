import AWSModel

/// The faults of the service, worded once.
enum KinesisError {
  static func streamNotFound(_ name: String, _ scope: Scope) -> ServiceError {
    ServiceError(
      "ResourceNotFoundException", "Stream \(name) under account \(scope.account) not found.")
  }

  static func streamExists(_ name: String, _ scope: Scope) -> ServiceError {
    ServiceError(
      "ResourceInUseException", "Stream \(name) under account \(scope.account) already exists.")
  }

  static func shardNotFound(_ shard: String, _ stream: String, _ scope: Scope) -> ServiceError {
    ServiceError(
      "ResourceNotFoundException",
      "Could not find shard \(shard) in stream \(stream) under account \(scope.account).")
  }

  static func rateExceeded(_ shard: ShardRuntime, _ stream: StreamRuntime) -> ServiceError {
    ServiceError(
      "ProvisionedThroughputExceededException",
      "Rate exceeded for shard \(shard.id) in stream \(stream.model.name) under account "
        + "\(stream.scope.account).")
  }

  /// The answer to a request that only asks whether it would succeed, and would.
  static let dryRun = ServiceError(
    "DryRunOperationException", "Request would have succeeded, but DryRun flag is set.")

  static func invalid(_ message: String) -> ServiceError {
    ServiceError("InvalidArgumentException", message)
  }
}
