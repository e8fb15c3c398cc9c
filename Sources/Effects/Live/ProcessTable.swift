import Glibc
import Synchronization

/// The machine's processes, as `/proc` tells them.
enum ProcessTable {
  private struct Entry: Sendable {
    var pid: Int32
    var parent: Int32
    var group: Int32
    var threads: Int
  }

  private struct Snapshot: Sendable {
    var nanoseconds: Int64 = .min
    var entries: [Entry] = []
  }

  /// Shared by all who look at about the same time: a reading costs some microseconds a process.
  private static let last = Mutex(Snapshot())
  private static let freshNanoseconds: Int64 = 40_000_000

  /// The child, its group, and all their descendants; nil where the child is gone.
  static func usage(ofTreeAt root: Int32) -> ProcessUsage? {
    let entries = snapshot()
    var members = Set(entries.filter { $0.pid == root || $0.group == root }.map(\.pid))
    guard members.contains(root) else { return nil }
    // Parents may stand behind their children: again until nothing is added.
    var count = 0
    while count != members.count {
      count = members.count
      for entry in entries where members.contains(entry.parent) { members.insert(entry.pid) }
    }
    var usage = ProcessUsage(privateBytes: 0, tasks: 0)
    for entry in entries where members.contains(entry.pid) {
      usage.tasks += entry.threads
      usage.privateBytes += privateBytes(of: entry.pid) ?? 0
    }
    return usage
  }

  /// All that a process has started, and what that has, as they are now.
  static func descendants(of root: Int32) -> [Int32] {
    let entries = pids().compactMap(entry)
    var members: Set<Int32> = [root]
    var count = 0
    while count != members.count {
      count = members.count
      for entry in entries where members.contains(entry.parent) { members.insert(entry.pid) }
    }
    return members.subtracting([root]).sorted()
  }

  /// Resident memory of its own in bytes; nil where the process is gone.
  static func privateBytes(of pid: Int32) -> Int64? {
    // `3702 1563 1024 …` in pages: all there is, what is resident of it, and what of that belongs to
    // files or is shared. `status` says the rest as `RssAnon`, in forty lines more.
    guard let bytes = read("/proc/\(pid)/statm", bytesMax: 256), !bytes.isEmpty else { return nil }
    let pages = numbers(bytes[...], max: 3)
    return pages.count == 3 ? max(0, pages[1] - pages[2]) * pageBytes : nil
  }

  private static let pageBytes = Int64(sysconf(Int32(_SC_PAGESIZE)))

  /// Processes and threads of the whole machine; 0 where it does not say.
  static var taskCount: Int {
    // `0.83 1.40 1.96 1/102 1879`
    let words = small("/proc/loadavg").map { String(decoding: $0, as: UTF8.self) }?
      .split(separator: " ")
    guard let words, words.count >= 4 else { return 0 }
    return words[3].split(separator: "/").last.flatMap { Int($0) } ?? 0
  }

  /// Kills every process that was started with an entry in its environment, until there is none.
  static func killAll(withEnvironmentEntry entry: String) {
    let wanted = Array(entry.utf8) + [0]
    let own = getpid()
    // Each round takes those that the ones before had started meanwhile.
    for _ in 0..<10 {
      let found = pids().filter { pid in
        guard pid != own, let environment = whole("/proc/\(pid)/environ") else { return false }
        return contains(environment, wanted)
      }
      if found.isEmpty { return }
      for pid in found { _ = kill(pid, SIGKILL) }
    }
  }

  // MARK: Reading

  private static func snapshot() -> [Entry] {
    let now = LiveRealTimer.nanoseconds
    return last.withLock { last in
      if last.nanoseconds > .min, now - last.nanoseconds < freshNanoseconds { return last.entries }
      last = Snapshot(nanoseconds: now, entries: pids().compactMap(entry))
      return last.entries
    }
  }

  private static func pids() -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var pids: [Int32] = []
    while let found = readdir(folder) {
      let pid = withUnsafePointer(to: &found.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { Int32(String(cString: $0)) }
      }
      if let pid { pids.append(pid) }
    }
    return pids
  }

  /// `12 (a name) S 1 12 …`: state, parent and group follow the name; threads are the 20th field.
  private static func entry(_ pid: Int32) -> Entry? {
    guard let bytes = small("/proc/\(pid)/stat"),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let state = bytes.index(end, offsetBy: 2, limitedBy: bytes.count - 1).map { bytes[$0] }
    // Those that have ended and were not collected take nothing.
    let fields = numbers(bytes[(end + 1)...], max: 18)
    guard let state, state != UInt8(ascii: "Z"), fields.count == 18 else { return nil }
    return Entry(
      pid: pid, parent: Int32(truncatingIfNeeded: fields[1]),
      group: Int32(truncatingIfNeeded: fields[2]), threads: Int(fields[17]))
  }

  /// Numbers between spaces, the first `max` of them; 0 stands for what is none.
  private static func numbers(_ bytes: ArraySlice<UInt8>, max: Int) -> [Int64] {
    var found: [Int64] = []
    found.reserveCapacity(max)
    var isInside = false
    for byte in bytes {
      if byte <= UInt8(ascii: " ") {
        if found.count == max { break }
        isInside = false
        continue
      }
      if !isInside { found.append(0) }
      isInside = true
      if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        found[found.count - 1] = found[found.count - 1] &* 10 &+ Int64(byte & 15)
      }
    }
    return found
  }

  private static func contains(_ environment: [UInt8], _ entry: [UInt8]) -> Bool {
    environment.split(separator: 0).contains { $0.elementsEqual(entry.dropLast()) }
  }

  private static func small(_ path: String) -> [UInt8]? {
    let bytes = read(path, bytesMax: 8192)
    return bytes?.isEmpty == true ? nil : bytes
  }

  private static func whole(_ path: String) -> [UInt8]? { read(path, bytesMax: 256 << 10) }

  private static func read(_ path: String, bytesMax: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
      count = 0
      while count < buffer.count {
        guard let start = buffer.baseAddress else { return }
        let got = Glibc.read(descriptor, start + count, buffer.count - count)
        guard got > 0 else { return }
        count += got
      }
    }
  }
}
