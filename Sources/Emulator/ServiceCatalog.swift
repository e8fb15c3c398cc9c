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
import ServiceKit

/// The one list that registers services. Adding a service is adding its folder and its entry here.
enum ServiceCatalog {
  static let types: [any CatalogService.Type] = [
    IAMService.self, STSService.self, S3Service.self, LogsService.self, KinesisService.self,
    FirehoseService.self, LambdaService.self, GlueService.self, SSMService.self,
    SecretsManagerService.self,
  ]

  static func make(_ environment: ServiceEnvironment) throws -> [any Service] {
    try types.map { try $0.init(environment: environment) }
  }
}
