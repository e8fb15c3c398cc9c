import AWSModel
import ArgumentParser
import Effects
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine

struct InvokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invoke", abstract: "Call a function and print its answer, its log and its time.",
    discussion: """
      A function is named by its name, its ARN, or its logical ID in a stack. The answer goes to \
      standard output, the log and the time to standard error. Where no server runs, the function \
      runs in this process, and can't reach AWS's services.

      --inspect (Node.js) and --debugpy (Python, which must have the package debugpy) start a process \
      for this one call, which waits for a debugger; time and memory are not limited meanwhile.

      EXAMPLES
        leat invoke Flatten --event payloads/event.json
        echo '{"a":1}' | leat invoke my-function --event -
        leat invoke Flatten --sample kinesis --record '{"id":1}' --record '{"id":2}'
        leat invoke orders/Flatten --replay
        leat invoke Flatten --sample s3 --inspect 9229

      EXIT CODES
        0  the function answered
        1  an error: the function could not be called
        3  the function failed
       64  the command line is wrong
      """)

  @Argument(
    help: "The function: name, ARN, LogicalID or stack/LogicalID.", completion: .functions)
  var function: String
  @Option(
    help: "A file with the event as JSON; - for standard input. {} without it.", completion: .file()
  )
  var event: String?
  @Option(help: "An event as that service sends it.")
  var sample: SampleEvent?
  @Option(
    help: ArgumentHelp(
      "The content of a sample's record, or its body; again for more records.", valueName: "text"))
  var record: [String] = []
  @Flag(help: "The last event that the function failed on, which Leat keeps (encrypted).")
  var replay = false
  @Flag(help: "Print the event, and call nothing.")
  var printEvent = false
  @Option(
    help: ArgumentHelp("Wait for a debugger of Node.js on this port.", valueName: "port"))
  var inspect: Int?
  @Option(help: ArgumentHelp("Wait for a debugger of Python on this port.", valueName: "port"))
  var debugpy: Int?
  @OptionGroup var isolation: IsolationOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    let sources = [event != nil, sample != nil, replay].count { $0 }
    guard sources <= 1 else {
      throw ValidationError("--event, --sample and --replay give an event each: choose one.")
    }
    guard record.isEmpty || sample != nil else {
      throw ValidationError("--record fills a sample's records: --sample is missing.")
    }
    guard inspect == nil || debugpy == nil else {
      throw ValidationError("--inspect is for Node.js and --debugpy for Python: choose one.")
    }
    for port in [inspect, debugpy].compactMap(\.self) where !(1...65535).contains(port) {
      throw ValidationError("a port is from 1 to 65535.")
    }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let context = try await context.isolating(isolation)
      try await context.withConnection("invoke") { connection in
        try await invoke(over: connection, context)
      }
    }
  }

  func invoke(over connection: any EnvironmentConnection, _ context: CommandContext) async throws {
    let payload = try eventText(context)
    if printEvent, let payload {
      return context.terminal.line(
        JSONWriter.pretty(try JSONReader.read(Array(payload.utf8))))
    }
    let name = FunctionName(text: function)
    let call = ObservedCall(
      function: try await name.resolve(over: connection, scope: common.scope), payload: payload,
      debugger: debugger)
    if let debugger {
      context.terminal.errorLine(
        "Waiting for a debugger at 127.0.0.1:\(debugger.port)"
          + (debugger.kind == .inspect ? " (chrome://inspect, or attach an editor)." : "."))
    }
    let result: ObservedResult
    do { result = try await connection.observe(call) } catch let error as ServiceError
      where error.code == "ResourceNotFoundException" && !replay
    { throw try await name.missing(over: connection, scope: common.scope) }
    show(result, context)
    if result.functionError != nil { throw Exit.functionFailed }
  }

  private func show(_ result: ObservedResult, _ context: CommandContext) {
    let view = InvocationView(terminal: context.terminal)
    if common.json { return context.printJSON(view.tree(result)) }
    for line in view.log(result) { context.terminal.errorLine(line) }
    context.terminal.line(view.answer(result))
    context.terminal.errorLine(view.summary(result))
  }

  private var debugger: ObservedCall.Debugger? {
    if let inspect { return .init(kind: .inspect, port: inspect) }
    return debugpy.map { .init(kind: .debugpy, port: $0) }
  }

  /// nil for the event that the environment keeps.
  private func eventText(_ context: CommandContext) throws -> String? {
    if replay { return nil }
    if let sample {
      return JSONWriter.compact(sample.event(record, scope: common.scope))
    }
    guard let event else { return "{}" }
    let bytes: [UInt8]
    if event == "-" {
      bytes = standardInput()
    } else {
      do throws(FileFailure) { bytes = try context.effects.files.read(event) } catch {
        throw StackFailure(.unreadableFile, "the event `\(event)` can't be read: \(error.reason)")
      }
    }
    do throws(JSONReader.Failure) { _ = try JSONReader.read(bytes) } catch {
      throw StackFailure(
        .unreadableFile, "the event is not JSON: \(error.message) at byte \(error.offset)")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func standardInput() -> [UInt8] {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return Array(text.utf8)
  }
}

extension Exit {
  /// A function that was called, and failed.
  static let functionFailed = ExitCode(3)
}
