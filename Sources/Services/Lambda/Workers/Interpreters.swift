import Effects
import PropertyTree
import Synchronization

/// A language's program on this machine.
struct Interpreter: Sendable, Hashable {
  var executable: String
  /// `20.20.2`
  var version: String
  /// Folders that its programs import from beside its own: Python's packages of the user.
  var packageFolders: [String]
  /// Folders that it consists of.
  var folders: [String] = []
}

/// Finds Node and Python once, by asking them: what stands in `PATH` may be a version manager's
/// script that costs more than the function.
final class Interpreters: Sendable {
  struct Missing: Error, Sendable { var reason: String }

  private let processes: any ProcessSpawner
  private let found = Mutex<[RuntimeFamily: Interpreter]>([:])

  init(processes: any ProcessSpawner) { self.processes = processes }

  func find(_ family: RuntimeFamily) async throws(Missing) -> Interpreter {
    if let known = found.withLock({ $0[family] }) { return known }
    let (program, question) =
      switch family {
      case .node:
        (
          "node",
          [
            "-p",
            """
            JSON.stringify([process.execPath, process.versions.node, [],
              [require('path').resolve(process.execPath, '../..')]])
            """,
          ]
        )
      default:
        (
          "python3",
          [
            "-c",
            """
            import json, site, sys, platform
            folders = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
            own = sorted({sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix})
            print(json.dumps([sys.executable, platform.python_version(), folders, own]))
            """,
          ]
        )
      }
    guard let path = processes.find(program) else {
      throw Missing(reason: "there is no `\(program)` in PATH")
    }
    let interpreter = try await ask(path, question)
    found.withLock { $0[family] = interpreter }
    return interpreter
  }

  /// Throws where Python has no such package.
  func require(_ package: String, of interpreter: Interpreter) async throws(Missing) {
    let folders = interpreter.packageFolders.joined(separator: ":")
    let (status, _) = try await run(
      interpreter.executable, ["-c", "import \(package)"], ["PYTHONPATH": folders])
    guard status == 0 else {
      throw Missing(
        reason: "Python \(interpreter.version) has no package `\(package)`; "
          + "`\(interpreter.executable) -m pip install \(package)` installs it")
    }
  }

  private func run(
    _ program: String, _ arguments: [String], _ more: [String: String] = [:]
  ) async throws(Missing) -> (status: Int32, output: [UInt8]) {
    var environment = more
    for name in ["PATH", "HOME", "PYENV_ROOT", "PYENV_VERSION", "NVM_DIR", "VIRTUAL_ENV"] {
      environment[name] = processes.inherited(name)
    }
    let process: any RunningProcess
    do throws(FileFailure) {
      process = try processes.spawn(
        ProcessCommand(
          executable: program, arguments: arguments, environment: environment,
          workingDirectory: "/"))
    } catch { throw Missing(reason: error.description) }
    var output: [UInt8] = []
    for await chunk in process.output where output.count < 65_536 { output += chunk }
    return (await process.wait(), output)
  }

  private func ask(_ program: String, _ question: [String]) async throws(Missing) -> Interpreter {
    let (status, answer) = try await run(program, question)
    let lines = String(decoding: answer, as: UTF8.self).split(separator: "\n")
    // A reader's failure is reported below, with what was read.
    guard status == 0, let line = lines.last,
      let list = try? JSONReader.read(String(line)).listValue,
      list.count == 4, let executable = list[0].stringValue, let version = list[1].stringValue
    else {
      throw Missing(reason: "`\(program)` answered \(lines.last ?? "nothing"), status \(status)")
    }
    return Interpreter(
      executable: executable, version: version,
      packageFolders: list[2].listValue?.compactMap(\.stringValue) ?? [],
      folders: list[3].listValue?.compactMap(\.stringValue) ?? [])
  }

  /// The folders that an isolated function must see to run on it.
  ///
  /// - Throws: where these would show the user's files too.
  func visibleFolders(of interpreter: Interpreter) throws(Missing) -> [String] {
    let home = processes.inherited("HOME") ?? "/"
    for folder in interpreter.folders where folder == "/" || "\(home)/".hasPrefix("\(folder)/") {
      throw Missing(
        reason: "`\(interpreter.executable)` lies in \(folder), which isolated functions would see "
          + "as a whole; install it in a folder of its own")
    }
    return interpreter.folders + interpreter.packageFolders
  }
}
