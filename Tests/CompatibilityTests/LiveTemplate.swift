extension LiveResourceTests {
  /// One resource of each type, with many properties set.
  static let template = """
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          VersioningConfiguration: { Status: Enabled }
          PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: "false" }
          OwnershipControls: { Rules: [{ ObjectOwnership: ObjectWriter }] }
          AccessControl: LogDeliveryWrite
          BucketEncryption:
            ServerSideEncryptionConfiguration:
              - ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: alias/mine }
                BucketKeyEnabled: true
          CorsConfiguration:
            CorsRules:
              - { Id: pages, AllowedMethods: [GET], AllowedOrigins: ["*"], AllowedHeaders: ["*"],
                  ExposedHeaders: [etag], MaxAge: 60 }
          LifecycleConfiguration:
            Rules:
              - { Id: logs, Status: Enabled, Prefix: logs/, ExpirationInDays: 3,
                  ObjectSizeGreaterThan: "10", TagFilters: [{ Key: keep, Value: "no" }],
                  NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 } }
              - { Id: uploads, Status: Enabled,
                  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }
          Tags: [{ Key: team, Value: data }]
      BucketPolicy:
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: !Ref Bucket
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Deny
                Principal: { AWS: "*" }
                Action: s3:*
                Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]
                Condition: { Bool: { "aws:SecureTransport": "false" } }
      Delivery:
        Type: AWS::KinesisFirehose::DeliveryStream
        Properties:
          DeliveryStreamType: DirectPut
          ExtendedS3DestinationConfiguration:
            BucketARN: !GetAtt Bucket.Arn
            RoleARN: !GetAtt Role.Arn
            Prefix: in/
            CompressionFormat: GZIP
            BufferingHints: { SizeInMBs: "6", IntervalInSeconds: 100 }
            DataFormatConversionConfiguration: { Enabled: false }
            CloudWatchLoggingOptions: { Enabled: true, LogGroupName: !Ref Group, LogStreamName: !Ref Lines }
          Tags: [{ Key: team, Value: data }]
      Function:
        Type: AWS::Lambda::Function
        Properties:
          FunctionName: live-function
          Runtime: python3.12
          Handler: index.handler
          Role: !GetAtt Role.Arn
          Description: answers
          Timeout: 7
          MemorySize: 256
          Code: { ZipFile: "def handler(event, context): return 1" }
          Environment: { Variables: { Stage: test } }
          LoggingConfig: { LogGroup: !Ref Group }
          Layers: [!Ref Layer]
          KmsKeyArn: arn:aws:kms:us-east-1:000000000000:key/live
          TracingConfig: { Mode: Active }
          EphemeralStorage: { Size: 1024 }
          SnapStart: { ApplyOn: PublishedVersions }
          ReservedConcurrentExecutions: 5
          RecursiveLoop: Allow
          CodeSigningConfigArn: !Ref Signing
          RuntimeManagementConfig: { UpdateRuntimeOn: FunctionUpdate }
          Tags: [{ Key: team, Value: data }]
      Published:
        Type: AWS::Lambda::Version
        Properties:
          FunctionName: !Ref Function
          Description: first
          ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 }
      Url:
        Type: AWS::Lambda::Url
        Properties:
          TargetFunctionArn: !GetAtt Function.Arn
          AuthType: NONE
          InvokeMode: BUFFERED
          Cors: { AllowOrigins: ["*"], AllowMethods: [GET], MaxAge: 60 }
      Afterwards:
        Type: AWS::Lambda::EventInvokeConfig
        Properties:
          FunctionName: !Ref Function
          Qualifier: $LATEST
          MaximumRetryAttempts: 1
          MaximumEventAgeInSeconds: 600
          DestinationConfig:
            OnFailure:
              Destination: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:other"
      Signing:
        Type: AWS::Lambda::CodeSigningConfig
        Properties:
          Description: ours
          AllowedPublishers:
            SigningProfileVersionArns:
              - arn:aws:signer:us-east-1:000000000000:/signing-profiles/live/1234567890
          CodeSigningPolicies: { UntrustedArtifactOnDeployment: Warn }
          Tags: [{ Key: team, Value: data }]
      Alias:
        Type: AWS::Lambda::Alias
        Properties:
          Name: live
          FunctionName: !Ref Function
          FunctionVersion: $LATEST
          Description: now
      Layer:
        Type: AWS::Lambda::LayerVersion
        Properties:
          LayerName: live-layer
          Content: { S3Bucket: templates, S3Key: layer.zip }
          Description: shared
          CompatibleRuntimes: [python3.12]
          CompatibleArchitectures: [x86_64]
          LicenseInfo: MIT
      LayerShared:
        Type: AWS::Lambda::LayerVersionPermission
        Properties:
          LayerVersionArn: !Ref Layer
          Action: lambda:GetLayerVersion
          Principal: "*"
          OrganizationId: o-t194hfs8cz
      Group:
        Type: AWS::Logs::LogGroup
        Properties: { RetentionInDays: 14, Tags: [{ Key: team, Value: data }] }
      Lines:
        Type: AWS::Logs::LogStream
        Properties: { LogGroupName: !Ref Group, LogStreamName: live-lines }
      Ann:
        Type: AWS::IAM::User
        Properties:
          UserName: live-ann
          Path: /live/
          Groups: [!Ref Team]
          LoginProfile: { Password: Secret-1234, PasswordResetRequired: true }
          PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
          ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]
          Policies:
            - PolicyName: own
              PolicyDocument:
                Version: 2012-10-17
                Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
          Tags: [{ Key: team, Value: data }]
      Team:
        Type: AWS::IAM::Group
        Properties:
          GroupName: live-team
          Path: /live/
          ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]
          Policies:
            - PolicyName: own
              PolicyDocument:
                Version: 2012-10-17
                Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
      Crew:
        Type: AWS::IAM::Group
        Properties: { GroupName: live-crew, Path: /live/ }
      Joined:
        Type: AWS::IAM::UserToGroupAddition
        Properties: { GroupName: !Ref Crew, Users: [!Ref Ann] }
      AnnsKey:
        Type: AWS::IAM::AccessKey
        Properties: { UserName: !Ref Ann, Serial: 1, Status: Active }
      Box:
        Type: AWS::IAM::InstanceProfile
        Properties: { InstanceProfileName: live-box, Path: /live/, Roles: [!Ref Role] }
      RolesPolicy:
        Type: AWS::IAM::RolePolicy
        Properties:
          PolicyName: extra
          RoleName: !Ref Role
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
      UsersPolicy:
        Type: AWS::IAM::UserPolicy
        Properties:
          PolicyName: extra
          UserName: !Ref Ann
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
      GroupsPolicy:
        Type: AWS::IAM::GroupPolicy
        Properties:
          PolicyName: extra
          GroupName: !Ref Team
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
      Linked:
        Type: AWS::IAM::ServiceLinkedRole
        Properties:
          AWSServiceName: autoscaling.amazonaws.com
          CustomSuffix: live
          Description: scales
      Provider:
        Type: AWS::IAM::OIDCProvider
        Properties:
          Url: https://id.example.com/live
          ClientIdList: [app]
          ThumbprintList: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]
          Tags: [{ Key: team, Value: data }]
      Managed:
        Type: AWS::IAM::ManagedPolicy
        Properties:
          ManagedPolicyName: live-managed
          Path: /live/
          Description: reads
          Roles: [!Ref Role]
          Users: [!Ref Ann]
          Groups: [!Ref Team]
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
      Mapping:
        Type: AWS::Lambda::EventSourceMapping
        Properties:
          EventSourceArn: !GetAtt Stream.Arn
          FunctionName: !GetAtt Function.Arn
          StartingPosition: LATEST
          Enabled: true
          BatchSize: 50
          MaximumBatchingWindowInSeconds: 5
          ParallelizationFactor: 2
          MaximumRecordAgeInSeconds: 3600
          MaximumRetryAttempts: 3
          BisectBatchOnFunctionError: true
          TumblingWindowInSeconds: 0
          FunctionResponseTypes: [ReportBatchItemFailures]
          FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["a"]}}' }] }
          DestinationConfig: { OnFailure: { Destination: !GetAtt Bucket.Arn } }
          Tags: [{ Key: team, Value: data }]
      Metadata:
        Type: AWS::CDK::Metadata
        Properties: { Analytics: "v2:deflate64:x" }
      Nested:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: https://templates.s3.amazonaws.com/inner.yaml
          Parameters: { Size: 2 }
          Tags: [{ Key: team, Value: data }]
      Permission:
        Type: AWS::Lambda::Permission
        Properties:
          Action: lambda:InvokeFunction
          FunctionName: !GetAtt Function.Arn
          Principal: s3.amazonaws.com
          SourceAccount: !Ref AWS::AccountId
          SourceArn: !GetAtt Bucket.Arn
      Policy:
        Type: AWS::IAM::Policy
        Properties:
          PolicyName: read
          Roles: [!Ref Role]
          Users: [!Ref Ann]
          Groups: [!Ref Team]
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
      Role:
        Type: AWS::IAM::Role
        Properties:
          RoleName: live-role
          Path: /live/
          Description: writes
          MaxSessionDuration: 7200
          PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
          AssumeRolePolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Principal: { Service: firehose.amazonaws.com }
                Action: sts:AssumeRole
          ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]
          Policies:
            - PolicyName: write
              PolicyDocument:
                Version: 2012-10-17
                Statement: [{ Effect: Allow, Action: [s3:PutObject], Resource: "*" }]
          Tags: [{ Key: team, Value: data }]
      Secret:
        Type: AWS::SecretsManager::Secret
        Properties:
          Name: live/secret
          Description: a password
          GenerateSecretString: { PasswordLength: 20 }
          Tags: [{ Key: team, Value: data }]
      SecretPolicy:
        Type: AWS::SecretsManager::ResourcePolicy
        Properties:
          SecretId: !Ref Secret
          ResourcePolicy:
            Version: 2012-10-17
            Statement:
              - Effect: Deny
                Principal: "*"
                Action: secretsmanager:GetSecretValue
                Resource: "*"
      Setting:
        Type: AWS::SSM::Parameter
        Properties:
          Type: String
          Value: blue
          Description: a colour
          AllowedPattern: "[a-z]+"
          Tier: Standard
          DataType: text
          Tags: { team: data }
      Lake:
        Type: AWS::Glue::Database
        Properties:
          CatalogId: !Ref AWS::AccountId
          DatabaseInput:
            Name: live_lake
            Description: what arrives
            Parameters: { owner: data }
      Orders:
        Type: AWS::Glue::Table
        Properties:
          CatalogId: !Ref AWS::AccountId
          DatabaseName: !Ref Lake
          TableInput:
            Name: orders
            TableType: EXTERNAL_TABLE
            Parameters: { classification: json }
            PartitionKeys: [{ Name: day, Type: string }]
            StorageDescriptor:
              Location: s3://live-bucket/orders/
              Columns: [{ Name: id, Type: bigint, Comment: the order }]
      Monday:
        Type: AWS::Glue::Partition
        Properties:
          CatalogId: !Ref AWS::AccountId
          DatabaseName: !Ref Lake
          TableName: !Ref Orders
          PartitionInput:
            Values: ["2026-11-23"]
            Parameters: { rows: "3" }
      Reader:
        Type: AWS::Kinesis::StreamConsumer
        Properties:
          ConsumerName: live-reader
          StreamARN: !GetAtt Stream.Arn
          Tags: [{ Key: team, Value: data }]
      Shared:
        Type: AWS::Kinesis::ResourcePolicy
        Properties:
          ResourceArn: !GetAtt Stream.Arn
          ResourcePolicy:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Principal: { AWS: "arn:aws:iam::111122223333:root" }
                Action: kinesis:GetRecords
                Resource: "*"
      Stream:
        Type: AWS::Kinesis::Stream
        Properties:
          ShardCount: 2
          RetentionPeriodHours: 48
          StreamModeDetails: { StreamMode: PROVISIONED }
          StreamEncryption: { EncryptionType: KMS, KeyId: alias/aws/kinesis }
          MaxRecordSizeInKiB: 2048
          Tags: [{ Key: team, Value: data }]
    """
}
