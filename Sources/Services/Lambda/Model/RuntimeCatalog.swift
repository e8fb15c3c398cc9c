/// The way in which functions of a runtime are run.
enum RuntimeFamily: String, Sendable, Hashable {
  case node, python, provided
}

/// The runtimes that AWS names, and how Leat runs them.
enum RuntimeCatalog {
  static let known: Set<String> = [
    "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x",
    "nodejs14.x", "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x",
    "python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10", "python3.11",
    "python3.12", "python3.13", "python3.14", "java8", "java8.al2", "java11", "java17", "java21",
    "java25", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6",
    "dotnet8", "dotnet10", "go1.x", "ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3", "ruby3.4",
    "ruby4.0", "provided", "provided.al2", "provided.al2023",
  ]

  /// nil for what Leat can't run.
  static func family(of runtime: String) -> RuntimeFamily? {
    guard known.contains(runtime) else { return nil }
    // Python 2 is another language than the one that `python3` runs.
    if runtime == "python2.7" { return nil }
    if runtime.hasPrefix("nodejs") { return .node }
    if runtime.hasPrefix("python") { return .python }
    return runtime.hasPrefix("provided") ? .provided : nil
  }

  /// The advice for a runtime that AWS has and this machine can't serve.
  static func advice(for runtime: String) -> String {
    let client: String? =
      switch runtime.prefix(while: { $0.isLetter }) {
      case "java": "com.amazonaws:aws-lambda-java-runtime-interface-client of Maven Central"
      case "ruby": "the gem aws_lambda_ric"
      case "dotnet", "dotnetcore": "Amazon.Lambda.RuntimeSupport of NuGet"
      case "go": "github.com/aws/aws-lambda-go, which needs nothing else"
      default: nil
      }
    guard let client else { return "It runs nodejs…, python3… and provided… functions." }
    return
      "Package AWS's runtime client (\(client)) with the code and a `bootstrap` that starts it, "
      + "and give it the runtime `provided.al2023`."
  }

  /// `12` of `nodejs12.x`, `3.9` of `python3.9`; nil where the name has no version.
  static func version(of runtime: String) -> String? {
    let digits = runtime.drop { !$0.isNumber }
    guard !digits.isEmpty, family(of: runtime) != .provided else { return nil }
    return digits.hasSuffix(".x") ? String(digits.dropLast(2)) : String(digits)
  }

  /// True for versions so old that a machine of today hardly has them.
  static func isDated(_ runtime: String) -> Bool {
    guard let version = version(of: runtime) else { return runtime == "nodejs" }
    let parts = version.split(separator: ".").compactMap { Int($0) }
    return switch family(of: runtime) {
    case .node: (parts.first ?? 0) < 20
    case .python: parts.count < 2 || (parts[0], parts[1]) < (3, 10)
    default: false
    }
  }
}
