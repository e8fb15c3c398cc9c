import Crypto
import Effects
import PropertyTree

/// Lambda's own lines about the start of a process: INIT_START, and INIT_REPORT where it failed, as
/// text; `platform.init…` events as JSON.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
struct InitLog: Sendable {
  let function: FunctionModel
  let version: RuntimeVersion
  let output: OutputCollector
  let clock: any Clock

  private var logging: FunctionLogging? { function.settings.logging }

  func start() {
    guard logging != nil else {
      return output.add(
        "INIT_START Runtime Version: \(version.text)\tRuntime Version ARN: \(version.arn)")
    }
    var fields = phase
    fields["runtimeVersion"] = .string(version.text)
    fields["runtimeVersionArn"] = .string(version.arn)
    fields["functionName"] = .string(function.name)
    fields["functionVersion"] = .string(function.version)
    output.addEvent("initStart", level: "INFO", fields, logging, at: clock.now)
  }

  /// - Parameter ending: whether its code was loaded.
  func end(milliseconds: Double, _ ending: InvocationEnding) {
    let isGood = ending.status == .success
    guard logging != nil else {
      if isGood { return }
      return output.add(
        "INIT_REPORT Init Duration: \(milliseconds.hundredths) ms\tPhase: init"
          + "\tStatus: \(ending.status.rawValue)"
          + (ending.errorType.map { "\tError Type: \($0)" } ?? "") + "\t")
    }
    var fields = phase
    fields["status"] = .string(ending.status.rawValue)
    if let type = ending.errorType { fields["errorType"] = .string(type) }
    let level = isGood ? "DEBUG" : "WARN"
    output.addEvent("initRuntimeDone", level: level, fields, logging, at: clock.now)
    fields["metrics"] = ["durationMs": .double(milliseconds.rounded(to: 3))]
    output.addEvent("initReport", level: level, fields, logging, at: clock.now)
  }

  private var phase: PropertyObject { ["initializationType": "on-demand", "phase": "init"] }
}

/// The runtime that a process runs on, as Lambda names its releases: `python:3.11.v7`.
///
/// It tells what this machine has, whatever the function names: the number behind the `v` is that of
/// the interpreter's release, and 0 for a runtime that the function brings itself.
struct RuntimeVersion: Sendable, Hashable {
  let text: String
  let arn: String

  init(_ function: FunctionModel, _ interpreter: Interpreter?, region: String) {
    let runtime = function.settings.runtime
    if let interpreter {
      let parts = interpreter.version.split(separator: ".").map(String.init)
      let language = String(runtime.prefix { $0.isLetter })
      // Node.js names its releases by one number, the others by two.
      let count = language == "nodejs" ? 1 : 2
      let release = parts.dropFirst(count).first ?? "0"
      text = "\(language):\(parts.prefix(count).joined(separator: ".")).v\(release)"
    } else {
      let system = runtime.split(separator: ".").dropFirst().first ?? "al1"
      text = "provided:\(system).v0"
    }
    arn =
      function.runtimeVersionARN
      ?? "arn:aws:lambda:\(region)::runtime:" + Hex.encode(SHA256.hash(data: Array(text.utf8)))
  }
}
