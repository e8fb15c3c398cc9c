/// The environment variables of a function process: a clean set, with the function's own on top.
struct ProcessVariables {
  var function: FunctionModel
  var key: FunctionKey
  /// Leat's own address, or nil when nothing listens.
  var endpoint: String?
  var runtimeAPI: String
  var codeFolder: String
  /// Where its layers lie over one another, in place of AWS's `/opt`; nil without layers.
  var layerFolder: String?
  var temporary: String
  var logStream: String
  var path: String?
  var packageFolders: [String]

  var all: [String: String] {
    let settings = function.settings
    var variables = [
      "AWS_REGION": key.scope.region.text,
      "AWS_DEFAULT_REGION": key.scope.region.text,
      // A key of twelve digits is the account, so that a function's calls stay in its own.
      "AWS_ACCESS_KEY_ID": key.scope.account.text,
      "AWS_SECRET_ACCESS_KEY": "local",
      // Without Leat's address, calls must fail here and never reach a real account.
      "AWS_ENDPOINT_URL": endpoint ?? "http://127.0.0.1:9",
      "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
      "AWS_LAMBDA_FUNCTION_NAME": function.name,
      "AWS_LAMBDA_FUNCTION_VERSION": function.version,
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(settings.memorySize),
      "AWS_LAMBDA_LOG_GROUP_NAME": function.logGroup,
      "AWS_LAMBDA_LOG_STREAM_NAME": logStream,
      "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
      "AWS_EXECUTION_ENV": "AWS_Lambda_\(settings.runtime)",
      "AWS_EC2_METADATA_DISABLED": "true",
      "LAMBDA_TASK_ROOT": codeFolder,
      "_HANDLER": settings.handler,
      "TZ": ":UTC",
      "LANG": "C.UTF-8",
      "PATH": path ?? "/usr/local/bin:/usr/bin:/bin",
      "HOME": temporary,
      "TMPDIR": temporary,
      "PYTHONIOENCODING": "utf-8",
    ]
    variables["AWS_LAMBDA_LOG_FORMAT"] = settings.logging == nil ? "Text" : "JSON"
    if let logging = settings.logging {
      variables["AWS_LAMBDA_LOG_LEVEL"] = logging.applicationLevel
    }
    if !packageFolders.isEmpty { variables["PYTHONPATH"] = packageFolders.joined(separator: ":") }
    LayerVariables.add(
      layerFolder, codeFolder: codeFolder, runtime: settings.runtime, to: &variables)
    for (name, value) in settings.environment {
      if name == "PYTHONPATH", let ours = variables[name] {
        variables[name] = "\(value):\(ours)"
      } else {
        variables[name] = value
      }
    }
    return variables
  }
}
