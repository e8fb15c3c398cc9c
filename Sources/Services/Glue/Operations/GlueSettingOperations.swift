import AWSModel

/// Settings of a whole catalog.
/// https://docs.aws.amazon.com/glue/latest/webapi/API_GetDataCatalogEncryptionSettings.html
struct GlueSettingOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("GetCatalogImportStatus", importStatus),
      .typed("GetDataCatalogEncryptionSettings", encryption),
      .typed("PutDataCatalogEncryptionSettings", putEncryption),
    ]
  }

  private struct CatalogInput: Decodable, Sendable { var CatalogId: String? }

  private struct ImportOutput: Encodable, Sendable {
    struct Status: Encodable, Sendable { var ImportCompleted: Bool }

    var ImportStatus: Status
  }

  /// There is no older catalog of Athena's whose tables would have to be taken over.
  private func importStatus(_ input: CatalogInput, _ context: RequestContext) throws -> ImportOutput
  {
    try catalog.read(input.CatalogId, context) { _ in
      ImportOutput(ImportStatus: .init(ImportCompleted: true))
    }
  }

  private struct Settings: Codable, Sendable {
    struct AtRest: Codable, Sendable { var CatalogEncryptionMode: String }
    struct Passwords: Codable, Sendable { var ReturnConnectionPasswordEncrypted: Bool }

    var EncryptionAtRest: AtRest?
    var ConnectionPasswordEncryption: Passwords?
  }

  private struct GetOutput: Encodable, Sendable { var DataCatalogEncryptionSettings: Settings }

  private func encryption(_ input: CatalogInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { _ in
      GetOutput(
        DataCatalogEncryptionSettings: Settings(
          EncryptionAtRest: .init(CatalogEncryptionMode: "DISABLED"),
          ConnectionPasswordEncryption: .init(ReturnConnectionPasswordEncrypted: false)))
    }
  }

  private struct PutInput: Decodable, Sendable {
    var CatalogId: String?
    var DataCatalogEncryptionSettings: Settings
  }

  /// Encryption can be turned off, as it is; a key that would turn it on is refused by name.
  private func putEncryption(_ input: PutInput, _ context: RequestContext) throws -> EmptyOutput {
    try GlueCatalog.check(input.CatalogId, context.scope)
    let settings = input.DataCatalogEncryptionSettings
    guard (settings.EncryptionAtRest?.CatalogEncryptionMode ?? "DISABLED") == "DISABLED",
      settings.ConnectionPasswordEncryption?.ReturnConnectionPasswordEncrypted != true
    else { throw ServiceError.unsupported("encryption of a Data Catalog") }
    return EmptyOutput()
  }
}
