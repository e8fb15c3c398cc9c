import FunctionRuntime
import ServiceKit
import Firehose
import Glue
import IAM
import Kinesis
import Lambda
import Logs
import S3
import SSM
import STS
import SecretsManager

/// The one list that registers services. Adding a service is adding its folder and its line here.
enum ServiceCatalog {
  static let types: [any Service.Type] = [
    IAMService.self, STSService.self, S3Service.self, LogsService.self, KinesisService.self,
    FirehoseService.self, LambdaService.self, GlueService.self, SSMService.self,
    SecretsManagerService.self,
  ]

  static func make(
    _ environment: ServiceEnvironment, _ capabilities: @escaping @Sendable () -> Capabilities
  ) throws -> [any Service] {
    [
      IAMService(environment: environment),
      STSService(environment: environment, capabilities: capabilities),
      try S3Service(environment: environment),
      LogsService(environment: environment),
      KinesisService(environment: environment),
      FirehoseService(environment: environment, capabilities: capabilities),
      try LambdaService(
        environment: environment, endpoints: RuntimeAPI(), capabilities: capabilities),
      GlueService(environment: environment),
      SSMService(environment: environment, capabilities: capabilities),
      SecretsManagerService(environment: environment),
    ]
  }
}
