import AWSModel
import Diagnostics
import Effects
import GRDB
import Glibc
import ServiceKit
import Synchronization
import Testing

@Suite struct StorageFailureTests {
  static let numbers: [(Int32, DiagnosticCode?, Int)] = [
    (ENOSPC, .diskFull, 507), (EDQUOT, .diskFull, 507), (EROFS, .diskReadOnly, 507),
    (EMFILE, .tooManyOpenFiles, 503), (ENFILE, .tooManyOpenFiles, 503),
    (ENOENT, .dataDirectoryGone, 507), (ENOTDIR, .dataDirectoryGone, 507),
    (EACCES, .storageDenied, 507), (EIO, .diskBroken, 507), (EINVAL, nil, 500), (0, nil, 500),
  ]

  @Test(arguments: numbers.indices) func failuresOfFiles(_ index: Int) throws {
    let (number, code, status) = Self.numbers[index]
    let file = FileFailure(operation: "open", path: "/d/x", errno: number, reason: "words")
    #expect(StorageFailure(file)?.code == code)
    let error = ServiceError(onMachine: file)
    #expect(error.status == status && error.code == "InternalFailure")
    guard let code else { return #expect(error.message == "open /d/x: words") }
    #expect(error.message.contains(code.rawValue) && !error.message.contains("/d/x"))
    let failure = try #require(StorageFailure(error))
    #expect(failure.code == code, "found again behind AWS's words")
    #expect(StorageFailure(file)?.logLine.hasPrefix("error[\(code.rawValue)]: ") == true)
    #expect(StorageFailure(file)?.logLine.contains("open /d/x: words") == true)
  }

  static let results: [(ResultCode, DiagnosticCode?)] = [
    (.SQLITE_FULL, .diskFull), (.SQLITE_IOERR_SHMSIZE, .diskFull),
    (.SQLITE_READONLY, .diskReadOnly), (.SQLITE_READONLY_DBMOVED, .dataDirectoryGone),
    (.SQLITE_CANTOPEN, .dataDirectoryGone), (.SQLITE_IOERR_WRITE, .diskBroken),
    (.SQLITE_IOERR_ACCESS, .storageDenied), (.SQLITE_PERM, .storageDenied),
    (.SQLITE_CONSTRAINT, nil), (.SQLITE_BUSY, nil),
  ]

  @Test(arguments: results.indices) func failuresOfSQLite(_ index: Int) {
    let (result, code) = Self.results[index]
    let failure = DatabaseError(resultCode: result, message: "database or disk is full")
    #expect(StorageFailure(failure)?.code == code)
  }

  @Test func advice() {
    for fault in DiskFault.allCases {
      #expect(!fault.reason.isEmpty && !fault.advice.isEmpty)
      #expect(!fault.reason.hasSuffix(".") && !fault.advice.hasSuffix("."))
    }
  }

  @Test func theSameFaultIsToldOnceInAWhile() async {
    let clock = VirtualClock(startingAt: Timestamp(milliseconds: 0))
    let lines = Mutex<[String]>([])
    let report = StorageReport(clock: clock) { line in lines.withLock { $0.append(line) } }
    let full = StorageFailure(.full, detail: "a")
    for _ in 0..<100 { report.note(full) }
    #expect(lines.withLock { $0.count } == 1)
    report.note(StorageFailure(.readOnly, detail: "b"))
    #expect(lines.withLock { $0.count } == 2)
    await clock.advance(milliseconds: 10_000)
    report.note(StorageFailure(.readOnly, detail: "b"))
    #expect(lines.withLock { $0.count } == 3)
  }
}
