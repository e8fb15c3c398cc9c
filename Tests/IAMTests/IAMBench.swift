import AWSModel
import IAM
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

/// IAM by itself, asked from one account and region.
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

  private let bench: ServiceBench<IAMService>

  init(_ world: TestWorld = TestWorld(at: TestWorld.midnight)) throws {
    bench = try ServiceBench(
      world, scope: Scope(account: AccountID("111122223333"), region: Region("eu-west-1"))
    ) { IAMService(environment: $0) }
  }

  var service: IAMService { bench.service }

  /// The same data directory, opened by another process.
  func restarted() throws -> IAMBench {
    let next = bench.world.afterKill()
    try bench.database.close()
    return try IAMBench(next)
  }

  func end() throws { try bench.end() }

  /// The secret of a user's key, as other services are told it.
  func secret(_ id: String) throws -> String? {
    try bench.database.read { try service.secret(ofKey: id, $0) }
  }

  func lastUse(_ id: String) async throws -> PropertyValue {
    try await call("GetAccessKeyLastUsed", ["AccessKeyId": .string(id)])["AccessKeyLastUsed"]
      ?? .null
  }

  @discardableResult
  func call(_ name: String, _ input: PropertyObject, account: String? = nil) async throws
    -> PropertyValue
  {
    try await bench.invoke(name, .object(input), account: account).members
  }

  /// The error that the call must end in.
  func fault(_ name: String, _ input: PropertyObject) async throws -> ServiceError {
    try await bench.failure(name, .object(input))
  }

  @discardableResult
  func role(_ name: String, _ more: PropertyObject = [:], account: String? = nil)
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
