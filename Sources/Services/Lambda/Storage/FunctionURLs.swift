import AWSModel
import ServiceKit

/// URLs of functions, found by their function and by the label of their host.
enum FunctionURLs {
  private static let table = PlaceTable<FunctionURLModel>("lambda.url")
  private static let owners = ModelTable<Owner>("lambda.urlowner")
  static var formats: [StoredFormat] { [table.format, owners.format] }

  /// The function of a URL, in whatever account and region.
  private struct Owner: Codable, Sendable {
    var account: String
    var region: String
    var function: String
    var qualifier: String?
  }

  static func get(_ reference: FunctionReference, _ transaction: Transaction) throws
    -> FunctionURLModel?
  {
    try table.get(reference, transaction)
  }

  /// The URL, or `ResourceNotFoundException`.
  static func require(_ reference: FunctionReference, _ transaction: Transaction) throws
    -> FunctionURLModel
  {
    guard let found = try get(reference, transaction) else {
      throw ServiceError.missing("The resource you requested does not exist.")
    }
    return found
  }

  static func put(
    _ model: FunctionURLModel, at reference: FunctionReference, _ transaction: Transaction
  ) throws {
    try model.validate()
    let scope = reference.key.scope
    try table.put(model, at: reference, transaction)
    try owners.put(
      Owner(
        account: scope.account.text, region: scope.region.text, function: reference.key.name,
        qualifier: reference.qualifier), model.id, in: .standard, transaction)
  }

  @discardableResult
  static func delete(_ reference: FunctionReference, _ transaction: Transaction) throws -> Bool {
    try owners.delete(FunctionURLModel.id(of: reference), in: .standard, transaction)
    return try table.delete(reference, transaction)
  }

  static var all: PlaceTable<FunctionURLModel> { table }

  /// By the label of its host.
  static func find(_ id: String, _ transaction: Transaction) throws
    -> (reference: FunctionReference, model: FunctionURLModel)?
  {
    guard let owner = try owners.get(id, in: .standard, transaction) else { return nil }
    let reference = try FunctionReference(
      owner.function, qualifier: owner.qualifier,
      scope: Scope(account: AccountID(owner.account), region: Region(owner.region)))
    return try table.get(reference, transaction).map { (reference, $0) }
  }
}
