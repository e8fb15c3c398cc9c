import Effects
import StackEngine
import Testing

@Suite struct ScratchFolderTests {
  private let files = LiveFileSystem()
  private let parent = "/tmp/leat-scratch-tests-\(LiveRandomSource().uuid())"

  /// A number that no process has now.
  private func deadProcess() throws -> Int32 {
    try #require((40_000...4_000_000).first { ProcessIdentity.startTicks(of: $0) == nil })
  }

  @Test func whatAKilledProcessLeftIsSweptByTheNext() throws {
    defer { #expect(throws: Never.self) { try files.remove(parent) } }
    let dead = try deadProcess()
    let left = "leat-scratch-\(dead)-77-a"
    let locked = "leat-scratch-\(dead)-77-b"
    let others = ["leat-scratch-odd", "leat-scratch-1-2", "letters", "leat-validate-x"]
    for name in [left, locked] + others {
      try files.createDirectory("\(parent)/\(name)/s3/staging")
      try files.writeAtomically([1], to: "\(parent)/\(name)/leat.db")
    }
    // As one in another container has it, whose process can't be seen from here.
    let lock = try FileLock.acquire("\(parent)/\(locked)/in-use")
    #expect(lock != nil)
    let mine = try ScratchFolder.make(in: parent, effects: .live())
    let names = try files.list(parent)
    #expect(!names.contains(left))
    #expect(Set(names).isSuperset(of: others + [locked]))
    #expect(files.isDirectory(mine.path))
    // This process lives: the next run leaves its folder alone.
    let second = try ScratchFolder.make(in: parent, effects: .live())
    #expect(files.isDirectory(mine.path))
    try mine.remove()
    try second.remove()
    #expect(!files.exists(mine.path) && !files.exists(second.path))
    withExtendedLifetime(lock) {}
  }
}
