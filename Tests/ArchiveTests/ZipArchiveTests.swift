import Testing

@testable import Archives

/// ZIP archives as strangers make them.
@Suite struct ZipArchiveTests {
  /// A stored entry whose name and attributes are free to be anything.
  private func archive(
    _ name: String, _ contents: String = "x", mode: UInt32 = 0o100644,
    patch: (inout [UInt8]) -> Void = { _ in }
  ) -> [UInt8] {
    var zip = ZipWriter()
    zip.add(name, Array(contents.utf8), packs: false)
    var bytes = zip.finished()
    let directory = bytes.count - 22 - 46 - name.utf8.count
    let attributes = mode << 16
    for index in 0..<4 {
      bytes[directory + 38 + index] = UInt8(truncatingIfNeeded: attributes >> UInt32(8 * index))
    }
    patch(&bytes)
    return bytes
  }

  private func reason(
    _ bytes: [UInt8], _ limits: ZipArchive.Limits = .init(bytesMax: 262_144_000)
  ) -> String? {
    do throws(ZipArchive.Failure) {
      let zip = try ZipArchive(bytes, limits: limits)
      for entry in zip.entries { _ = try zip.contents(entry) }
      return nil
    } catch { return error.reason }
  }

  @Test func whatIsWrittenIsRead() throws {
    let bytes = archive("dir/index.js", "exports")
    let zip = try ZipArchive(bytes, limits: .init(bytesMax: 100))
    #expect(zip.entries.map(\.path) == ["dir/index.js"])
    #expect(try zip.contents(zip.entries[0]) == Array("exports".utf8))
    #expect(archive("dir/index.js", "exports") == bytes)
  }

  @Test(arguments: ["/etc/x", "../x", "a/../../x", "a\u{0}b", ".."])
  func namesThatLeaveTheFolderAreRefused(_ name: String) {
    #expect(reason(archive(name))?.hasSuffix("leaves the archive") == true)
  }

  private func linked(_ links: [(String, String)], files: [String] = ["d/e/f"]) -> [UInt8] {
    var zip = ZipWriter()
    for (path, target) in links { zip.addLink(path, to: target) }
    for path in files { zip.add(path, [1]) }
    return zip.finished()
  }

  @Test func linksThatStayInsideAreRead() throws {
    let links = [
      ("node_modules/.bin/tool", "../tool/cli.js"), ("all", "."), ("d/up", ".."),
      ("chain", "d/up/chained"), ("chained", "d/e/f"), ("dangling", "nowhere/at/all"),
    ]
    let zip = try ZipArchive(linked(links), limits: .init(bytesMax: 1000))
    #expect(zip.links == Dictionary(uniqueKeysWithValues: links))
    #expect(zip.entries.filter(\.isLink).count == links.count)
    #expect(zip.entries.last.map { zip.links[$0.path] } == .some(nil))
  }

  @Test(arguments: [
    ([("l", "/etc")], "`l` is a link to `/etc`, which leaves the archive"),
    ([("l", "..")], "`l` is a link to `..`, which leaves the archive"),
    ([("d/l", "../../x")], "`d/l` is a link to `../../x`, which leaves the archive"),
    ([("l", "")], "`l` is a link to ``, which leaves the archive"),
    ([("l", "d/../..")], "`l` is a link to `d/../..`, which leaves the archive"),
    // By its text it stays inside; a system that follows `d/up` first is outside.
    (
      [("d/up", ".."), ("l", "d/up/../x")],
      "`l` is a link to `d/up/../x`, which leaves the archive"
    ),
    ([("l", "l")], "`l` is a link that leads to itself"),
    ([("a", "b"), ("b", "a")], "`a` is a link that leads to itself"),
    ([("d", "e")], "`d` is both a file and a folder"),
    ([("d/e", ".")], "`d/e` is both a file and a folder"),
  ])
  func linksThatLeaveAreRefused(_ links: [(String, String)], _ words: String) {
    #expect(reason(linked(links)) == words)
  }

  @Test func linksOfSeveralArchivesAreHeldTogether() {
    func reason(_ targets: [String: String], _ paths: [String]) -> String? {
      do throws(ZipArchive.Failure) {
        try ArchiveLinks(targets).check(paths)
        return nil
      } catch { return error.reason }
    }
    #expect(reason(["a/b": "../s"], ["a/b", "s/x"]) == nil)
    #expect(reason(["a/b": "../s"], ["a/b", "a/b/l"]) == "`a/b/l` lies behind the link `a/b`")
    #expect(
      reason(["a/b": "../c", "c": "d/.."], ["a/b", "c"]) == nil)
    #expect(
      reason(["a/b/l": "../..", "x": "a/b/l/.."], ["a/b/l", "x"])
        == "`x` is a link to `a/b/l/..`, which leaves the archive")
  }

  @Test func damageIsRefused() {
    #expect(reason([]) == "it is not a ZIP archive")
    #expect(
      reason(Array("PK but not really a zip archive at all".utf8)) == "it is not a ZIP archive")
    #expect(reason(archive("a") { $0[31] ^= 1 }) == "`a` is damaged")
    // Every single byte wrong, every length cut: an error or the same contents, never a crash.
    let sound = archive("a/b", "contents")
    for index in sound.indices {
      var bytes = sound
      bytes[index] ^= 0xFF
      _ = reason(bytes)
      #expect(reason(Array(sound[..<index])) != nil)
    }
  }

  @Test func announcedSizesAreBounded() {
    // An entry that says it is 300 MB.
    let big = archive("a") { bytes in
      let directory = bytes.count - 22 - 46 - 1
      bytes[directory + 24 + 3] = 0x12
    }
    #expect(reason(big)?.hasPrefix("its contents are larger") == true)
    // Deflated bytes that give more or less than announced.
    let deflated: ArraySlice<UInt8> = [0x4B, 0x4C, 0x04, 0x00]
    #expect(Inflate.raw(deflated, count: 2) == Array("aa".utf8))
    #expect(Inflate.raw(deflated, count: 1) == nil)
    #expect(Inflate.raw(deflated, count: 3) == nil)
  }

  /// Two entries of one name, a file that is also a folder, more entries or bytes than allowed.
  @Test func doubledNamesAndLimits() {
    func zip(_ names: String..., bytes: Int = 1) -> [UInt8] {
      var zip = ZipWriter()
      for name in names { zip.add(name, [UInt8](repeating: 7, count: bytes)) }
      return zip.finished()
    }
    let limits = ZipArchive.Limits(bytesMax: 1000, entriesMax: 3)
    #expect(reason(zip("a", "b", "c"), limits) == nil)
    #expect(reason(zip("a", "b", "a"), limits) == "it has two entries named `a`")
    #expect(reason(zip("a", "./a"), limits) == "it has two entries named `a`")
    #expect(reason(zip("a", "a/b"), limits) == "`a` is both a file and a folder")
    #expect(reason(zip("a/b/c", "a/b"), limits) == "`a/b` is both a file and a folder")
    #expect(reason(zip("a", "b", "c", "d"), limits) == "it has more than 3 entries")
    #expect(reason(zip("a", "b", bytes: 500), limits) == nil)
    // A few bytes on disk, and a thousand times as many unpacked.
    let bomb = zip("a", "b", bytes: 501)
    #expect(bomb.count < 300)
    #expect(reason(bomb, limits) == "its contents are larger than 1000 bytes")
  }

  /// An entry that gives more than it announces: no more memory is used than was announced.
  @Test func anEntryThatUnpacksToMoreThanItSaysIsDamaged() {
    var zip = ZipWriter()
    zip.add("a", [UInt8](repeating: 7, count: 100_000))
    var bytes = zip.finished()
    let directory = bytes.count - 22 - 46 - 1
    for index in 0..<4 { bytes[directory + 24 + index] = index == 0 ? 10 : 0 }
    #expect(reason(bytes) == "`a` is damaged")
  }
}
