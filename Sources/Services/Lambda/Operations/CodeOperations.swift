import AWSModel
import PropertyTree
import ServiceKit

private struct CodeRequest: Decodable, Sendable {
  var FunctionName: String
  var ZipFile: String?
  var S3Bucket: String?
  var S3Key: String?
  var S3ObjectVersion: String?
  var Publish: Bool?
  var DryRun: Bool?
  var RevisionId: String?
  var Architectures: [String]?
}

private struct ArchiveRequest: Decodable, Sendable {
  var FunctionName: String
  var account: String
  var region: String
  var sha256: String
}

/// UpdateFunctionCode, and the download that GetFunction's answer points to.
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
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
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    if request.Publish == true { throw ServiceError.unsupported("published versions (Publish)") }
    let source = FunctionRequest.Source(
      ZipFile: request.ZipFile, S3Bucket: request.S3Bucket, S3Key: request.S3Key,
      S3ObjectVersion: request.S3ObjectVersion)
    let scope = reference.key.scope
    let code = try loader.code(source, scope: scope)
    if request.DryRun == true {
      var model = try require(reference)
      model.codeHash = code.hash
      model.codeSize = code.archive.count
      return .object(model.configuration(in: scope))
    }
    let model = try await change(reference, revisionID: request.RevisionId, code: code) { model in
      if let architectures = request.Architectures { model.settings.architectures = architectures }
      try model.settings.validate()
    }
    return .object(model.configuration(in: scope))
  }

  private func download(_ request: ArchiveRequest) throws -> OperationOutput {
    let scope = Scope(account: AccountID(request.account), region: Region(request.region))
    let reference = try FunctionReference(request.FunctionName, scope: scope)
    let model = try require(reference)
    let archive = try environment.database.read { try CodeStore().archive(model.codeHash, $0) }
    guard model.codeHash == request.sha256, let archive else { throw reference.notFound }
    return OperationOutput(body: .bytes(archive), headers: [("Content-Type", "application/zip")])
  }
}
