import AWSModel
import ServiceKit

/// Code-signing configurations.
struct CodeSigningStore: Sendable {
  private static let table = ModelTable<CodeSigningModel>("lambda.codesigning")
  static var formats: [StoredFormat] { [table.format] }

  /// The id in an ARN; nil for anything else.
  static func id(_ arn: String) -> String? {
    guard let parsed = ARN(parsing: arn), parsed.service == "lambda",
      parsed.resource.hasPrefix("code-signing-config:")
    else { return nil }
    return String(parsed.resource.dropFirst("code-signing-config:".count))
  }

  func find(_ arn: String, in scope: Scope, _ transaction: Transaction) throws
    -> CodeSigningModel?
  {
    guard let id = Self.id(arn) else { return nil }
    return try Self.table.get(id, in: scope, transaction)
  }

  /// The configuration, or `CodeSigningConfigNotFoundException`.
  func require(_ arn: String, in scope: Scope, _ transaction: Transaction) throws
    -> CodeSigningModel
  {
    guard let found = try find(arn, in: scope, transaction) else {
      throw CodeSigningModel.missing(arn)
    }
    return found
  }

  func put(_ model: CodeSigningModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(model, model.id, in: scope, transaction)
  }

  func list(in scope: Scope, _ transaction: Transaction) throws -> [CodeSigningModel] {
    try Self.table.list(in: scope, transaction).map(\.model)
  }

  /// Throws where a function has the configuration.
  func delete(
    _ model: CodeSigningModel, in scope: Scope, functions: FunctionStore, _ transaction: Transaction
  ) throws {
    let arn = CodeSigningModel.arn(model.id, in: scope)
    let isUsed = try functions.list(in: scope, transaction).contains { $0.codeSigningARN == arn }
    guard !isUsed else {
      throw ServiceError.conflict(
        "Cannot delete the code signing configuration \(arn) because it is still in use.")
    }
    try Self.table.delete(model.id, in: scope, transaction)
  }
}
