import Effects
import ServiceKit
import ServiceTesting
import Testing

@Suite struct VaultTests {
  private func vault(_ world: TestWorld) throws -> Vault {
    try world.effects.files.createDirectory(world.directory)
    return Vault(path: "\(world.directory)/secret.key", effects: world.effects)
  }

  @Test(arguments: ["", "a secret", "päßword\u{0}\n", String(repeating: "long", count: 20_000)])
  func whatIsSealedIsOpenedAgain(_ text: String) throws {
    let world = TestWorld()
    let sealed = try vault(world).seal(text, for: "a")
    #expect(Vault.isSealed(sealed))
    #expect(text.utf8.count < 8 || !sealed.contains(text))
    // Another process, with the key from the file.
    #expect(try vault(world).open(sealed, for: "a") == text)
  }

  @Test func theSameTextIsNeverSealedAlike() throws {
    let world = TestWorld()
    let vault = try vault(world)
    let sealed = try (0..<100).map { _ in try vault.seal("same", for: "a") }
    #expect(Set(sealed).count == 100)
  }

  @Test func noFileIsMadeBeforeTheFirstValue() throws {
    let world = TestWorld()
    let vault = try vault(world)
    #expect(try world.effects.files.list(world.directory).isEmpty)
    _ = try vault.seal("x", for: "a")
    #expect(try world.effects.files.list(world.directory) == ["secret.key"])
    #expect(try world.effects.files.size("\(world.directory)/secret.key") == 32)
  }

  @Test func nothingElseIsOpened() throws {
    let world = TestWorld()
    let other = TestWorld(seed: 2)
    let vault = try vault(world)
    let sealed = try vault.seal("hunter2", for: "a")
    #expect(throws: Vault.Failure.self) { try vault.open(sealed, for: "b") }
    #expect(throws: Vault.Failure.self) { try vault.open("hunter2", for: "a") }
    #expect(throws: Vault.Failure.self) { try vault.open("sealed:1:!", for: "a") }
    #expect(throws: Vault.Failure.self) { try vault.open("sealed:1:AAAA", for: "a") }
    let newer = "sealed:2:" + sealed.dropFirst(9)
    #expect(Vault.isSealed(newer), "a later form is not taken for clear text")
    let refused = #expect(throws: Vault.Failure.self) { try vault.open(newer, for: "a") }
    #expect(refused?.description.contains("form 2") == true)
    #expect(throws: Vault.Failure.self) { try self.vault(other).open(sealed, for: "a") }
    var letters = Array(sealed)
    letters[20] = letters[20] == "A" ? "B" : "A"
    #expect(throws: Vault.Failure.self) { try vault.open(String(letters), for: "a") }
    try other.effects.files.writeAtomically(
      [1, 2, 3], to: "\(other.directory)/secret.key")
    #expect(throws: Vault.Failure.self) { try self.vault(other).seal("x", for: "a") }
  }
}
