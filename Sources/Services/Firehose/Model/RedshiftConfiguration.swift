import AWSModel
import Effects
import PropertyTree

/// A cluster that loads, with COPY, the objects that the bucket gets.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_RedshiftDestinationConfiguration.html
struct RedshiftConfiguration: RemoteConfiguration {
  struct Command: Codable, Sendable, Hashable {
    var DataTableName: String?
    var DataTableColumns: String?
    var CopyOptions: String?
  }

  var RoleARN: String?
  var ClusterJDBCURL: String?
  var CopyCommand: Command?
  var Username: String?
  var Password: String?
  var RetryOptions: RetryOptions?
  var S3Configuration: PlainS3Configuration?
  var ProcessingConfiguration: ProcessingConfiguration?
  var S3BackupMode: String?
  var S3BackupConfiguration: PlainS3Configuration?
  var CloudWatchLoggingOptions: ErrorLogging?
  var SecretsManagerConfiguration: SecretReference?

  static let member = "RedshiftDestination"
  static let secret: [String]? = ["Password"]
  static let hintDefaults = Firehose.BufferingHints(SizeInMBs: 5, IntervalInSeconds: 300)
  static let backupModes = (all: "Enabled", failed: "Disabled")
  static let retrySecondsDefault = 3600
  static let buckets = [
    (update: "S3Update", member: "S3Configuration"),
    (update: "S3BackupUpdate", member: "S3BackupConfiguration"),
  ]
  private static let timeoutSeconds = 120

  /// Objects are buffered, not records.
  var BufferingHints: BufferingHints? { S3Configuration?.BufferingHints }
  var output: ErrorOutput { .copyManifests }
  var place: String { ClusterJDBCURL ?? "" }

  /// The bucket with what goes along with it.
  var objects: S3Configuration {
    var settings = (S3Configuration ?? PlainS3Configuration()).extended
    settings.S3BackupMode = S3BackupMode
    settings.S3BackupConfiguration = S3BackupConfiguration
    return settings
  }

  /// The server to connect to.
  var server: SQLServer? {
    ClusterJDBCURL.flatMap { ClusterURL($0) }.map { url in
      SQLServer(
        host: url.host, port: url.port, database: url.database, user: Username ?? "",
        password: Password ?? "", security: Self.security(url) ?? .verifyFull,
        timeoutSeconds: Self.timeoutSeconds)
    }
  }

  /// Other machines prove who they are, unless the address asks for less; nil for a word that is no
  /// mode.
  private static func security(_ url: ClusterURL) -> SQLServer.Security? {
    guard let given = url.parameters.last(where: { $0.name.lowercased() == "sslmode" }) else {
      return url.isLoopback ? .prefer : .verifyFull
    }
    return SQLServer.Security(rawValue: given.value.lowercased())
  }

  // MARK: Faults

  func ownFaults(at path: PropertyPath) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    func fault(_ member: String, _ message: String) {
      found.append(.init(path: path.appending(member), message: message))
    }
    if RoleARN == nil { fault("RoleARN", "RoleARN must be given") }
    found += urlFaults(path.appending("ClusterJDBCURL")) + commandFaults(path)
    if SecretsManagerConfiguration?.Enabled == true {
      let rival = Username != nil ? "Username" : Password != nil ? "Password" : nil
      found += SecretsManagerConfiguration?.faults(path, rival: rival) ?? []
    } else {
      if Username?.isEmpty ?? true { fault("Username", "Username must be given") }
      if Password?.isEmpty ?? true { fault("Password", "Password must be given") }
    }
    if S3BackupMode == Self.backupModes.all, S3BackupConfiguration == nil {
      fault(
        "S3BackupMode", "S3BackupConfiguration must be given when S3BackupMode is Enabled")
    }
    return found
      + (S3BackupConfiguration?.faults(at: path.appending("S3BackupConfiguration")) ?? [])
  }

  private func urlFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    guard let text = ClusterJDBCURL else {
      return [.init(path: path, message: "ClusterJDBCURL must be given")]
    }
    guard let url = ClusterURL(text) else {
      return [
        .init(
          path: path,
          message: "ClusterJDBCURL must be of the form jdbc:redshift://host:port/database, not "
            + text)
      ]
    }
    if let other = url.parameters.first(where: { $0.name.lowercased() != "sslmode" }) {
      return [
        .init(
          path: path, message: "the parameter \(other.name) in ClusterJDBCURL",
          isUnsupported: true)
      ]
    }
    if Self.security(url) == nil {
      let known = SQLServer.Security.allCases.map(\.rawValue).joined(separator: ", ")
      return [.init(path: path, message: "sslmode in ClusterJDBCURL must be one of \(known)")]
    }
    return []
  }

  private func commandFaults(_ path: PropertyPath) -> [ConfigurationFault] {
    let place = path.appending("CopyCommand")
    var found: [ConfigurationFault] = []
    if SQLName.table(CopyCommand?.DataTableName ?? "") == nil {
      found.append(
        .init(
          path: place.appending("DataTableName"),
          message: "DataTableName must be the name of a table, with or without its schema"))
    }
    if let columns = CopyCommand?.DataTableColumns, !columns.isEmpty,
      SQLName.columns(columns) == nil
    {
      found.append(
        .init(
          path: place.appending("DataTableColumns"),
          message: "DataTableColumns must be different names of columns with commas between them"))
    }
    do throws(ConfigurationFault.Reason) {
      let options = try Firehose.CopyOptions(CopyCommand?.CopyOptions ?? "")
      found += packingFaults(options, path)
    } catch {
      found.append(
        .init(
          path: place.appending("CopyOptions"), message: error.message,
          isUnsupported: error.isUnsupported))
    }
    return found
  }

  private func packingFaults(_ options: Firehose.CopyOptions, _ path: PropertyPath)
    -> [ConfigurationFault]
  {
    let format = S3Configuration?.CompressionFormat ?? Compression.none.rawValue
    let place = path.appending("S3Configuration").appending("CompressionFormat")
    guard format == Compression.none.rawValue || format == Compression.gzip.rawValue else {
      // Whatever else it is, it is either known and can't be loaded, or reported by itself.
      guard Compression(rawValue: format) != nil else { return [] }
      return [
        .init(
          path: place,
          message: "CompressionFormat must be UNCOMPRESSED or GZIP for Redshift, whose COPY reads "
            + "no \(format)")
      ]
    }
    guard options.isPacked != (format == Compression.gzip.rawValue) else { return [] }
    return [
      .init(
        path: place,
        message: options.isPacked
          ? "CopyOptions has GZIP, so CompressionFormat must be GZIP"
          : "CompressionFormat is GZIP, so CopyOptions must have GZIP")
    ]
  }

  /// Changes of a live stream that are not allowed, in order.
  func changeFaults(from old: Self) -> [ConfigurationFault] {
    guard old.keepsAll, !keepsAll else { return [] }
    return [
      .init(
        path: PropertyPath().appending("S3BackupMode"),
        message: "The backup of the source can't be disabled once it is enabled")
    ]
  }

  // MARK: Secrets

  func with(secret: PropertyValue) -> Self? {
    guard let user = secret["username"]?.stringValue, !user.isEmpty,
      let password = secret["password"]?.stringValue, !password.isEmpty
    else { return nil }
    var opened = self
    (opened.Username, opened.Password) = (user, password)
    return opened
  }

  static let secretMembers = "username and password"

  func show(in tree: inout PropertyObject) throws {
    tree["BufferingHints"] = nil
    tree["S3BackupConfiguration"] = nil
    if let backup = S3BackupConfiguration {
      tree["S3BackupDescription"] = try TreeEncoder().encode(backup.described())
    }
  }
}
