import AWSModel

extension FunctionSettings {
  /// AWS's limit of all variables together, in bytes.
  static let environmentBytesMax = 4096

  static let reservedVariables: Set<String> = [
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
  ]

  /// Throws what AWS throws for values out of bounds, and by name for what Leat can't run.
  func validate() throws {
    try validateRuntime()
    try Self.check(timeout, "timeout", 1...900)
    try Self.check(memorySize, "memorySize", 128...10_240)
    guard description.utf16.count <= 256 else {
      throw Self.constraint(description, "description", "have length less than or equal to 256")
    }
    guard Self.isRole(role) else {
      throw Self.constraint(
        role, "role",
        "satisfy regular expression pattern: "
          + #"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#)
    }
    guard (1...128).contains(handler.utf8.count), !handler.contains(where: \.isWhitespace) else {
      throw Self.constraint(
        handler, "handler", #"satisfy regular expression pattern: [^\s]+"#)
    }
    guard architectures.count == 1, ["x86_64", "arm64"].contains(architectures[0]) else {
      throw Self.constraint(
        architectures.joined(separator: ","), "architectures",
        "satisfy enum value set: [x86_64, arm64]")
    }
    try validateEnvironment()
    try validateExtras()
  }

  private func validateRuntime() throws {
    if RuntimeCatalog.family(of: runtime) != nil { return }
    guard RuntimeCatalog.known.contains(runtime) else {
      throw ServiceError(
        "InvalidParameterValueException",
        "Value \(runtime.prefix(100)) at 'runtime' failed to satisfy constraint: Member must "
          + "satisfy enum value set: [\(RuntimeCatalog.known.sorted().joined(separator: ", "))] "
          + "or be a valid ARN", fields: ["Type": "User"])
    }
    throw ServiceError.unsupported(
      "the runtime `\(runtime)`. \(RuntimeCatalog.advice(for: runtime))")
  }

  private func validateEnvironment() throws {
    let reserved = environment.keys.filter(Self.reservedVariables.contains).sorted()
    guard reserved.isEmpty else {
      throw ServiceError(
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment "
          + "variables you have provided contains reserved keys that are currently not supported "
          + "for modification. Reserved keys used in this request: "
          + reserved.joined(separator: ", "), fields: ["Type": "User"])
    }
    for (key, value) in environment {
      let isName =
        key.utf8.count >= 2 && key.first?.isLetter == true
        && key.utf8.allSatisfy { $0 < 0x80 }
        && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      guard isName else {
        throw Self.constraint(
          key, "environment.variables.key",
          "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+")
      }
      guard !value.utf8.contains(0) else {
        throw ServiceError(
          "InvalidParameterValueException", "The value of \(key) contains a NUL character.",
          fields: ["Type": "User"])
      }
    }
    let size = environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard size <= Self.environmentBytesMax else {
      throw ServiceError(
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment "
          + "variables you have provided exceeded the 4KB limit.", fields: ["Type": "User"])
    }
  }

  private static func isRole(_ text: String) -> Bool {
    guard let arn = ARN(parsing: text), arn.service == "iam", arn.region.isEmpty else {
      return false
    }
    return arn.account.utf8.count == 12 && arn.account.allSatisfy(\.isNumber)
      && arn.resource.hasPrefix("role") && !arn.leaf.isEmpty
  }

  static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
    if value < range.lowerBound {
      throw constraint(
        String(value), name, "have value greater than or equal to \(range.lowerBound)")
    }
    if value > range.upperBound {
      throw constraint(String(value), name, "have value less than or equal to \(range.upperBound)")
    }
  }

  static func constraint(_ value: String, _ name: String, _ rule: String) -> ServiceError {
    .validation(
      "1 validation error detected: Value '\(value.prefix(200))' at '\(name)' failed to satisfy "
        + "constraint: Member must \(rule)")
  }
}
