import AWSModel
import ServiceKit

/// AWS Systems Manager, as far as its Parameter Store goes.
public final class SSMService: Service {
  public static let traits = ServiceTraits(
    signingName: "ssm", wireProtocol: .json11, targetPrefix: "AmazonSSM",
    apiVersion: "2014-11-06")
  public static var formats: [StoredFormat] { SSMStore.formats }

  private let store: SSMStore
  public let operations: [Operation]
  public let resources: [any ResourceHandler]

  /// - Parameter capabilities: asked on use, for secrets that are read by a parameter's name.
  public init(
    environment: ServiceEnvironment,
    capabilities: @escaping @Sendable () -> Capabilities = { Capabilities() }
  ) {
    let store = SSMStore(environment)
    self.store = store
    operations =
      SSMPutOperations(store: store).all
      + SSMReadOperations(store: store, capabilities: capabilities).all
      + SSMListOperations(store: store).all + SSMLabelOperations(store: store).all
      + SSMTagOperations(store: store).all
    resources = [SSMParameterResource(store: store)]
  }

  public var offer: Capabilities { Capabilities().offering(store, as: .parameters) }
}
