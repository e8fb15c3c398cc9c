import Effects

/// The surroundings that a service is made with.
public struct ServiceEnvironment: Sendable {
  public var effects: Effects
  public var database: ServiceDatabase
  /// The data directory; each service keeps its files under `<data>/<signing name>/`.
  public var dataDirectory: String
  /// False under `--ephemeral`: no fsync.
  public var isDurable: Bool
  /// True where services hold clients to AWS's rates, by the clock.
  public var throttles = false
  /// `http://host:port` that functions reach Leat at, set when the server has bound its port.
  public var endpoint: @Sendable () -> String?
  /// A log line for the operator, on standard error; never for function output.
  public var report: @Sendable (String) -> Void
  /// Offers of the other services: asked on use, so that services can be made in any order.
  public var capabilities: @Sendable () -> Capabilities = { Capabilities() }
  /// The way in which functions run.
  public var hosting = FunctionHosting()
  /// Opens a Runtime API endpoint for each function process; nil where no functions run.
  public var functionEndpoints: (any FunctionEndpointProvider)?
  /// Tells the operator when the data directory can't be used.
  public let storage: StorageReport
  /// Encrypts what must not stand in the data directory in clear text.
  public let vault: Vault
  /// The one thread that writes and syncs every record log of this environment.
  public let recordFlusher = RecordFlusher()

  public init(
    effects: Effects, database: ServiceDatabase, dataDirectory: String, isDurable: Bool,
    endpoint: @escaping @Sendable () -> String?, report: @escaping @Sendable (String) -> Void
  ) {
    self.effects = effects
    self.database = database
    self.dataDirectory = dataDirectory
    self.isDurable = isDurable
    self.endpoint = endpoint
    self.report = report
    storage = StorageReport(clock: effects.clock, report: report)
    vault = Vault(path: "\(dataDirectory)/secret.key", effects: effects)
  }

  public func directory(_ service: String) -> String { "\(dataDirectory)/\(service)" }
}
