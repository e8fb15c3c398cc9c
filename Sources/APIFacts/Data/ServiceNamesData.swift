// Written by scripts/api_facts.py; do not edit.
// swift-format-ignore-file

/// A target prefix and the service's name, a line each.
let serviceNamesByTarget: StaticString = """
ACMPrivateCA ACM PCA
AWS242ServiceCatalogService Service Catalog
AWSBCMDashboardsService BCM Dashboards
AWSBCMPricingCalculator BCM Pricing Calculator
AWSBilling Billing
AWSBillingAndCostManagementDataExports BCM Data Exports
AWSBillingAndCostManagementRecommendedActions BCM Recommended Actions
AWSBudgetServiceGateway Budgets
AWSCloud9WorkspaceManagementService Cloud9
AWSCognitoIdentityProviderService Cognito Identity Provider
AWSCognitoIdentityService Cognito Identity
AWSEC2InstanceConnectService EC2 Instance Connect
AWSEvents EventBridge
AWSEventsV2 EventBridgeV2
AWSFMS_20180101 FMS
AWSFreeTierService FreeTier
AWSGlue Glue
AWSHawksNestServiceFacade FraudDetector
AWSHealth_20160804 Health
AWSIESnowballJobManagementService Snowball
AWSIdentityStore identitystore
AWSInsightsIndexService Cost Explorer
AWSKendraFrontendService kendra
AWSKendraRerankingFrontendService Kendra Ranking
AWSLicenseManager License Manager
AWSLookoutEquipmentFrontendService LookoutEquipment
AWSMPCommerceService_v20200301 Marketplace Agreement
AWSMPEntitlementService Marketplace Entitlement Service
AWSMPMeteringService Marketplace Metering
AWSMigrationHub Migration Hub
AWSMigrationHubMultiAccountService MigrationHub Config
AWSOrganizationsV20161128 Organizations
AWSOrigamiServiceGatewayService Cost and Usage Report Service
AWSParallelComputingService PCS
AWSPartnerCentralSelling PartnerCentral Selling
AWSPartnerDemandGenerator PartnerCentral Marketing
AWSPayments Payments
AWSPoseidonService_V2015_11_01 Application Discovery Service
AWSPriceListService Pricing
AWSShield_20160616 Shield
AWSShineFrontendService_20170701 Translate
AWSSimbaAPIService_v20180301 FSx
AWSStepFunctions Step Functions
AWSSupport_20130415 Support
AWSWAF_20150824 WAF
AWSWAF_20190729 WAFV2
AWSWAF_Regional_20161128 WAF Regional
AbuseReportApi Abuse Signal
AmazonAthena Athena
AmazonBedrockKeystoneRuntimeService Bedrock
AmazonDAXV3 DAX
AmazonDMSv20160101 Database Migration Service
AmazonEC2ContainerRegistry_V20150921 ECR
AmazonEC2ContainerServiceV20141113 ECS
AmazonElasticVMwareService evs
AmazonForecast forecast
AmazonForecastRuntime forecastquery
AmazonML_20141212 Machine Learning
AmazonMWAAServerless MWAA Serverless
AmazonMemoryDB MemoryDB
AmazonPersonalize Personalize
AmazonSQS SQS
AmazonSSM SSM
AmazonTimestreamInfluxDB Timestream InfluxDB
AnyScaleFrontendService Application Auto Scaling
AnyScaleScalingPlannerFrontendService Auto Scaling Plans
AppRunner AppRunner
ArcRegionSwitch ARC Region switch
AwsProton20200720 Proton
B2BI b2bi
BackupOnPremises_v20210101 Backup Gateway
BaldrApiService CloudHSM V2
CertificateManager ACM
CloudApiService CloudControl
CloudHsmFrontendService CloudHSM
CloudWatchOmniFrontend CloudWatchOmni
CodeBuild_20161006 CodeBuild
CodeCommit_20150413 CodeCommit
CodeDeploy_20141006 CodeDeploy
CodePipeline_20150709 CodePipeline
ComprehendMedical_20181030 ComprehendMedical
Comprehend_20171127 Comprehend
ComputeOptimizerAutomationService Compute Optimizer Automation
ComputeOptimizerService Compute Optimizer
CostOptimizationHubService Cost Optimization Hub
DataPipeline Data Pipeline
DeviceFarm_20150623 Device Farm
DirectoryService_20150416 Directory Service
DynamoDBStreams_20120810 DynamoDB Streams
DynamoDB_20120810 DynamoDB
EC2WindowsBarleyService Application Insights
EUCMIFrontendAPIService Workspaces Instances
ElasticMapReduce EMR
Firehose_20150804 Firehose
FmrsService DataSync
GameLift GameLift
GlobalAccelerator_V20180706 Global Accelerator
GraniteServiceVersion20100801 CloudWatch
HealthLake HealthLake
InspectorService Inspector
Interconnect Interconnect
Invoicing Invoicing
IoTAutobahnControlPlane IoTFleetWise
IoTSecuredTunneling IoTSecureTunneling
IotThingsGraphFrontEndService IoTThingsGraph
KeyspacesService Keyspaces
KeyspacesStreams KeyspacesStreams
KinesisAnalytics_20150814 Kinesis Analytics
KinesisAnalytics_20180523 Kinesis Analytics V2
Kinesis_20131202 Kinesis
Lightsail_20161128 Lightsail
Logs_20140328 CloudWatch Logs
MTurkRequesterServiceV20170117 MTurk
MailManagerSvc MailManager
MarketplaceCommerceAnalytics20150701 Marketplace Commerce Analytics
MediaStore_20170901 MediaStore
NetworkFirewall_20201112 Network Firewall
Odb odb
OpenSearchMemory OpenSearchMemory
OpenSearchServerless OpenSearchServerless
OvertureService Direct Connect
PartnerCentralAccount PartnerCentral Account
PartnerCentralBenefitsService PartnerCentral Benefits
PartnerCentralChannel PartnerCentral Channel
PartnerCentralRevenueMeasurement PartnerCentral Revenue Measurement
PaymentCryptographyControlPlane Payment Cryptography
PerformanceInsightsv20180227 PI
PhotonAdminProxyService AppStream
PinpointSMSVoiceV2 Pinpoint SMS Voice V2
RedshiftData Redshift Data
RedshiftServerless Redshift Serverless
RekognitionService Rekognition
ResourceGroupsTaggingAPI_20170126 Resource Groups Tagging API
Route53AutoNaming_v20170314 ServiceDiscovery
Route53Domains_v20140515 Route 53 Domains
Route53Resolver Route53Resolver
SSMContacts SSM Contacts
SWBExternalService SSO Admin
SageMaker SageMaker
ServiceQuotasV20190624 Service Quotas
SimpleWorkflowService SWF
SpencerFrontendService ECR Public
StarlingDoveService Config Service
StorageGateway_20130630 Storage Gateway
Textract Textract
Timestream_20181101 Timestream Query
ToggleCustomerAPI Route53 Recovery Cluster
Transcribe Transcribe
TransferService Transfer
TrentService KMS
VerifiedPermissions VerifiedPermissions
VoiceID Voice ID
WorkMailService WorkMail
WorkspacesService WorkSpaces
com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101 CloudTrail
com.amazonaws.codeconnections.CodeConnections_20231201 CodeConnections
com.amazonaws.codestar.connections.CodeStar_connections_20191201 CodeStar connections
secretsmanager Secrets Manager
"""

/// A signing name and the service's name, a line each.
let serviceNamesBySigning: StaticString = """
IoTSecuredTunneling IoTSecureTunneling
abuse Abuse Signal
access-analyzer AccessAnalyzer
account Account
account-access Account Access
acm ACM
acm-pca ACM PCA
aco-automation Compute Optimizer Automation
agent-discovery Agent Discovery
agent-registry Agent Registry
aidevops DevOps Agent
aiops AIOps
airflow MWAA
airflow-serverless MWAA Serverless
amplify Amplify
amplifybackend AmplifyBackend
amplifyuibuilder AmplifyUIBuilder
aoss OpenSearchServerless
apigateway API Gateway
apiportal APIPortal
app-integrations AppIntegrations
appconfig AppConfig
appfabric AppFabric
appflow Appflow
application-autoscaling Application Auto Scaling
application-cost-profiler ApplicationCostProfiler
application-signals Application Signals
applicationinsights Application Insights
appmesh App Mesh
apprunner AppRunner
appstream AppStream
appsync AppSync
aps amp
arc-region-switch ARC Region switch
arc-zonal-shift ARC Zonal Shift
artifact Artifact
athena Athena
auditmanager AuditManager
autoscaling Auto Scaling
autoscaling-plans Auto Scaling Plans
aws-marketplace Marketplace Agreement
awsssoportal SSO
b2bi b2bi
backup Backup
backup-gateway Backup Gateway
backup-search BackupSearch
batch Batch
bcm-dashboards BCM Dashboards
bcm-data-exports BCM Data Exports
bcm-pricing-calculator BCM Pricing Calculator
bcm-recommended-actions BCM Recommended Actions
bedrock Bedrock
bedrock-agentcore Bedrock AgentCore
billing Billing
billingconductor billingconductor
braket Braket
budgets Budgets
cases ConnectCases
cassandra Keyspaces
ce Cost Explorer
chatbot chatbot
chime Chime
cleanrooms CleanRooms
cleanrooms-ml CleanRoomsML
cloud9 Cloud9
cloudcontrolapi CloudControl
clouddirectory CloudDirectory
cloudformation CloudFormation
cloudfront CloudFront
cloudfront-keyvaluestore CloudFront KeyValueStore
cloudhsm CloudHSM
cloudsearch CloudSearch
cloudtrail CloudTrail
cloudtrail-data CloudTrail Data
cloudwatch CloudWatchOmni
codeartifact codeartifact
codebuild CodeBuild
codecatalyst CodeCatalyst
codecommit CodeCommit
codeconnections CodeConnections
codedeploy CodeDeploy
codeguru-profiler CodeGuruProfiler
codeguru-reviewer CodeGuru Reviewer
codeguru-security CodeGuru Security
codepipeline CodePipeline
codestar-connections CodeStar connections
codestar-notifications codestar notifications
cognito-identity Cognito Identity
cognito-idp Cognito Identity Provider
cognito-sync Cognito Sync
comprehend Comprehend
comprehendmedical ComprehendMedical
compute-optimizer Compute Optimizer
config Config Service
connect Connect
connect-campaigns ConnectCampaigns
continuum Continuum
controlcatalog ControlCatalog
controltower ControlTower
cost-optimization-hub Cost Optimization Hub
cur Cost and Usage Report Service
databrew DataBrew
dataexchange DataExchange
datapipeline Data Pipeline
datasync DataSync
datazone DataZone
dax DAX
deadline deadline
detective Detective
devicefarm Device Farm
devops-guru DevOps Guru
directconnect Direct Connect
discovery Application Discovery Service
dlm DLM
dms Database Migration Service
docdb-elastic DocDB Elastic
drs drs
ds Directory Service
ds-data Directory Service Data
dsql DSQL
dynamodb DynamoDB
ebs EBS
ec2 EC2
ec2-instance-connect EC2 Instance Connect
ecr ECR
ecr-public ECR Public
ecs ECS
eks EKS
eks-auth EKS Auth
elasticache ElastiCache
elasticbeanstalk Elastic Beanstalk
elasticfilesystem EFS
elasticloadbalancing Elastic Load Balancing
elasticmapreduce EMR
elemental-inference ElementalInference
emr-containers EMR containers
emr-serverless EMR Serverless
end-user-messaging EndUserMessaging
entityresolution EntityResolution
es Elasticsearch Service
events EventBridge
evs evs
execute-api ApiGatewayManagementApi
firehose Firehose
fis fis
fms FMS
forecast forecast
frauddetector FraudDetector
freetier FreeTier
fsx FSx
gamelift GameLift
gameliftstreams GameLiftStreams
geo Location
geo-maps Geo Maps
geo-places Geo Places
geo-routes Geo Routes
glacier Glacier
globalaccelerator Global Accelerator
glue Glue
grafana grafana
greengrass Greengrass
groundstation GroundStation
guardduty GuardDuty
health Health
health-agent ConnectHealth
healthlake HealthLake
iam IAM
identitystore identitystore
imagebuilder imagebuilder
importexport ImportExport
inspector Inspector
inspector-scan Inspector Scan
inspector2 Inspector2
interconnect Interconnect
internetmonitor InternetMonitor
invoicing Invoicing
iot IoT
iot-jobs-data IoT Jobs Data Plane
iotdata IoT Data Plane
iotdeviceadvisor IotDeviceAdvisor
iotfleetwise IoTFleetWise
iotmanagedintegrations IoT Managed Integrations
iotsitewise IoTSiteWise
iotthingsgraph IoTThingsGraph
iottwinmaker IoTTwinMaker
iotwireless IoT Wireless
ivs ivs
ivschat ivschat
kafka Kafka
kafkaconnect KafkaConnect
kendra kendra
kendra-ranking Kendra Ranking
kinesis Kinesis
kinesisanalytics Kinesis Analytics
kinesisvideo Kinesis Video
kms KMS
lakeformation LakeFormation
lambda Lambda
launchwizard Launch Wizard
lex Lex Model Building Service
license-manager License Manager
license-manager-linux-subscriptions License Manager Linux Subscriptions
license-manager-user-subscriptions License Manager User Subscriptions
lightsail Lightsail
logs CloudWatch Logs
lookoutequipment LookoutEquipment
m2 m2
machinelearning Machine Learning
macie2 Macie2
managedblockchain ManagedBlockchain
managedblockchain-query ManagedBlockchain Query
marketplacecommerceanalytics Marketplace Commerce Analytics
mediaconnect MediaConnect
mediaconvert MediaConvert
medialive MediaLive
mediapackage MediaPackage
mediapackage-vod MediaPackage Vod
mediapackagev2 MediaPackageV2
mediastore MediaStore
mediatailor MediaTailor
medical-imaging Medical Imaging
memorydb MemoryDB
mgh Migration Hub
mgn mgn
migrationhub-orchestrator MigrationHubOrchestrator
migrationhub-strategy MigrationHubStrategy
mobiletargeting Pinpoint
monitoring CloudWatch
mpa MPA
mq mq
mturk-requester MTurk
neptune-db neptunedata
neptune-graph Neptune Graph
network-firewall Network Firewall
network-security-manager Network Security Manager
networkflowmonitor NetworkFlowMonitor
networkmanager NetworkManager
networkmonitor NetworkMonitor
notifications Notifications
notifications-contacts NotificationsContacts
nova-act Nova Act
oam OAM
observabilityadmin ObservabilityAdmin
odb odb
omics Omics
organizations Organizations
osis OSIS
osm OpenSearchMemory
outposts Outposts
partnercentral PartnerCentral Revenue Measurement
partnercentral-account PartnerCentral Account
partnercentral-benefits PartnerCentral Benefits
partnercentral-channel PartnerCentral Channel
partnercentral-marketing PartnerCentral Marketing
partnercentral-selling PartnerCentral Selling
payment-cryptography Payment Cryptography
payments Payments
pca-connector-ad Pca Connector Ad
pca-connector-scep Pca Connector Scep
pcs PCS
personalize Personalize
pi PI
pipes Pipes
polly Polly
pricing Pricing
pricingplanmanager Pricing Plan Manager
profile Customer Profiles
proton Proton
qapps QApps
qbusiness QBusiness
quicksight QuickSight
ram RAM
rbin rbin
rds RDS
rds-data RDS Data
redshift Redshift
redshift-data Redshift Data
redshift-serverless Redshift Serverless
refactor-spaces Migration Hub Refactor Spaces
rekognition Rekognition
repostspace repostspace
resiliencehub resiliencehub
resource-explorer-2 Resource Explorer 2
resource-groups Resource Groups
rolesanywhere RolesAnywhere
route53 Route 53
route53-recovery-cluster Route53 Recovery Cluster
route53-recovery-control-config Route53 Recovery Control Config
route53-recovery-readiness Route53 Recovery Readiness
route53domains Route 53 Domains
route53globalresolver Route53GlobalResolver
route53profiles Route53Profiles
route53resolver Route53Resolver
rtbfabric RTBFabric
rum RUM
s3 S3
s3-outposts S3Outposts
s3files S3Files
s3tables S3Tables
s3vectors S3Vectors
sagemaker SageMaker
sagemaker-geospatial SageMaker Geospatial
savingsplans savingsplans
scheduler Scheduler
schemas schemas
scn SupplyChain
sdb SimpleDB
secretsmanager Secrets Manager
security-ir Security IR
securityagent SecurityAgent
securityhub SecurityHub
securitylake SecurityLake
serverlessrepo ServerlessApplicationRepository
servicecatalog Service Catalog
servicediscovery ServiceDiscovery
servicequotas Service Quotas
ses SES
shield Shield
signer signer
signin Signin
sms-voice Pinpoint SMS Voice
snow-device-management Snow Device Management
snowball Snowball
sns SNS
social-messaging SocialMessaging
sqs SQS
ssm SSM
ssm-contacts SSM Contacts
ssm-guiconnect SSM GuiConnect
ssm-incidents SSM Incidents
ssm-quicksetup SSM QuickSetup
ssm-sap Ssm Sap
sso SSO Admin
sso-oauth SSO OIDC
states Step Functions
storagegateway Storage Gateway
sts STS
support Support
supportapp Support App
supportauthz SupportAuthZ
sustainability Sustainability
swf SWF
synthetics synthetics
tagging Resource Groups Tagging API
tax TaxSettings
textract Textract
thinclient WorkSpaces Thin Client
timestream Timestream Query
timestream-influxdb Timestream InfluxDB
transcribe Transcribe
transfer Transfer
translate Translate
trustedadvisor TrustedAdvisor
uxc uxc
verifiedpermissions VerifiedPermissions
voiceid Voice ID
vpc-lattice VPC Lattice
waf WAF
waf-regional WAF Regional
wafv2 WAFV2
wellarchitected WellArchitected
wickr Wickr
wisdom Wisdom
workdocs WorkDocs
workmail WorkMail
workmailmessageflow WorkMailMessageFlow
workspaces WorkSpaces
workspaces-instances Workspaces Instances
workspaces-web WorkSpaces Web
xray XRay
"""
