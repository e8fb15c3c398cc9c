import Foundation
import Effects
import StackContracts
import Testing

@testable import StackEngine

@Suite struct DataDirectoryTests {
  private func effects() -> Effects {
    Effects(
      clock: VirtualClock(startingAt: Timestamp(milliseconds: 0)), random: LiveRandomSource(),
      files: LiveFileSystem(), processes: LiveProcessSpawner())
  }

  @Test func oneHolderAtATime() throws {
    let path = TestEnvironment.newPath()
    let effects = effects()
    #expect(try DataDirectory.holder(of: path, effects: effects) == nil)
    var first: DataDirectory? = try DataDirectory.open(path, command: "serve", effects: effects)
    try first?.announce(endpoint: "http://127.0.0.1:4566")
    let holder = try #require(try DataDirectory.holder(of: path, effects: effects))
    #expect(holder.command == "serve")
    #expect(holder.endpoint == "http://127.0.0.1:4566")
    #expect(holder.pid == ProcessIdentity.current)
    let refused = #expect(throws: StackFailure.self) {
      _ = try DataDirectory.open(path, command: "deploy", effects: effects)
    }
    #expect(refused?.code == .dataDirectoryBusy)
    #expect(refused?.message.contains("leat serve") == true)
    first = nil
    #expect(try DataDirectory.holder(of: path, effects: effects) == nil)
    _ = try DataDirectory.open(path, command: "deploy", effects: effects)
    try effects.files.remove(path)
  }

  /// A child between fork and exec has each descriptor of its parent: here, a copy of it.
  @Test func aLockIsGoneThoughAChildStillHasItsFile() throws {
    let path = TestEnvironment.newPath()
    var lock: FileLock? = try FileLock.acquire(path)
    let copies = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
      .filter {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
      }
      .compactMap { Int32($0) }.map { dup($0) }
    #expect(copies.count == 1)
    #expect(lock != nil)
    lock = nil
    #expect(try FileLock.isHeld(path) == false)
    #expect(try FileLock.acquire(path) != nil)
    for copy in copies { close(copy) }
    unlink(path)
  }

  /// Looking for the holder keeps nobody from becoming it.
  @Test func askingForAHolderTakesNothing() throws {
    let path = TestEnvironment.newPath()
    #expect(try FileLock.isHeld(path) == false)
    let looker = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #expect(try FileLock.isHeld(path) == false)
    let lock = try FileLock.acquire(path)
    #expect(lock != nil)
    #expect(try FileLock.isHeld(path))
    withExtendedLifetime(lock) {}
    close(looker)
    unlink(path)
  }

  @Test func whatADeadHolderLeftIsTakenOver() throws {
    let path = TestEnvironment.newPath()
    let effects = effects()
    try effects.files.createDirectory(path)
    let note = "{\"pid\":1,\"startTicks\":1,\"command\":\"serve\",\"endpoint\":\"http://gone:1\"}"
    try effects.files.writeAtomically(Array(note.utf8), to: "\(path)/lock")
    #expect(try DataDirectory.holder(of: path, effects: effects) == nil)
    let taken = try DataDirectory.open(path, command: "deploy", effects: effects)
    #expect(try DataDirectory.holder(of: path, effects: effects)?.command == "deploy")
    withExtendedLifetime(taken) {}
    try effects.files.remove(path)
  }

  /// The lock is held by someone whose note is another process's: nobody is believed, but the
  /// directory stays taken.
  @Test func aForeignNoteIsNotBelieved() throws {
    let path = TestEnvironment.newPath()
    let effects = effects()
    try effects.files.createDirectory(path)
    let lock = try #require(try FileLock.acquire("\(path)/lock"))
    try lock.write(Array("{\"pid\":1,\"startTicks\":1,\"command\":\"serve\"}".utf8))
    #expect(try DataDirectory.holder(of: path, effects: effects)?.pid == 0)
    #expect(throws: StackFailure.self) {
      _ = try DataDirectory.open(path, command: "deploy", effects: effects)
    }
    withExtendedLifetime(lock) {}
    try effects.files.remove(path)
  }

  @Test func processesHaveAStart() {
    #expect((ProcessIdentity.startTicks(of: ProcessIdentity.current) ?? 0) > 0)
    #expect(ProcessIdentity.startTicks(of: Int32.max) == nil)
  }
}
