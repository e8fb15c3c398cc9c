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
  var SourceKMSKeyArn: String?
}

private struct ArchiveRequest: Decodable, Sendable {
  var FunctionName: String
  var account: String
  var region: String
  var sha256: String
  var qualifier: String?
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
            "qualifier": .query("qualifier"),
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
    if request.SourceKMSKeyArn?.isEmpty == false {
      throw ServiceError.unsupported("archives that a key encrypts (SourceKMSKeyArn)")
    }
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
    let publishes = request.Publish ?? false
    let model = try await change(
      reference, revisionID: request.RevisionId, code: code, publishes: publishes
    ) { model, _ in
      if let architectures = request.Architectures { model.settings.architectures = architectures }
      try model.settings.validate()
    }
    return .object(model.configuration(in: scope))
  }

  private func download(_ request: ArchiveRequest) throws -> OperationOutput {
    let scope = Scope(account: AccountID(request.account), region: Region(request.region))
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.qualifier, scope: scope)
    let model = try require(reference)
    let archive = try environment.database.read { try CodeStore().archive(model.codeHash, $0) }
    guard model.codeHash == request.sha256, let archive else { throw reference.notFound }
    return OperationOutput(body: .bytes(archive), headers: [("Content-Type", "application/zip")])
  }
}
