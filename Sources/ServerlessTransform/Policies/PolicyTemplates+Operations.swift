/// Templates for compute, secrets, monitoring and administration.
extension PolicyTemplate {
  static let operations: [PolicyTemplate] = [
    PolicyTemplate(
      "AMIDescribePolicy", [],
      [
        .allow("ec2", "DescribeImages", on: "*")
      ]),
    PolicyTemplate(
      "AWSSecretsManagerGetSecretValuePolicy", ["SecretArn"],
      [
        .allow("secretsmanager", "GetSecretValue", on: "${secretArn}")
      ]),
    PolicyTemplate(
      "AWSSecretsManagerRotationPolicy", ["FunctionName"],
      [
        .allow(
          "secretsmanager", "DescribeSecret GetSecretValue PutSecretValue UpdateSecretVersionStage",
          on: "secretsmanager:secret:*", where: "secretsmanager:resource/AllowRotationLambdaArn",
          equals: "lambda:function:${functionName}"),
        .allow("secretsmanager", "GetRandomPassword", on: "*"),
      ]),
    PolicyTemplate(
      "AcmGetCertificatePolicy", ["CertificateArn"],
      [
        .allow("acm", "GetCertificate", on: "${certificateArn}")
      ]),
    PolicyTemplate(
      "AthenaQueryPolicy", ["WorkGroupName"],
      [
        .allow(
          "athena",
          """
          ListWorkGroups GetExecutionEngine GetExecutionEngines GetNamespace GetCatalogs
          GetNamespaces GetTables GetTable
          """, on: "*"),
        .allow(
          "athena",
          """
          StartQueryExecution GetQueryResults DeleteNamedQuery GetNamedQuery
          ListQueryExecutions StopQueryExecution GetQueryResultsStream ListNamedQueries
          CreateNamedQuery GetQueryExecution BatchGetNamedQuery BatchGetQueryExecution
          GetWorkGroup
          """, on: "athena:workgroup/${workgroupName}"),
      ]),
    PolicyTemplate(
      "CloudFormationDescribeStacksPolicy", [],
      [
        .allow("cloudformation", "DescribeStacks", on: "cloudformation:stack/*")
      ]),
    PolicyTemplate(
      "CloudWatchDashboardPolicy", [],
      [
        .allow("cloudwatch", "GetDashboard ListDashboards PutDashboard ListMetrics", on: "*")
      ]),
    PolicyTemplate(
      "CloudWatchDescribeAlarmHistoryPolicy", [],
      [
        .allow("cloudwatch", "DescribeAlarmHistory", on: "*")
      ]),
    PolicyTemplate(
      "CloudWatchPutMetricPolicy", [],
      [
        .allow("cloudwatch", "PutMetricData", on: "*")
      ]),
    PolicyTemplate(
      "CostExplorerReadOnlyPolicy", [],
      [
        .allow(
          "ce",
          """
          GetCostAndUsage GetDimensionValues GetReservationCoverage
          GetReservationPurchaseRecommendation GetReservationUtilization GetTags
          """, on: "*")
      ]),
    PolicyTemplate(
      "EC2CopyImagePolicy", ["ImageId"],
      [
        .allow("ec2", "CopyImage", on: "ec2:image/${imageId}")
      ]),
    PolicyTemplate(
      "EC2DescribePolicy", [],
      [
        .allow("ec2", "DescribeRegions DescribeInstances", on: "*")
      ]),
    PolicyTemplate(
      "EFSWriteAccessPolicy", ["AccessPoint", "FileSystem"],
      [
        .allow(
          "elasticfilesystem", "ClientMount ClientWrite",
          on: "elasticfilesystem:file-system/${FileSystem}",
          where: "elasticfilesystem:AccessPointArn",
          equals: "elasticfilesystem:access-point/${AccessPoint}")
      ]),
    PolicyTemplate(
      "EKSDescribePolicy", [],
      [
        .allow("eks", "DescribeCluster ListClusters", on: "*")
      ]),
    PolicyTemplate(
      "EcsRunTaskPolicy", ["TaskDefinition"],
      [
        .allow("ecs", "RunTask", on: "ecs:task-definition/${taskDefinition}")
      ]),
    PolicyTemplate(
      "ElasticMapReduceAddJobFlowStepsPolicy", ["ClusterId"],
      [
        .allow(
          "elasticmapreduce", "AddJobFlowSteps", on: "elasticmapreduce:cluster/${clusterId}",
          isSingle: true)
      ]),
    PolicyTemplate(
      "ElasticMapReduceCancelStepsPolicy", ["ClusterId"],
      [
        .allow(
          "elasticmapreduce", "CancelSteps", on: "elasticmapreduce:cluster/${clusterId}",
          isSingle: true)
      ]),
    PolicyTemplate(
      "ElasticMapReduceModifyInstanceFleetPolicy", ["ClusterId"],
      [
        .allow(
          "elasticmapreduce", "ModifyInstanceFleet ListInstanceFleets",
          on: "elasticmapreduce:cluster/${clusterId}")
      ]),
    PolicyTemplate(
      "ElasticMapReduceModifyInstanceGroupsPolicy", ["ClusterId"],
      [
        .allow(
          "elasticmapreduce", "ModifyInstanceGroups ListInstanceGroups",
          on: "elasticmapreduce:cluster/${clusterId}")
      ]),
    PolicyTemplate(
      "ElasticMapReduceSetTerminationProtectionPolicy", ["ClusterId"],
      [
        .allow(
          "elasticmapreduce", "SetTerminationProtection",
          on: "elasticmapreduce:cluster/${clusterId}", isSingle: true)
      ]),
    PolicyTemplate(
      "ElasticMapReduceTerminateJobFlowsPolicy", ["ClusterId"],
      [
        .allow(
          "elasticmapreduce", "TerminateJobFlows", on: "elasticmapreduce:cluster/${clusterId}",
          isSingle: true)
      ]),
    PolicyTemplate(
      "ElasticsearchHttpPostPolicy", ["DomainName"],
      [
        .allow("es", "ESHttpPost ESHttpPut", on: "es:domain/${domainName}/*")
      ]),
    PolicyTemplate(
      "OrganizationsListAccountsPolicy", [],
      [
        .allow("organizations", "ListAccounts", on: "*")
      ]),
    PolicyTemplate(
      "Route53ChangeResourceRecordSetsPolicy", ["HostedZoneId"],
      [
        .allow("route53", "ChangeResourceRecordSets", on: "route53:::hostedzone/${HostedZoneId}")
      ]),
    PolicyTemplate(
      "SSMParameterReadPolicy", ["ParameterName"],
      [
        .allow("ssm", "DescribeParameters", on: "*"),
        .allow(
          "ssm", "GetParameters GetParameter GetParametersByPath",
          on: "ssm:parameter/${parameterName}"),
      ]),
    PolicyTemplate(
      "SSMParameterWithSlashPrefixReadPolicy", ["ParameterName"],
      [
        .allow("ssm", "DescribeParameters", on: "*"),
        .allow(
          "ssm", "GetParameters GetParameter GetParametersByPath",
          on: "ssm:parameter${parameterName}"),
      ]),
    PolicyTemplate(
      "VPCAccessPolicy", [],
      [
        .allow(
          "ec2",
          """
          CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces
          DetachNetworkInterface
          """, on: "*")
      ]),
  ]
}
