import ServiceKit

/// The environment variables of a function process: a clean set, with the function's own on top.
struct ProcessVariables {
  var function: FunctionModel
  var key: FunctionKey
  /// Leat's own address, or nil when nothing listens.
  var endpoint: String?
  var runtimeAPI: String
  /// As the process sees them.
  var places: FunctionPlaces
  var logStream: String
  var path: String?
  /// False where the function brings its own runtime client.
  var hasRuntimeClient: Bool
  var packageFolders: [String]
  /// Credentials of the role's session; without them the account's number is the key.
  var credentials: RoleCredentials?
  /// Of this environment, for runtime clients of Leat's; nil where it is the machine's.
  var nowMilliseconds: Int64?
  var movesClocks = false
  var waitsForInspector = false
  /// True where the code folder is one that a person works in.
  var isLocal = false

  var all: [String: String] {
    let settings = function.settings
    var variables = [
      "AWS_REGION": key.scope.region.text,
      "AWS_DEFAULT_REGION": key.scope.region.text,
      // A key of twelve digits is the account, so that a function's calls stay in its own.
      "AWS_ACCESS_KEY_ID": credentials?.accessKeyID ?? key.scope.account.text,
      "AWS_SECRET_ACCESS_KEY": credentials?.secret ?? "local",
      // Without Leat's address, calls must fail here and never reach a real account.
      "AWS_ENDPOINT_URL": endpoint ?? "http://127.0.0.1:9",
      "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
      "AWS_LAMBDA_FUNCTION_NAME": function.name,
      "AWS_LAMBDA_FUNCTION_VERSION": function.version,
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(settings.memorySize),
      "AWS_LAMBDA_LOG_GROUP_NAME": function.logGroup,
      "AWS_LAMBDA_LOG_STREAM_NAME": logStream,
      "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
      "AWS_EC2_METADATA_DISABLED": "true",
      "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
      "LAMBDA_TASK_ROOT": places.code,
      "_HANDLER": settings.handler,
      "TZ": ":UTC",
      "LANG": "C.UTF-8",
      "PATH": path ?? "/usr/local/bin:/usr/bin:/bin",
      "HOME": places.temporary,
      "TMPDIR": places.temporary,
      "PYTHONIOENCODING": "utf-8",
    ]
    if let token = credentials?.token { variables["AWS_SESSION_TOKEN"] = token }
    // AWS tells what a function runs in where it brings the runtime along.
    if hasRuntimeClient {
      variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_\(settings.runtime)"
      variables["LAMBDA_RUNTIME_DIR"] = places.runtime
      if let nowMilliseconds { variables["LEAT_NOW_MS"] = String(nowMilliseconds) }
      if movesClocks { variables["LEAT_MOVES_CLOCK"] = "1" }
      if waitsForInspector { variables["LEAT_WAITS"] = "1" }
      // A folder that somebody edits stays as it is.
      if isLocal { variables["PYTHONDONTWRITEBYTECODE"] = "1" }
    }
    variables["AWS_LAMBDA_LOG_FORMAT"] = settings.logging == nil ? "Text" : "JSON"
    if let logging = settings.logging {
      variables["AWS_LAMBDA_LOG_LEVEL"] = logging.applicationLevel
    }
    if !packageFolders.isEmpty { variables["PYTHONPATH"] = packageFolders.joined(separator: ":") }
    LayerVariables.add(
      places.layers, codeFolder: places.code, runtime: settings.runtime, to: &variables)
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
