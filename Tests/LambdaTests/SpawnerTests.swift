import Effects
import FoundationEssentials
import Testing

@Suite struct SpawnerTests {
  private func collect(_ process: any RunningProcess) async -> String {
    var bytes: [UInt8] = []
    for await chunk in process.output { bytes += chunk }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func shell(_ script: String, _ more: [String: String] = [:]) -> ProcessCommand {
    ProcessCommand(
      executable: "/bin/sh", arguments: ["-c", script],
      environment: ["PATH": "/usr/bin:/bin"].merging(more) { $1 }, workingDirectory: "/tmp")
  }

  @Test func aChildHasOnlyWhatItIsGiven() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(
      shell("pwd; echo $A; env | wc -l; cat; ls /proc/self/fd | wc -l; echo err >&2", ["A": "b c"]))
    // sh adds PWD and the like; nothing of ours (HOME) gets through. Descriptors: 0, 1, 2 and the
    // one that ls reads the directory with.
    let lines = await collect(process).split(separator: "\n")
    #expect(lines.first == "/tmp")
    #expect(lines.dropFirst().first == "b c")
    #expect(lines.suffix(2) == ["4", "err"])
    #expect(await process.wait() == 0)
    #expect(process.privateBytes == nil)
  }

  @Test(.timeLimit(.minutes(1))) func whatIsWrittenCountsBeforeItIsRead() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(shell("printf abcde; exec cat /dev/zero"))
    // The pipe fills up (a page is not shared by two writings), and its writer waits.
    while process.writtenCount < 50_000, !Task.isCancelled { await Task.yield() }
    var chunks = process.output.makeAsyncIterator()
    let first = try #require(await chunks.next())
    #expect(first.starts(with: "abcde".utf8))
    #expect(process.writtenCount >= 50_000)
    process.kill()
    var count = first.count
    while let chunk = await chunks.next() { count += chunk.count }
    #expect(process.writtenCount == count)
  }

  @Test(.timeLimit(.minutes(1))) func memoryIsWhatTheSystemTells() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(shell("echo; exec sleep 1000"))
    defer { process.kill() }
    var chunks = process.output.makeAsyncIterator()
    _ = await chunks.next()
    /// `RssAnon:      1024 kB`
    func told() throws -> Int64? {
      let text = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
      return text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        .flatMap { Int64($0.filter(\.isNumber)) }.map { $0 * 1024 }
    }
    // Between two equal readings the process has not changed.
    while !Task.isCancelled {
      let before = try #require(try told())
      let memory = process.privateBytes
      guard try told() == before, before > 0 else { continue }
      #expect(memory == before)
      break
    }
  }

  @Test func statusesAndSignals() async throws {
    let spawner = LiveProcessSpawner()
    #expect(await (try spawner.spawn(shell("exit 7"))).wait() == 7)
    #expect(await (try spawner.spawn(shell("kill -15 $$"))).wait() == 128 + 15)
    #expect(throws: FileFailure.self) {
      try spawner.spawn(
        ProcessCommand(
          executable: "/no/such", arguments: [], environment: [:], workingDirectory: "/"))
    }
    #expect(throws: FileFailure.self) {
      try spawner.spawn(
        ProcessCommand(
          executable: "/bin/true", arguments: [], environment: [:], workingDirectory: "/no/such"))
    }
  }

  @Test func killTakesTheWholeGroup() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(shell("sleep 1000 & echo $!; wait"))
    var chunks = process.output.makeAsyncIterator()
    let first = try #require(await chunks.next())
    #expect(Int32(String(decoding: first, as: UTF8.self).dropLast()) != process.pid)
    process.kill()
    #expect(await process.wait() == 137)
    // The output ends when the last of the group is gone.
    #expect(await chunks.next() == nil)
  }

  @Test func theEndOfTheLeaderEndsItsGroup() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(shell("sleep 1000 & exit 0"))
    // Without the end of the group the output would stay open for 1000 seconds.
    #expect(await collect(process) == "")
    #expect(await process.wait() == 0)
  }

  @Test func childrenDieWithTheirSpawner() async throws {
    var spawner: LiveProcessSpawner? = LiveProcessSpawner()
    let process = try #require(try spawner?.spawn(shell("exec sleep 1000")))
    spawner = nil
    #expect(await process.wait() == 137)
  }

  @Test func aFullPipeHoldsTheWriterUp() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(shell("head -c 3000000 /dev/zero; echo end"))
    #expect(await collect(process).utf8.count == 3_000_004)
    #expect(await process.wait() == 0)
  }

  @Test func programsAreFoundInPath() {
    let spawner = LiveProcessSpawner()
    #expect(spawner.find("sh")?.hasSuffix("/sh") == true)
    #expect(spawner.find("no-such-program") == nil)
    #expect(spawner.find("/bin/sh") == "/bin/sh")
    #expect(spawner.find("/etc/passwd") == nil)
  }

  @Test func usageCountsChildrenWhereverTheyWent() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(
      shell("sleep 1000 & setsid sleep 1000 & sleep 1000 & echo ready; wait"))
    var chunks = process.output.makeAsyncIterator()
    _ = await chunks.next()
    #expect(try #require(process.usage).tasks >= 3)
    #expect(try #require(process.usage).privateBytes > 0)
    process.kill()
    _ = await process.wait()
    #expect(process.usage == nil)
  }

  @Test func theEndOfTheLeaderEndsWhatBearsItsMark() async throws {
    let spawner = LiveProcessSpawner()
    var command = shell(
      "setsid sleep 1000 & echo $!; exit 0", ["MARK": "spawner-test-\(LiveRandomSource().uuid())"])
    command.mark = "MARK"
    let process = try spawner.spawn(command)
    // The output would stay open for as long as the child that left the group.
    let child = await collect(process)
    #expect(Int32(child.dropLast()) != nil)
    #expect(await process.wait() == 0)
  }

  @Test func terminationCanBeHandled() async throws {
    let spawner = LiveProcessSpawner()
    let process = try spawner.spawn(
      shell("trap 'echo asked; exit 5' TERM; echo ready; while :; do sleep 0.05; done"))
    var chunks = process.output.makeAsyncIterator()
    _ = await chunks.next()
    process.terminate()
    #expect(await process.wait() == 5)
  }

  @Test func boundsHoldForTheChildAndItsChildren() async throws {
    let spawner = LiveProcessSpawner()
    var command = shell(
      "ulimit -n; sh -c 'ulimit -n'; head -c 9000 /dev/zero > $OUT; echo $?; nice")
    command.environment["OUT"] = "/tmp/leat-spawner-\(LiveRandomSource().uuid())"
    command.limits.openFiles = 100
    command.limits.fileBytes = 4096
    command.limits.niceness = 3
    let process = try spawner.spawn(command)
    let lines = await collect(process).split(separator: "\n").map(String.init)
    #expect(lines.filter { $0 == "100" }.count == 2)
    #expect(lines.contains("1"), "the write beyond the bound fails: \(lines)")
    #expect(Int(lines.last ?? "").map { $0 >= 3 } == true)
    try LiveFileSystem().remove(command.environment["OUT"] ?? "")
  }
}
