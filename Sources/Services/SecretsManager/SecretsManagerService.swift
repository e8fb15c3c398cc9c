import AWSModel
import ServiceKit

/// AWS Secrets Manager: secrets with versions, stages and a recovery window. Nothing is rotated or
/// replicated.
public final class SecretsManagerService: CatalogService {
  public static let traits = ServiceTraits(
    "secretsmanager", .json11, targetPrefix: "secretsmanager")
  public static var formats: [StoredFormat] { SecretStore.formats }

  private let store: SecretStore
  public let operations: [Operation]
  public let resources: [any ResourceHandler]

  public init(environment: ServiceEnvironment) {
    let store = SecretStore(environment)
    self.store = store
    operations =
      SecretWriteOperations(store: store).all + SecretReadOperations(store: store).all
      + SecretListOperations(store: store).all + SecretRemovalOperations(store: store).all
      + SecretTagOperations(store: store).all + SecretPolicyOperations(store: store).all
    resources = [SecretResource(store: store), SecretPolicyResource(store: store)]
  }

  public var offer: Capabilities { Capabilities().offering(store, as: .secrets) }
}
