import AWSModel
import ServiceKit

/// AWS Systems Manager, as far as its Parameter Store goes.
public final class SSMService: CatalogService {
  public static let traits = ServiceTraits("ssm", .json11, targetPrefix: "AmazonSSM")
  public static var formats: [StoredFormat] { SSMStore.formats }

  private let store: SSMStore
  public let operations: [Operation]
  public let resources: [any ResourceHandler]

  public init(environment: ServiceEnvironment) {
    let store = SSMStore(environment)
    self.store = store
    operations =
      SSMPutOperations(store: store).all
      + SSMReadOperations(store: store, capabilities: environment.capabilities).all
      + SSMListOperations(store: store).all + SSMLabelOperations(store: store).all
      + SSMTagOperations(store: store).all
    resources = [SSMParameterResource(store: store)]
  }

  public var offer: Capabilities { Capabilities().offering(store, as: .parameters) }
}
