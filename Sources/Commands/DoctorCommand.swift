import ArgumentParser
import Effects
import PropertyTree
import QueryEngine
import StackContracts
import StackEngine

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what this machine has for Leat: runtimes, libraries, the data directory, ports.",
    discussion: """
      Exits with 1 when something is missing that stacks usually need.

      --install makes a Python environment with the query engine (PyArrow), which converts records \
      to Parquet and ORC, below ~/.local/share/leat.
      """)

  @Flag(help: "Install the query engine into an environment of Leat's own, then look.")
  var install = false

  @OptionGroup var common: CommonOptions

  struct Finding {
    var subject: String
    var isGood: Bool
    var text: String
    /// False for what only some stacks need.
    var isNeeded: Bool
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      if install { try await EngineInstallation(context).run() }
      var findings: [Finding] = []
      findings.append(await program("node", ["--version"], "Node.js functions", context))
      findings.append(await program("python3", ["--version"], "Python functions", context))
      findings.append(
        await program(
          "python3", ["-c", "import boto3; print('boto3 ' + boto3.__version__)"],
          "boto3 inside Python functions", context, isNeeded: false))
      findings.append(
        await program("aws", ["--version"], "the aws command line", context, isNeeded: false))
      findings.append(await queryEngine(context))
      findings.append(await isolation(context))
      findings.append(dataDirectory(context))
      findings.append(await port(4566))
      show(findings, context)
      if findings.contains(where: { !$0.isGood && $0.isNeeded }) { throw Exit.failure }
    }
  }

  private func program(
    _ name: String, _ arguments: [String], _ purpose: String, _ context: CommandContext,
    isNeeded: Bool = true
  ) async -> Finding {
    guard let path = context.effects.processes.find(name) else {
      return Finding(
        subject: purpose, isGood: false, text: "no `\(name)` in PATH", isNeeded: isNeeded)
    }
    let command = ProcessCommand(
      executable: path, arguments: arguments,
      environment: [
        "PATH": environmentValue("PATH") ?? "/usr/bin:/bin",
        "HOME": environmentValue("HOME") ?? "/",
      ], workingDirectory: "/")
    do {
      let process = try context.effects.processes.spawn(command)
      var output: [UInt8] = []
      for await chunk in process.output { output += chunk }
      let status = await process.wait()
      let line =
        String(decoding: output, as: UTF8.self)
        .split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
      return Finding(
        subject: purpose, isGood: status == 0, text: "\(path): \(line)", isNeeded: isNeeded)
    } catch {
      return Finding(subject: purpose, isGood: false, text: error.description, isNeeded: isNeeded)
    }
  }

  private func queryEngine(_ context: CommandContext) async -> Finding {
    let purpose = "the query engine for Parquet and ORC"
    guard let location = EngineLocation.find(context.effects) else {
      return Finding(
        subject: purpose, isGood: false, text: "no Python: \(EngineLocation.advice)",
        isNeeded: false)
    }
    var finding = await program(
      location.executable, ["-c", "import pyarrow; print('PyArrow ' + pyarrow.__version__)"],
      purpose, context, isNeeded: false)
    if !finding.isGood { finding.text += "; \(EngineLocation.advice)" }
    return finding
  }

  private func isolation(_ context: CommandContext) async -> Finding {
    let purpose = "isolated functions (--isolate)"
    do throws(StackFailure) {
      let path = try await Isolation(effects: context.effects).program()
      return await program(path, ["--version"], purpose, context, isNeeded: false)
    } catch {
      let text = [error.message, error.hint].compactMap(\.self).joined(separator: "; ")
      return Finding(subject: purpose, isGood: false, text: text, isNeeded: false)
    }
  }

  private func dataDirectory(_ context: CommandContext) -> Finding {
    let path = common.dataDirectory
    do {
      guard let holder = try DataDirectory.holder(of: path, effects: context.effects) else {
        return Finding(
          subject: "data directory", isGood: true, text: "\(path): free", isNeeded: true)
      }
      let place = holder.endpoint.map { ", serving at \($0)" } ?? ""
      return Finding(
        subject: "data directory", isGood: true,
        text: "\(path): held by process \(holder.pid) (leat \(holder.command))\(place)",
        isNeeded: true)
    } catch {
      return Finding(
        subject: "data directory", isGood: false, text: "\(path): \(error)", isNeeded: true)
    }
  }

  private func port(_ number: Int) async -> Finding {
    do {
      let http = try await HTTPClientConnection.connect(to: "http://127.0.0.1:\(number)")
      let answer = try await http.request("GET", "/_leat/health")
      _ = try await answer.collect()
      await http.close()
      return Finding(
        subject: "port \(number)", isGood: answer.status == 200,
        text: answer.status == 200
          ? "a Leat server answers" : "taken by another program; use serve --port",
        isNeeded: false)
    } catch {
      return Finding(subject: "port \(number)", isGood: true, text: "free", isNeeded: false)
    }
  }

  private func show(_ findings: [Finding], _ context: CommandContext) {
    if common.json {
      return context.printJSON(
        .list(
          findings.map {
            [
              "subject": .string($0.subject), "ok": .bool($0.isGood), "text": .string($0.text),
              "needed": .bool($0.isNeeded),
            ]
          }))
    }
    for finding in findings {
      let mark =
        finding.isGood
        ? context.terminal.styled("ok", .green)
        : context.terminal.styled(
          finding.isNeeded ? "MISSING" : "absent", finding.isNeeded ? .red : .yellow)
      context.terminal.line("\(mark)  \(finding.subject): \(finding.text)")
    }
  }
}
