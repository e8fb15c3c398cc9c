import AWSModel
import Diagnostics
import Effects
import GRDB

extension StorageFailure {
  /// Finds it behind what the file system, SQLite, or a service has made of it; nil for an error that
  /// has nothing to do with storage.
  public init?(_ error: any Error) {
    if let failure = error as? StorageFailure {
      self = failure
    } else if let failure = error as? FileFailure, let fault = failure.diskFault {
      self.init(fault, detail: failure.description)
    } else if let failure = error as? DatabaseError, let fault = failure.diskFault {
      self.init(
        fault, detail: "SQLite: \(failure.message ?? "error") (\(failure.extendedResultCode))")
    } else if let failure = (error as? ServiceError)?.storageFailure {
      self = failure
    } else {
      return nil
    }
  }

  public var code: DiagnosticCode {
    switch fault {
    case .full: .diskFull
    case .readOnly: .diskReadOnly
    case .tooManyFiles: .tooManyOpenFiles
    case .missing: .dataDirectoryGone
    case .denied: .storageDenied
    case .broken: .diskBroken
    }
  }

  /// One line for the server's log.
  public var logLine: String { "error[\(code.rawValue)]: \(description); \(fault.advice)" }

  /// The error for clients. SDKs repeat 500, 502, 503 and 504, some for minutes: only what passes
  /// by itself is one of those.
  public var serviceError: ServiceError {
    var error = ServiceError.internalFailure(
      "Leat could not use its data directory: \(fault.reason) (\(code.rawValue)).")
    error.status = fault == .tooManyFiles ? 503 : 507
    error.storageFailure = self
    return error
  }
}

extension DatabaseError {
  /// https://www.sqlite.org/rescode.html
  var diskFault: DiskFault? {
    switch extendedResultCode {
    case .SQLITE_READONLY_DBMOVED, .SQLITE_IOERR_DELETE_NOENT: return .missing
    // The index of the write-ahead log could not grow: the one way that SQLite has of saying so.
    case .SQLITE_IOERR_SHMSIZE: return .full
    case .SQLITE_IOERR_ACCESS: return .denied
    default: break
    }
    switch resultCode {
    case .SQLITE_FULL: return .full
    case .SQLITE_READONLY: return .readOnly
    case .SQLITE_CANTOPEN: return .missing
    case .SQLITE_PERM, .SQLITE_AUTH: return .denied
    case .SQLITE_IOERR: return .broken
    default: return nil
    }
  }
}

extension ServiceError {
  /// AWS's error for what went wrong on this machine, whatever it was.
  ///
  /// - Parameter consequence: what could not be done, for failures that are not the storage's.
  public init(onMachine error: any Error, _ consequence: String? = nil) {
    if let failure = StorageFailure(error) {
      self = failure.serviceError
    } else if let error = error as? ServiceError {
      self = error
    } else {
      self = .internalFailure(consequence.map { "\($0): \(error)." } ?? "\(error)")
    }
  }
}
