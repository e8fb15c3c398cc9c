import Effects
import ServiceKit
import Testing

@Suite struct VaultTests {
  private func vault(_ directory: String) -> Vault {
    Vault(
      path: "\(directory)/secret.key",
      effects: SecretsBench.effects(VirtualClock(startingAt: Timestamp(milliseconds: 0))))
  }

  @Test(arguments: ["", "a secret", "päßword\u{0}\n", String(repeating: "long", count: 20_000)])
  func whatIsSealedIsOpenedAgain(_ text: String) throws {
    let directory = SecretsBench.newDirectory()
    let sealed = try vault(directory).seal(text, for: "a")
    #expect(Vault.isSealed(sealed))
    #expect(text.utf8.count < 8 || !sealed.contains(text))
    // Another process, with the key from the file.
    #expect(try vault(directory).open(sealed, for: "a") == text)
    try LiveFileSystem().remove(directory)
  }

  @Test func theSameTextIsNeverSealedAlike() throws {
    let directory = SecretsBench.newDirectory()
    let vault = vault(directory)
    let sealed = try (0..<100).map { _ in try vault.seal("same", for: "a") }
    #expect(Set(sealed).count == 100)
    try LiveFileSystem().remove(directory)
  }

  @Test func noFileIsMadeBeforeTheFirstValue() throws {
    let directory = SecretsBench.newDirectory()
    let vault = vault(directory)
    #expect(try LiveFileSystem().list(directory).isEmpty)
    _ = try vault.seal("x", for: "a")
    #expect(try LiveFileSystem().list(directory) == ["secret.key"])
    #expect(try LiveFileSystem().size("\(directory)/secret.key") == 32)
    try LiveFileSystem().remove(directory)
  }

  @Test func nothingElseIsOpened() throws {
    let directory = SecretsBench.newDirectory()
    let other = SecretsBench.newDirectory()
    let vault = vault(directory)
    let sealed = try vault.seal("hunter2", for: "a")
    #expect(throws: Vault.Failure.self) { try vault.open(sealed, for: "b") }
    #expect(throws: Vault.Failure.self) { try vault.open("hunter2", for: "a") }
    #expect(throws: Vault.Failure.self) { try vault.open("sealed:1:!", for: "a") }
    #expect(throws: Vault.Failure.self) { try vault.open("sealed:1:AAAA", for: "a") }
    #expect(throws: Vault.Failure.self) { try self.vault(other).open(sealed, for: "a") }
    var letters = Array(sealed)
    letters[20] = letters[20] == "A" ? "B" : "A"
    #expect(throws: Vault.Failure.self) { try vault.open(String(letters), for: "a") }
    try LiveFileSystem().writeAtomically([1, 2, 3], to: "\(other)/secret.key")
    #expect(throws: Vault.Failure.self) { try self.vault(other).seal("x", for: "a") }
    try LiveFileSystem().remove(directory)
    try LiveFileSystem().remove(other)
  }
}
