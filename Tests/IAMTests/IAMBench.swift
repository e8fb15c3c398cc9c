import AWSModel
import AWSWire
import Effects
import IAM
import PropertyTree
import ServiceKit
import Testing

/// IAM over a data directory of its own, with a virtual clock and seeded chance.
final class IAMBench: Sendable {
  static let trust = """
    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\
    {"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}
    """
  static let grant = """
    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",\
    "Resource":"arn:aws:s3:::bucket/*"}]}
    """
  static let logs = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

  let directory: String
  let service: IAMService
  private let database: ServiceDatabase

  init(directory: String? = nil, seed: UInt64 = 1) throws {
    let path = directory ?? "/tmp/leat-iam-tests-\(LiveRandomSource().uuid())"
    self.directory = path
    let effects = Effects(
      clock: VirtualClock(startingAt: Timestamp(year: 2026, month: 11, day: 21)),
      random: SeededRandomSource(seed: seed), files: LiveFileSystem(),
      processes: LiveProcessSpawner())
    try effects.files.createDirectory(path)
    database = ServiceDatabase(path: "\(path)/leat.db", isDurable: false, effects: effects)
    let environment = ServiceEnvironment(
      effects: effects, database: database, dataDirectory: path, isDurable: false,
      endpoint: { nil }, report: { _ in })
    try database.open(IAMService.formats, vault: environment.vault)
    service = IAMService(environment: environment)
  }

  /// The same data directory, opened by another process.
  func restarted() throws -> IAMBench {
    try database.close()
    return try IAMBench(directory: directory, seed: 2)
  }

  func end() throws {
    try database.close()
    try LiveFileSystem().remove(directory)
  }

  @discardableResult
  func call(_ name: String, _ input: PropertyObject, account: String = "111122223333")
    async throws -> PropertyValue
  {
    let operation = try #require(service.operations.first { $0.name == name }, "no \(name)")
    let scope = Scope(account: AccountID(account), region: Region("eu-west-1"))
    let facts = try #require(WireFacts(service: "iam", operation: name))
    let members = try facts.input(.object(input), .query)
    return try await operation.invoke(
      OperationInput(members: members), RequestContext(scope: scope, requestID: "")
    ).members
  }

  /// The error that the call must end in.
  func fault(_ name: String, _ input: PropertyObject) async throws -> ServiceError {
    do {
      let answer = try await call(name, input)
      Issue.record("\(name) answered \(JSONWriter.compact(answer))")
      return ServiceError("", "")
    } catch let error as ServiceError { return error }
  }

  @discardableResult
  func role(_ name: String, _ more: PropertyObject = [:], account: String = "111122223333")
    async throws -> PropertyValue
  {
    var input: PropertyObject = [
      "RoleName": .string(name), "AssumeRolePolicyDocument": .string(Self.trust),
    ]
    for (key, value) in more { input[key] = value }
    return try await call("CreateRole", input, account: account)["Role"] ?? .null
  }

  /// Names under a list member of every page, asking for `limit` items a time.
  func pages(
    _ operation: String, _ member: String, _ key: String?, limit: Int,
    _ more: PropertyObject = [:]
  ) async throws -> [[String]] {
    var pages: [[String]] = []
    var input = more
    input["MaxItems"] = .int(Int64(limit))
    while true {
      let answer = try await call(operation, input)
      pages.append(
        (answer[member]?.listValue ?? []).compactMap { item in
          key.map { item[$0]?.stringValue } ?? item.stringValue
        })
      guard answer["IsTruncated"] == true else {
        #expect(answer["Marker"] == nil)
        return pages
      }
      guard let marker = answer["Marker"] else {
        Issue.record("a page that says there are more, without a marker")
        return pages
      }
      input["Marker"] = marker
    }
  }
}
