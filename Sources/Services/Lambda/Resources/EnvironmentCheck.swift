import PropertyTree
import ResourceModel

/// What Lambda refuses of a function's environment variables.
struct EnvironmentCheck {
  private static let bytesMax = 4096

  /// Names that Lambda sets itself.
  private static let reserved: Set<String> = [
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
  ]

  let variables: PropertyObject

  var issues: [PropertyIssue] {
    let path = PropertyPath([.key("Environment"), .key("Variables")])
    var issues = variables.keys.filter(Self.reserved.contains).map { name in
      PropertyIssue(
        .invalidPropertyValue, at: path.appending(name),
        "Lambda sets the variable `\(name)` itself", hint: "give yours another name")
    }
    var bytes = 0
    for (name, value) in variables {
      bytes += name.utf8.count + (value.scalarText?.utf8.count ?? 0)
    }
    if bytes > Self.bytesMax {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: path,
          "the variables take at most \(Self.bytesMax) bytes together, they have \(bytes)"))
    }
    return issues
  }
}
