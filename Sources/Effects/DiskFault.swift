import Glibc

/// The reason why the machine's storage refused, in the few kinds that a person can act on.
public enum DiskFault: String, Sendable, Hashable, CaseIterable {
  /// No space, no inodes, or a quota is used up.
  case full
  case readOnly
  /// This process, or the machine, has as many files open as it may.
  case tooManyFiles
  /// A folder that was there has been moved or removed.
  case missing
  case denied
  /// The device itself reports an error.
  case broken

  /// nil for an error number that says something else.
  public init?(errno number: Int32) {
    switch number {
    case ENOSPC, EDQUOT, EFBIG: self = .full
    case EROFS: self = .readOnly
    case EMFILE, ENFILE: self = .tooManyFiles
    case ENOENT, ENOTDIR, ESTALE: self = .missing
    case EACCES, EPERM: self = .denied
    case EIO, ENXIO, ENODEV: self = .broken
    default: return nil
    }
  }

  /// The fault as a clause: `the disk is full`.
  public var reason: String {
    switch self {
    case .full: "the disk is full"
    case .readOnly: "the disk can't be written to"
    case .tooManyFiles: "too many files are open"
    case .missing: "a folder of the data directory is gone"
    case .denied: "access is denied"
    case .broken: "the disk reports an error"
    }
  }

  /// Advice to whoever runs Leat.
  public var advice: String {
    switch self {
    case .full:
      "free some space (`df -h` and `df -i` show it) or move the data directory with --data; "
        + "what was acknowledged is kept, and the next write goes through when there is room"
    case .readOnly: "mount the disk for writing, or choose another folder with --data"
    case .tooManyFiles: "raise the limit before starting: `ulimit -n 65536`"
    case .missing: "put the data directory back or start again; it must stay while leat runs"
    case .denied: "give the user who runs leat the right to read and write there"
    case .broken: "look at `dmesg`, and copy the data directory to another disk"
    }
  }
}

extension FileFailure {
  /// nil also for a program that can't be started, which is its user's matter.
  public var diskFault: DiskFault? { operation == "spawn" ? nil : DiskFault(errno: errno) }
}

/// A failure of this machine's storage, whoever met it first.
public struct StorageFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public var fault: DiskFault
  /// The call that failed, in the words of the system: for the log, not for clients.
  public var detail: String

  public init(_ fault: DiskFault, detail: String) {
    self.fault = fault
    self.detail = detail
  }

  public var description: String { "\(fault.reason) (\(detail))" }
}
