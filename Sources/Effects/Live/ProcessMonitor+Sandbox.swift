import CSpawn
import Glibc

extension ProcessMonitor {
  /// Starts a child behind walls. It runs when the sockets of its ports are there.
  ///
  /// bubblewrap makes the walls and tells which process is behind them, then waits. This process opens
  /// the sockets in that one's network, keeps them, and lets it go on: no program inside is needed
  /// to carry bytes, and no privilege outside.
  func spawn(
    _ command: ProcessCommand, in sandbox: ProcessSandbox
  ) throws(FileFailure) -> LiveProcess {
    let information = try Pipe()
    let gate = try Pipe()
    let arguments = try argumentsFile(sandbox.arguments(for: command))
    defer { close(arguments) }
    var outer = ProcessCommand(
      executable: sandbox.program,
      arguments: ["--args", String(ProcessSandbox.Channel.arguments.rawValue), "--"]
        + [command.executable] + command.arguments,
      environment: [:], workingDirectory: "/")
    outer.limits = command.limits
    let process = try spawn(outer, kept: [information.writing, gate.reading, arguments])
    information.closeWriting()
    guard let inner = Self.child(in: information.read(until: UInt8(ascii: "}"))) else {
      return process
    }
    process.isBehind(inner)
    var listeners: [Int32] = []
    for port in sandbox.ports {
      let listener = leat_listen_in("/proc/\(inner)/ns/net", port)
      guard listener >= 0 else {
        for listener in listeners { close(listener) }
        process.kill()
        throw FileFailure(
          operation: "listen in a sandbox", path: "port \(port)", errno: -listener,
          reason: String(cString: strerror(-listener)))
      }
      listeners.append(listener)
    }
    process.listens(on: listeners)
    gate.open()
    return process
  }

  /// The number of the process that bubblewrap tells: `{ "child-pid": 1234, … }`.
  private static func child(in information: [UInt8]) -> Int32? {
    let text = String(decoding: information, as: UTF8.self)
    guard let name = text.firstRange(of: "\"child-pid\":") else { return nil }
    return Int32(text[name.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
  }

  /// A file in memory with the arguments, each ended by a zero.
  private func argumentsFile(_ arguments: [String]) throws(FileFailure) -> Int32 {
    let descriptor = leat_memory_file("arguments")
    guard descriptor >= 0 else { throw .last("memfd_create", "") }
    let bytes = arguments.reduce(into: [UInt8]()) { $0 += Array($1.utf8) + [0] }
    guard write(descriptor, bytes, bytes.count) == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0
    else {
      let failure = FileFailure.last("write", "the arguments of a sandbox")
      close(descriptor)
      throw failure
    }
    return descriptor
  }
}

/// A pipe of which a child has one end.
private final class Pipe {
  private(set) var reading: Int32
  private(set) var writing: Int32

  init() throws(FileFailure) {
    var ends: [Int32] = [-1, -1]
    guard leat_pipe(&ends) == 0 else { throw .last("pipe", "") }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    closeWriting()
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// All that comes until a byte, that one too, or until the last writer has closed it.
  func read(until last: UInt8) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(reading, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return all }
      all += buffer[..<count]
      if all.contains(last) { return all }
    }
  }

  /// Lets go on whoever waits for something to read.
  func open() {
    var byte: UInt8 = 1
    // A reader that has ended does not wait.
    _ = write(writing, &byte, 1)
  }
}
