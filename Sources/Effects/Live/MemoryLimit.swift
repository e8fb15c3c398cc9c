import Glibc

/// The limits that whoever started this process has set to its memory (`ulimit -d`, `ulimit -v`).
public enum MemoryLimit {
  /// The memory that a command needs to start its threads, in bytes. With less they can't be made,
  /// and the process would wait for them for ever.
  public static let least: UInt64 = 192 << 20

  /// The lower of the two limits, in bytes; nil where there is none.
  public static var bytes: UInt64? {
    let limits = [RLIMIT_DATA, RLIMIT_AS].compactMap { resource -> UInt64? in
      var limit = rlimit()
      let isKnown = getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
      // No limit is the largest number, which Swift does not import.
      return isKnown && limit.rlim_cur != .max ? UInt64(limit.rlim_cur) : nil
    }
    return limits.min()
  }
}
