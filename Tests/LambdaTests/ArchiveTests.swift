import AWSModel
import Effects
import PropertyTree
import Testing

@testable import Lambda

/// What strangers put into ZIP archives.
@Suite struct ArchiveTests {
  /// A stored entry whose name and attributes are free to be anything.
  private func archive(
    _ name: String, _ contents: String = "x", mode: UInt32 = 0o100644,
    patch: (inout [UInt8]) -> Void = { _ in }
  ) -> [UInt8] {
    var bytes = ZipWriter.archive(name, Array(contents.utf8))
    let directory = bytes.count - 22 - 46 - name.utf8.count
    let attributes = mode << 16
    for index in 0..<4 {
      bytes[directory + 38 + index] = UInt8(truncatingIfNeeded: attributes >> UInt32(8 * index))
    }
    patch(&bytes)
    return bytes
  }

  private func reason(_ bytes: [UInt8]) -> String? {
    do throws(ZipArchive.Failure) {
      let zip = try ZipArchive(bytes)
      for entry in zip.entries { _ = try zip.contents(entry) }
      return nil
    } catch { return error.reason }
  }

  @Test func whatIsWrittenIsRead() throws {
    let bytes = archive("dir/index.js", "exports")
    let zip = try ZipArchive(bytes)
    #expect(zip.entries.map(\.path) == ["dir/index.js"])
    #expect(try zip.contents(zip.entries[0]) == Array("exports".utf8))
    #expect(archive("dir/index.js", "exports") == bytes)
  }

  @Test(arguments: ["/etc/x", "../x", "a/../../x", "a\u{0}b", ".."])
  func namesThatLeaveTheFolderAreRefused(_ name: String) {
    #expect(reason(archive(name))?.hasSuffix("leaves the archive") == true)
  }

  @Test func linksAndDamageAreRefused() {
    #expect(reason(archive("l", "/etc", mode: 0o120777)) == "`l` is a symbolic link")
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

  @Test func base64() {
    for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
      #expect(Base64.decode(Base64.encode(Array(text.utf8))) == Array(text.utf8))
    }
    #expect(Base64.encode(Array("fooba".utf8)) == "Zm9vYmE=")
    #expect(Base64.decode("Zm9vYmE") == nil)
    #expect(Base64.decode("Zm9v!mE=") == nil)
  }
}
