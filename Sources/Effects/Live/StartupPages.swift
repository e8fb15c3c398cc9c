import Glibc

/// Gives pages of program text that only the start needed back to the system.
///
/// The kernel maps text in blocks of 16 pages around each fault, so a process that has just started
/// counts most of a large binary as resident. The pages are clean and backed by the file: what is
/// used again comes back from the page cache with a minor fault.
public enum StartupPages {
  /// Drops the executable mappings of this program and its libraries. Does nothing where the kernel
  /// does not show them.
  public static func release() {
    // Without /proc there is nothing to give back, and nothing is lost.
    guard let maps = try? LiveFileSystem().readWhole("/proc/self/maps") else { return }
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      // Text of files, not `[vdso]`; the path is padded on its left.
      guard fields.count == 6, fields[1] == "r-xp", fields[5].contains("/") else { continue }
      let range = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard range.count == 2, let start = UnsafeMutableRawPointer(bitPattern: range[0]) else {
        continue
      }
      madvise(start, Int(range[1] - range[0]), MADV_DONTNEED)
    }
  }
}

extension LiveFileSystem {
  /// The text of a file whose size the system does not tell (`/proc`).
  fileprivate func readWhole(_ path: String) throws(FileFailure) -> String {
    let file = try open(path, .read)
    var bytes: [UInt8] = []
    while true {
      let chunk = try file.read(at: Int64(bytes.count), count: 1 << 16)
      if chunk.isEmpty { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk
    }
  }
}
