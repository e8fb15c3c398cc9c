import Archives
import Effects
import Testing

@testable import Packaging

/// Folders on the disk, and what becomes of them.
@Suite struct PackagedCodeTests {
  private let files = LiveFileSystem()

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = "/tmp/leat-packaging-\(LiveRandomSource().uuid())"
    try files.createDirectory(folder)
    do { try body(folder) } catch {
      try files.remove(folder)
      throw error
    }
    try files.remove(folder)
  }

  private func write(_ text: String, _ path: String) throws {
    if let slash = path.lastIndex(of: "/") { try files.createDirectory(String(path[..<slash])) }
    try files.writeAtomically(Array(text.utf8), to: path)
  }

  private func reason(_ path: String) -> String? {
    do {
      _ = try PackagedCode(path, files: files)
      return nil
    } catch { return (error as? PackagingFailure)?.reason ?? "\(error)" }
  }

  @Test func theSameFilesGiveTheSameArchive() throws {
    try withFolder { folder in
      for name in ["one", "two"] {
        // Written in different orders.
        let paths = ["b.py", "a/c.py", "a.py"]
        for path in name == "one" ? paths : paths.reversed() {
          try write("print('\(path)')", "\(folder)/\(name)/\(path)")
        }
      }
      let one = try PackagedCode("\(folder)/one", files: files)
      let two = try PackagedCode("\(folder)/two", files: files)
      #expect(one == two)
      let entries = try CodeFolder("\(folder)/one", files: files, isWhole: false).entries
      #expect(entries.map(\.path) == ["a.py", "a/c.py", "b.py"])
    }
  }

  @Test func linksStayLinks() throws {
    try withFolder { folder in
      try write("#!/usr/bin/env node", "\(folder)/app/node_modules/tool/cli.js")
      try write("secret", "\(folder)/app/.git/config")
      try files.createDirectory("\(folder)/app/node_modules/.bin")
      for (path, target) in [
        ("node_modules/.bin/tool", "../tool/cli.js"), ("all", "."),
        ("absolute", "\(folder)/app/node_modules/tool"), ("way", "node_modules/../../app/all"),
        ("left", ".git/config"),
      ] { try files.createLink("\(folder)/app/\(path)", to: target) }
      let code = try PackagedCode("\(folder)/app", files: files)
      let zip = try ZipArchive(code.bytes, limits: .init(bytesMax: 1000))
      // Absolute ones and detours become the straight way; what they lead to may be left out.
      #expect(
        zip.links == [
          "node_modules/.bin/tool": "../tool/cli.js", "all": ".",
          "absolute": "node_modules/tool", "way": ".",
        ])
      #expect(zip.entries.map(\.path).contains("left"))
      try files.remove("\(folder)/app/absolute")
      try files.createLink("\(folder)/app/absolute", to: "node_modules")
      #expect(try PackagedCode("\(folder)/app", files: files).hash != code.hash)
      try files.createLink("\(folder)/app/out", to: "/etc")
      #expect(reason("\(folder)/app") == "holds `out`, a link that leaves the folder")
    }
  }

  @Test func everythingThatCountsChangesTheHash() throws {
    try withFolder { folder in
      try write("x", "\(folder)/f/index.py")
      var seen: Set<String> = [try PackagedCode("\(folder)/f", files: files).hash]
      try write("y", "\(folder)/f/index.py")
      #expect(seen.insert(try PackagedCode("\(folder)/f", files: files).hash).inserted)
      try files.makeExecutable("\(folder)/f/index.py")
      #expect(seen.insert(try PackagedCode("\(folder)/f", files: files).hash).inserted)
      try files.rename("\(folder)/f/index.py", to: "\(folder)/f/main.py")
      #expect(seen.insert(try PackagedCode("\(folder)/f", files: files).hash).inserted)
      // Caches and version control do not count, unless everything is asked for.
      try write("cache", "\(folder)/f/__pycache__/main.pyc")
      try write("ref", "\(folder)/f/.git/HEAD")
      #expect(!seen.insert(try PackagedCode("\(folder)/f", files: files).hash).inserted)
      let whole = try PackagedCode("\(folder)/f", files: files, isWhole: true)
      #expect(seen.insert(whole.hash).inserted)
    }
  }

  @Test func archivesAreTakenAsTheyAre() throws {
    try withFolder { folder in
      try write("PK anything", "\(folder)/code.zip")
      let code = try PackagedCode("\(folder)/code.zip", files: files)
      #expect(code.bytes == Array("PK anything".utf8))
      #expect(code.nameSuffix == ".zip")
      try write("print()", "\(folder)/alone.py")
      let alone = try PackagedCode("\(folder)/alone.py", files: files)
      #expect(alone.bytes.starts(with: [0x50, 0x4B, 3, 4]))
    }
  }

  @Test func whatCannotBePackagedIsSaid() throws {
    try withFolder { folder in
      #expect(reason("\(folder)/nothing") == "does not exist")
      #expect(reason(folder) == "holds no files")
      try write("x", "\(folder)/only/__pycache__/x.pyc")
      #expect(reason("\(folder)/only") == "holds no files")
    }
  }
}
