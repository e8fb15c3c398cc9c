import Effects
import QueryEngine

/// Makes the environment of the query engine: a virtual environment of Python's with its packages.
struct EngineInstallation {
  /// The reason why there is no environment.
  struct Failure: Error, CustomStringConvertible { var description: String }

  private let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  /// Makes the environment, or completes the one that is there.
  ///
  /// - Throws: where Python is missing or pip fails, with its last words.
  func run() async throws {
    guard let folder = EngineLocation.ownFolder(context.effects) else {
      throw Failure(description: "There is no place for the query engine: HOME is not set.")
    }
    guard let python = context.effects.processes.find("python3") else {
      throw Failure(description: "The query engine needs Python: there is no `python3` in PATH.")
    }
    try await run(python, ["-m", "venv", folder])
    try await run(
      "\(folder)/bin/python3",
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + EngineLocation.packages)
  }

  private func run(_ program: String, _ arguments: [String]) async throws {
    var variables: [String: String] = [:]
    // Proxies and package indexes of the user's count here.
    let names = [
      "PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL",
      "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_RETRIES",
      "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
      "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
    ]
    for name in names { variables[name] = context.effects.processes.inherited(name) }
    let process = try context.effects.processes.spawn(
      ProcessCommand(
        executable: program, arguments: arguments, environment: variables, workingDirectory: "/"))
    var output: [UInt8] = []
    for await chunk in process.output { output = Array((output + chunk).suffix(4096)) }
    guard await process.wait() == 0 else {
      let text = String(decoding: output, as: UTF8.self)
      throw Failure(
        description: "`\(program) \(arguments.joined(separator: " "))` failed:\n\(text)")
    }
  }
}
