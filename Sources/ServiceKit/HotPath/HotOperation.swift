import AWSModel

extension Operation {
  /// An operation with a fast way in for what is usual; see `HotBody`.
  public static func hot(
    _ name: String, attempt: @escaping HotBody, invoke: @escaping Body
  ) -> Operation {
    Operation(name: name, hot: attempt, invoke: invoke)
  }
}
