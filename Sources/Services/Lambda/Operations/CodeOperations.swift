import AWSModel
import PropertyTree
import ServiceKit

private struct CodeRequest: Decodable, Sendable {
  var functionName: String
  var zipFile: String?
  var bucket: String?
  var key: String?
  var version: String?
  var publish: Bool?
  var dryRun: Bool?
  var revisionID: String?
  var architectures: [String]?

  enum CodingKeys: String, CodingKey {
    case functionName = "FunctionName"
    case zipFile = "ZipFile"
    case bucket = "S3Bucket"
    case key = "S3Key"
    case version = "S3ObjectVersion"
    case publish = "Publish"
    case dryRun = "DryRun"
    case revisionID = "RevisionId"
    case architectures = "Architectures"
  }
}

private struct ArchiveRequest: Decodable, Sendable {
  var functionName: String
  var account: String
  var region: String
  var sha256: String

  enum CodingKeys: String, CodingKey {
    case functionName = "FunctionName"
    case account, region, sha256
  }
}

extension LambdaService {
  var codeOperations: [Operation] {
    [
      .typed("UpdateFunctionCode", updateCode),
      // Leat's own: what GetFunction's Code.Location points at, where AWS has a signed URL.
      Operation(
        name: "DownloadFunctionCode",
        http: HTTPTrait(
          "GET", "/2015-03-31/functions/{FunctionName}/code-archive",
          input: [
            "account": .query("account"), "region": .query("region"), "sha256": .query("sha256"),
          ])
      ) { [self] input, _ in
        let request = try input.decode(ArchiveRequest.self, operation: "DownloadFunctionCode")
        return try download(request)
      },
    ]
  }

  private func updateCode(_ request: CodeRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(request.functionName, scope: context.scope)
    if request.publish == true { throw ServiceError.unsupported("published versions (Publish)") }
    let source = FunctionRequest.Code(
      zipFile: request.zipFile, bucket: request.bucket, key: request.key, version: request.version)
    let scope = reference.key.scope
    let code = try loader.code(source, scope: scope)
    if request.dryRun == true {
      var model = try require(reference)
      model.codeHash = code.hash
      model.codeSize = code.archive.count
      return .object(model.configuration(in: scope))
    }
    let model = try await change(reference, revisionID: request.revisionID, code: code) { model in
      if let architectures = request.architectures { model.settings.architectures = architectures }
      try model.settings.validate()
    }
    return .object(model.configuration(in: scope))
  }

  private func download(_ request: ArchiveRequest) throws -> OperationOutput {
    let scope = Scope(account: AccountID(request.account), region: Region(request.region))
    let reference = try FunctionReference(request.functionName, scope: scope)
    let model = try require(reference)
    let archive = try environment.database.read { try CodeStore().archive(model.codeHash, $0) }
    guard model.codeHash == request.sha256, let archive else { throw reference.notFound }
    return OperationOutput(body: .bytes(archive), headers: [("Content-Type", "application/zip")])
  }
}
