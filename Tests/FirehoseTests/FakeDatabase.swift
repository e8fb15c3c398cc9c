import Effects
import Synchronization

/// A server with one table, whose rows count when they are committed. Lines with `bad` are refused.
final class FakeDatabase: SQLConnector, Sendable {
  struct State {
    var rows: [String] = []
    var statements: [String] = []
    var servers: [SQLServer] = []
    var failure: SQLFailure?
    /// The commit goes through, and its answer is lost.
    var losesCommit = false
    /// The commit never arrives.
    var dropsCommit = false
    /// The numbers of transactions that were committed.
    var committed: Set<String> = []
    var transactions = 0
    var columns: [[String?]] = [
      ["id", "N", nil, "f"], ["name", "S", "5", "f"], ["at", "D", nil, "f"],
    ]
  }

  let state = Mutex(State())

  var rows: [String] { state.withLock { $0.rows } }

  func connect(_ server: SQLServer) async throws(SQLFailure) -> any SQLSession {
    let failure = state.withLock { state in
      state.servers.append(server)
      return state.failure
    }
    if let failure { throw failure }
    return Session(database: self)
  }

  final class Session: SQLSession, Sendable {
    let database: FakeDatabase
    private let open = Mutex<(rows: [String], mark: Int, number: String)>(([], 0, ""))

    init(database: FakeDatabase) { self.database = database }

    func run(_ statement: String, _ values: [String?]) async throws(SQLFailure) -> [[String?]] {
      let result = database.state.withLock { state -> Result<[[String?]], SQLFailure> in
        state.statements.append(statement)
        return open.withLock { open in
          switch statement {
          case "BEGIN":
            state.transactions += 1
            open = ([], 0, String(state.transactions))
            return .success([])
          case "SELECT txid_current()": return .success([[open.number]])
          case "SELECT txid_status($1::bigint)":
            return .success([[state.committed.contains(values[0] ?? "") ? "committed" : "aborted"]])
          case "SAVEPOINT lines":
            open.mark = open.rows.count
            return .success([])
          case "ROLLBACK TO SAVEPOINT lines":
            open.rows.removeLast(open.rows.count - open.mark)
            return .success([])
          case "COMMIT":
            if state.dropsCommit {
              state.dropsCommit = false
              return .failure(SQLFailure(.unreachable, "gone"))
            }
            state.rows += open.rows
            state.committed.insert(open.number)
            if state.losesCommit {
              state.losesCommit = false
              return .failure(SQLFailure(.unreachable, "gone"))
            }
            return .success([])
          default: return .success(state.columns)
          }
        }
      }
      return try result.get()
    }

    func copy(_ statement: String, _ bytes: [UInt8]) async throws(SQLFailure) {
      database.state.withLock { $0.statements.append(statement) }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      let bad = lines.firstIndex { $0.contains("bad") }
      open.withLock { $0.rows += lines }
      if let bad {
        throw SQLFailure(.refused, state: "22P02", "invalid input", line: bad + 1)
      }
    }

    func close() async {}
  }
}
