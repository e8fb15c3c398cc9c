import AWSModel
import ServiceKit

/// Layers and their published versions.
struct LayerStore: Sendable {
  private static let layers = ModelTable<LayerModel>("lambda.layer")
  private static let versions = ModelTable<LayerVersionModel>("lambda.layerversion")
  static var formats: [StoredFormat] { [layers.format, versions.format] }

  private let codes = CodeStore()

  private static func place(_ layer: String, _ version: Int) -> String {
    let digits = String(version)
    return "\(layer):" + String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
  }

  func find(_ reference: LayerReference, _ transaction: Transaction) throws -> LayerVersionModel? {
    guard let version = reference.version else { return nil }
    return try Self.versions.get(
      Self.place(reference.name, version), in: reference.scope, transaction)
  }

  /// Gives the version its number and keeps it.
  func publish(
    _ version: LayerVersionModel, code: FunctionCode, in scope: Scope, _ transaction: Transaction
  ) throws -> LayerVersionModel {
    var layer = try Self.layers.get(version.layer, in: scope, transaction) ?? LayerModel()
    var version = version
    version.version = layer.nextVersion
    layer.nextVersion += 1
    try codes.put(code, transaction)
    try Self.layers.put(layer, version.layer, in: scope, transaction)
    try put(version, in: scope, transaction)
    return version
  }

  func put(_ version: LayerVersionModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.versions.put(
      version, Self.place(version.layer, version.version), in: scope, transaction)
  }

  func delete(_ version: LayerVersionModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.versions.delete(
      Self.place(version.layer, version.version), in: scope, transaction)
    try codes.release(version.codeHash, transaction)
  }

  /// The newest first, as Lambda lists them.
  func list(
    _ layer: String, in scope: Scope, _ transaction: Transaction
  ) throws -> [LayerVersionModel] {
    try Self.versions.list(in: scope, prefix: "\(layer):", transaction).map(\.model).reversed()
  }

  /// Every version of every layer.
  func all(in scope: Scope, _ transaction: Transaction) throws -> [LayerVersionModel] {
    try Self.versions.list(in: scope, transaction).map(\.model)
  }

  /// Names of layers that have a version, ascending.
  func names(in scope: Scope, _ transaction: Transaction) throws -> [String] {
    Set(
      try Self.versions.names(in: scope, transaction).map { name in
        String(name.prefix { $0 != ":" })
      }
    ).sorted()
  }

  /// The layers of a function, in the order of their ARNs in the request. Throws what AWS throws for
  /// those that are not there, too many, or too large together.
  ///
  /// - Parameter kept: layers that the function has already, also of versions deleted meanwhile.
  func resolve(
    _ arns: [String], kept: [FunctionLayer], scope: Scope, _ transaction: Transaction
  ) throws -> [FunctionLayer] {
    guard arns.count <= FunctionLayer.countMax else {
      throw ServiceError.parameter(
        "Cannot reference more than \(FunctionLayer.countMax) layers.")
    }
    var found: [FunctionLayer] = []
    var names: Set<String> = []
    for arn in arns {
      guard let reference = LayerReference.version(arn) else {
        throw ServiceError.validation(
          "1 validation error detected: Value '[\(arn.prefix(200))]' at 'layers' failed to satisfy "
            + "constraint: Member must satisfy constraint: [Member must satisfy regular expression "
            + #"pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"#
            + "]")
      }
      guard reference.scope.region == scope.region else {
        throw ServiceError.parameter(
          "Layers are not in the same region as the function. Layers are expected to be in region "
            + "\(scope.region).")
      }
      guard names.insert("\(reference.scope.account):\(reference.name)").inserted else {
        throw ServiceError.parameter(
          "Two different versions of the same layer are not allowed to be referenced in the same "
            + "function. \(arns.joined(separator: " and ")) are versions of the same layer.")
      }
      if let layer = kept.first(where: { $0.arn == arn }) {
        found.append(layer)
      } else if let version = try find(reference, transaction) {
        found.append(version.asFunctionLayer(in: reference.scope))
      } else {
        throw ServiceError.parameter("Layer version \(arn) does not exist.")
      }
    }
    return found
  }
}

extension FunctionLayer {
  static let countMax = 5

  /// Throws where a function and its layers are larger than AWS lets them be.
  static func checkSize(_ layers: [FunctionLayer], codeBytes: Int) throws {
    let bytes = layers.reduce(codeBytes) { $0 + $1.unpackedSize }
    guard bytes <= FunctionCode.objectBytesMax else {
      throw ServiceError.parameter(
        "Function code combined with layers exceeds the maximum allowed size of "
          + "\(FunctionCode.objectBytesMax) bytes. The actual size is \(bytes) bytes.")
    }
  }
}
