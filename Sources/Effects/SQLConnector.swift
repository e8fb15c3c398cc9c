/// Reaches databases that are not Leat's: destinations of deliveries.
public protocol SQLConnector: Sendable {
  /// A session of its own, to be closed by whoever opened it.
  func connect(_ server: SQLServer) async throws(SQLFailure) -> any SQLSession
}

/// A connection with one user's rights. Its calls follow one another.
public protocol SQLSession: Sendable {
  /// Runs one statement.
  ///
  /// - Parameter values: for `$1`, `$2`, …, as text; nil is NULL.
  /// - Returns: the rows, as text.
  func run(_ statement: String, _ values: [String?]) async throws(SQLFailure) -> [[String?]]
  /// Runs a `COPY … FROM STDIN` with these bytes.
  func copy(_ statement: String, _ bytes: [UInt8]) async throws(SQLFailure)
  /// Ends the connection: what was not committed is undone.
  func close() async
}

/// A database and the way to it.
public struct SQLServer: Sendable, Hashable {
  /// The encryption of a connection, and the proof that the server gives of itself.
  public enum Security: String, Sendable, Hashable, CaseIterable {
    case disable
    /// Encrypted where the server can.
    case prefer
    case require
    case verifyAuthority = "verify-ca"
    case verifyFull = "verify-full"
  }

  public var host: String
  public var port: Int
  public var database: String
  public var user: String
  public var password: String
  public var security: Security
  /// For the connection, and for each statement.
  public var timeoutSeconds: Int

  public init(
    host: String, port: Int, database: String, user: String, password: String, security: Security,
    timeoutSeconds: Int
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.security = security
    self.timeoutSeconds = timeoutSeconds
  }
}

/// The reason why a statement has not been run.
public struct SQLFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// No connection, or one that broke: whether the last statement counts is not known.
    case unreachable
    /// The server says no.
    case refused
    /// This machine can't speak to databases.
    case noClient
  }

  public var kind: Kind
  /// Five characters, or empty: https://www.postgresql.org/docs/current/errcodes-appendix.html
  public var state: String
  public var description: String
  /// The line of a COPY's data at which it failed, counted from 1.
  public var line: Int?

  public init(_ kind: Kind, state: String = "", _ description: String, line: Int? = nil) {
    (self.kind, self.state, self.description, self.line) = (kind, state, description, line)
  }
}

/// A connector that reaches nobody: for tests, and for runs that must stay on this machine.
public struct NoDatabases: SQLConnector {
  public init() {}
  public func connect(_ server: SQLServer) async throws(SQLFailure) -> any SQLSession {
    throw SQLFailure(.unreachable, "there is no network here")
  }
}
