import ArgumentParser
import Effects
import Glibc
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine

/// The walls that a command's functions run behind.
struct IsolationOptions: ParsableArguments {
  @Flag(
    help: """
      Run functions behind walls (bubblewrap): they read no files but their own and this machine's \
      programs, write in /tmp alone, and reach nothing but Leat.
      """)
  var isolate = false
}

/// The program that puts walls around functions, on this machine.
struct Isolation: Sendable {
  let effects: Effects

  /// The program's path.
  ///
  /// - Throws: `StackFailure` where there is no such program, or where it may not do its work.
  func program() async throws(StackFailure) -> String {
    guard let path = effects.processes.find("bwrap") else {
      throw StackFailure(
        .isolationUnavailable, "functions can't be isolated: there is no `bwrap` in PATH",
        hint: "install the package `bubblewrap`, or leave --isolate out")
    }
    if let reason = await refusal(of: path) {
      throw StackFailure(
        .isolationUnavailable, "functions can't be isolated: \(reason)",
        hint: "bubblewrap needs user namespaces: in a container, start that with "
          + "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`; on the machine, "
          + "allow them (`sysctl user.max_user_namespaces`, "
          + "`sysctl kernel.apparmor_restrict_unprivileged_userns`); or leave --isolate out")
    }
    return path
  }

  /// The reason why no program runs behind walls here; nil where one did.
  private func refusal(of program: String) async -> String? {
    var command = ProcessCommand(
      executable: "/bin/sh", arguments: ["-c", "exit 0"], environment: [:], workingDirectory: "/")
    command.sandbox = ProcessSandbox(program: program, ports: [9001])
    do {
      let process = try effects.processes.spawn(command)
      for listener in process.listeners { close(listener) }
      var output: [UInt8] = []
      for await chunk in process.output where output.count < 65_536 { output += chunk }
      let status = await process.wait()
      if status == 0, !process.listeners.isEmpty { return nil }
      let line = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).last
      return line.map(String.init) ?? "bwrap ended with \(status)"
    } catch { return error.description }
  }
}

extension CommandContext {
  /// This command's surroundings with its functions behind walls, where it asks for that.
  func isolating(_ options: IsolationOptions) async throws -> CommandContext {
    guard options.isolate else { return self }
    var context = self
    context.hosting.isolator = try await Isolation(effects: effects).program()
    return context
  }

  /// Throws where functions would run in a server that puts no walls around them.
  func checkIsolation(of connection: any EnvironmentConnection) async throws {
    guard hosting.isolator != nil else { return }
    let health = try await connection.control("GET", ControlPath.health, .null)
    guard health["isolatesFunctions"]?.booleanValue == true else {
      throw StackFailure(
        .invalidArgument, "a server that does not isolate functions holds this data directory",
        hint: "start it with `leat serve --isolate`, or leave --isolate out here")
    }
  }
}
