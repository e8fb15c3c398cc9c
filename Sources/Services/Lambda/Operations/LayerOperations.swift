import AWSModel
import Effects
import PropertyTree
import ServiceKit

private struct PublishLayerRequest: Decodable, Sendable {
  struct Archive: Decodable, Sendable {
    var ZipFile: String?
    var S3Bucket: String?
    var S3Key: String?
    var S3ObjectVersion: String?
  }

  var LayerName: String
  var Description: String?
  var Content: Archive
  var CompatibleRuntimes: [String]?
  var CompatibleArchitectures: [String]?
  var LicenseInfo: String?
}

private struct LayerTarget: Decodable, Sendable {
  var LayerName: String
  var VersionNumber: Int
}

private struct LayerARN: Decodable, Sendable { var Arn: String }

private struct LayerPage: Decodable, Sendable {
  var LayerName: String?
  var CompatibleRuntime: String?
  var CompatibleArchitecture: String?
  var Marker: String?
  var MaxItems: Int?

  func takes(_ version: LayerVersionModel) -> Bool {
    // A version that names no architecture is shown for none, as in AWS.
    (CompatibleRuntime.map { version.runtimes.contains($0) } ?? true)
      && (CompatibleArchitecture.map { version.architectures.contains($0) } ?? true)
  }
}

private struct LayerDownload: Decodable, Sendable {
  var LayerName: String
  var VersionNumber: Int
  var account: String
  var region: String
}

/// Layers and their versions.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
extension LambdaService {
  private static let layerRoot = "/2018-10-31/layers"

  var layerOperations: [Operation] {
    [
      .typed("PublishLayerVersion", publishLayer),
      .typed("GetLayerVersion") { [self] (target: LayerTarget, context) -> PropertyValue in
        let reference = try LayerReference(
          target.LayerName, version: target.VersionNumber, scope: context.scope)
        return show(try requireLayer(reference), reference.scope, context)
      },
      .typed("GetLayerVersionByArn") { [self] (target: LayerARN, context) -> PropertyValue in
        guard let reference = LayerReference.version(target.Arn) else {
          throw ServiceError.validation(
            "\(target.Arn.prefix(200)) is not the ARN of a layer's version.")
        }
        return show(try requireLayer(reference), reference.scope, context)
      },
      .typed("DeleteLayerVersion") { [self] (target: LayerTarget, context) -> EmptyOutput in
        let reference = try LayerReference(
          target.LayerName, version: target.VersionNumber, scope: context.scope)
        try await environment.database.write { [layers] transaction in
          // One that is gone already is as good as deleted.
          guard let version = try layers.find(reference, transaction) else { return }
          try layers.delete(version, in: reference.scope, transaction)
        }
        return EmptyOutput()
      },
      .typed("ListLayers", listLayers), .typed("ListLayerVersions", listLayerVersions),
      // Leat's own: what Content.Location points at, where AWS has a signed URL.
      Operation(
        name: "DownloadLayerVersion",
        http: HTTPTrait(
          "GET", "\(Self.layerRoot)/{LayerName}/versions/{VersionNumber}/archive",
          input: ["account": .query("account"), "region": .query("region")])
      ) { [self] input, _ in
        try download(input.decode(LayerDownload.self, operation: "DownloadLayerVersion"))
      },
    ]
  }

  /// The version, or `ResourceNotFoundException`.
  func requireLayer(_ reference: LayerReference) throws -> LayerVersionModel {
    guard let found = try environment.database.read({ try layers.find(reference, $0) }) else {
      throw LayerReference.versionMissing
    }
    return found
  }

  private func show(
    _ version: LayerVersionModel, _ scope: Scope, _ context: RequestContext
  ) -> PropertyValue {
    version.shownWhole(
      in: scope,
      location: "\(context.endpoint)\(Self.layerRoot)/\(version.layer)/versions/\(version.version)"
        + "/archive?account=\(scope.account)&region=\(scope.region)")
  }

  private func publishLayer(_ request: PublishLayerRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try LayerReference(request.LayerName, scope: context.scope)
    let code = try loader.code(
      FunctionRequest.Source(
        ZipFile: request.Content.ZipFile, S3Bucket: request.Content.S3Bucket,
        S3Key: request.Content.S3Key, S3ObjectVersion: request.Content.S3ObjectVersion),
      scope: context.scope)
    let model = try LayerVersionModel(
      layer: reference.name, code: code, created: environment.effects.clock.now,
      description: request.Description, license: request.LicenseInfo,
      runtimes: request.CompatibleRuntimes, architectures: request.CompatibleArchitectures)
    let version = try await environment.database.write { [layers] transaction in
      try layers.publish(model, code: code, in: reference.scope, transaction)
    }
    return show(version, reference.scope, context)
  }

  private func listLayers(_ page: LayerPage, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let scope = context.scope
    let newest = try environment.database.read { transaction in
      try layers.names(in: scope, transaction).compactMap { name in
        try layers.list(name, in: scope, transaction).first(where: page.takes)
      }
    }
    let (items, next) = newest.page(
      after: page.Marker, limit: min(50, page.MaxItems ?? 50), by: \.layer)
    var answer: PropertyObject = [
      "Layers": .list(
        items.map { version in
          [
            "LayerName": .string(version.layer),
            "LayerArn": .string(LayerVersionModel.layerARN(version.layer, scope)),
            "LatestMatchingVersion": .object(version.shown(in: scope)),
          ]
        })
    ]
    if let next { answer["NextMarker"] = .string(next) }
    return .object(answer)
  }

  private func listLayerVersions(_ page: LayerPage, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try LayerReference(page.LayerName ?? "", scope: context.scope)
    let all = try environment.database.read { transaction in
      try layers.list(reference.name, in: reference.scope, transaction).filter(page.takes)
    }
    let rest =
      page.Marker.flatMap { Int($0) }.map { mark in all.filter { $0.version < mark } } ?? all
    let limit = min(50, page.MaxItems ?? 50)
    var answer: PropertyObject = [
      "LayerVersions": .list(rest.prefix(limit).map { .object($0.shown(in: reference.scope)) })
    ]
    if rest.count > limit { answer["NextMarker"] = .string(String(rest[limit - 1].version)) }
    return .object(answer)
  }

  private func download(_ request: LayerDownload) throws -> OperationOutput {
    let scope = Scope(account: AccountID(request.account), region: Region(request.region))
    let version = try requireLayer(
      LayerReference(request.LayerName, version: request.VersionNumber, scope: scope))
    guard
      let archive = try environment.database.read({
        try CodeStore().archive(version.codeHash, $0)
      })
    else { throw LayerReference.versionMissing }
    return OperationOutput(body: .bytes(archive), headers: [("Content-Type", "application/zip")])
  }
}

extension LayerVersionModel {
  /// A version that has no number yet. Throws AWS's refusals, and for extensions by name.
  init(
    layer: String, code: FunctionCode, created: Timestamp, description: String?, license: String?,
    runtimes: [String]?, architectures: [String]?
  ) throws {
    guard try !code.hasExtensions else {
      throw ServiceError.unsupported("extensions, which the folder `extensions` of a layer holds")
    }
    self.init(
      layer: layer, version: 0, description: description ?? "", license: license,
      runtimes: runtimes ?? [], architectures: architectures ?? [], codeHash: code.hash,
      codeSize: code.archive.count,
      unpackedSize: try FunctionCode.unpackedSize(of: code.archive), created: created)
    try validate()
  }

  private func validate() throws {
    for runtime in runtimes where !RuntimeCatalog.known.contains(runtime) {
      throw ServiceError.validation(
        "1 validation error detected: Value '[\(runtime.prefix(100))]' at 'compatibleRuntimes' "
          + "failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum "
          + "value set: [\(RuntimeCatalog.known.sorted().joined(separator: ", "))]]")
    }
    guard runtimes.count <= 15 else {
      throw ServiceError.validation(
        "1 validation error detected: Value at 'compatibleRuntimes' failed to satisfy constraint: "
          + "Member must have length less than or equal to 15")
    }
  }
}
