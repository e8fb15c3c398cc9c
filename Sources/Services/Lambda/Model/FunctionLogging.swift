import AWSModel

/// The form of a function's logs and what is left out of them.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
struct FunctionLogging: Codable, Sendable, Hashable {
  /// Levels of a function's own lines, from the most detailed.
  static let applicationLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
  /// Levels of Lambda's lines.
  static let systemLevels = ["DEBUG", "INFO", "WARN"]

  /// The least levels that are written; INFO where nothing is said.
  var applicationLevel = "INFO"
  var systemLevel = "INFO"

  /// True for a line of Lambda's that is written. Levels are those of `systemLevels`.
  func writes(system level: String) -> Bool {
    Self.rank(level, in: Self.systemLevels) >= Self.rank(systemLevel, in: Self.systemLevels)
  }

  /// True for a line of the function's that is written. A level that is none of
  /// `applicationLevels` is the function's own matter.
  func writes(application level: String) -> Bool {
    guard let rank = Self.applicationLevels.firstIndex(of: level.uppercased()) else { return true }
    return rank >= Self.rank(applicationLevel, in: Self.applicationLevels)
  }

  private static func rank(_ level: String, in levels: [String]) -> Int {
    levels.firstIndex(of: level) ?? 0
  }
}

/// `LoggingConfig`, as requests and templates give it.
struct LoggingConfiguration: Codable, Sendable, Hashable {
  var LogGroup: String?
  var LogFormat: String?
  var ApplicationLogLevel: String?
  var SystemLogLevel: String?

  /// Throws where a value is none of AWS's, or levels are given to text, which has none.
  func apply(to settings: inout FunctionSettings) throws {
    settings.logGroup = LogGroup
    let format = LogFormat ?? "Text"
    try Self.check(format, "logFormat", ["JSON", "Text"])
    guard format == "JSON" else {
      guard ApplicationLogLevel == nil, SystemLogLevel == nil else {
        throw ServiceError(
          "InvalidParameterValueException",
          "ApplicationLogLevel and SystemLogLevel can be set only where LogFormat is JSON.",
          fields: ["Type": "User"])
      }
      settings.logging = nil
      return
    }
    var logging = FunctionLogging()
    if let ApplicationLogLevel { logging.applicationLevel = ApplicationLogLevel }
    if let SystemLogLevel { logging.systemLevel = SystemLogLevel }
    try Self.check(
      logging.applicationLevel, "applicationLogLevel", FunctionLogging.applicationLevels)
    try Self.check(logging.systemLevel, "systemLogLevel", FunctionLogging.systemLevels)
    settings.logging = logging
  }

  private static func check(_ value: String, _ name: String, _ known: [String]) throws {
    guard !known.contains(value) else { return }
    throw ServiceError.validation(
      "1 validation error detected: Value '\(value.prefix(200))' at 'loggingConfig.\(name)' failed "
        + "to satisfy constraint: Member must satisfy enum value set: "
        + "[\(known.joined(separator: ", "))]")
  }
}

extension FunctionModel {
  var loggingConfiguration: LoggingConfiguration {
    LoggingConfiguration(
      LogGroup: logGroup, LogFormat: settings.logging == nil ? "Text" : "JSON",
      ApplicationLogLevel: settings.logging?.applicationLevel,
      SystemLogLevel: settings.logging?.systemLevel)
  }
}
