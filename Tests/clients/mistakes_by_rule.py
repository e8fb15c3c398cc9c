"""Further mistakes in base.yaml, by what cfn-lint calls them, and the rules that none is made for.

A row is a name, the text of base.yaml that goes, and what comes in its place.
"""

LANDING = "  Landing:\n    Type: AWS::S3::Bucket\n"
ROLE = "      Role: !GetAtt Role.Arn\n"
STREAM = "STREAM: !Ref Stream"
TABLE = (
    "AttributeDefinitions: [{AttributeName: a, AttributeType: S}], "
    "KeySchema: [{AttributeName: a, KeyType: HASH}], BillingMode: PAY_PER_REQUEST")


def resource(text):
    """A resource more, before the bucket."""
    return LANDING, text + LANDING


def resources(kind, *properties):
    """Resources of one type, each with its properties in flow style."""
    return resource("".join(
        f"  Added{index}:\n    Type: {kind}\n    Properties: {{{each}}}\n"
        for index, each in enumerate(properties)))


def section(text):
    """A section more, before the mappings."""
    return "Mappings:\n", text + "Mappings:\n"


def bucket(properties):
    return LANDING, LANDING + "    Properties:\n" + properties


BY_RULE = [
    # The template as a whole
    ("description-long", "Description: What every mistake is made in.", "Description: " + "x" * 1025),
    ("metadata-null", *section("Metadata:\n  Note:\n")),
    ("metadata-null-deep", *section("Metadata:\n  Note:\n    - a\n    - b:\n")),
    ("properties-null", *bucket("")),
    ("diff-marker", *bucket("+      BucketName: a-name\n")),
    ("resource-name-underscore", *resource("  YOUR_BUCKET: {Type: AWS::S3::Bucket}\n")),
    ("globals-misspelt", "\nParameters:\n", "\nTransform: AWS::Serverless-2016-10-31\nGlobals:\n  Functon:\n    Timeout: 3\nParameters:\n"),
    ("serverless-without-transform", *resource("  Own:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: a, Handler: b.c, Runtime: python3.13}\n")),
    ("serverless-attribute", LANDING, LANDING + "    IgnoreGlobals: '*'\n"),
    ("parameter-name-underscore", "  Shards:\n    Type", "  a_b: {Type: String, Default: x}\n  Shards:\n    Type"),
    ("parameter-name-long", "  Shards:\n    Type", "  " + "P" * 256 + ": {Type: String, Default: x}\n  Shards:\n    Type"),
    ("parameter-called-like-resource", "  Shards:\n    Type", "  Landing: {Type: String, Default: x}\n  Shards:\n    Type"),
    ("parameter-default-in-list", "    Default: a,b\n", "    Default: a,c\n    AllowedValues: [a, b]\n"),
    ("resource-name-long", *resource("  " + "R" * 256 + ": {Type: AWS::S3::Bucket}\n")),
    ("output-name-long", "  BucketName:\n    Cond", "  " + "O" * 256 + ": {Value: a}\n  BucketName:\n    Cond"),
    ("output-name-underscore", "  BucketName:\n    Cond", "  Bucket_Name:\n    Cond"),
    ("mapping-name-long", "  Sizes:\n    dev:", "  " + "M" * 256 + ": {a: {b: c}}\n  Sizes:\n    dev:"),
    ("mapping-name-hyphen", "  Sizes:\n    dev:", "  More-Sizes: {a: {b: c}}\n  Sizes:\n    dev:"),
    ("mapping-key", "    dev:\n      Memory: 128\n", "    dev_eu:\n      Memory: 1\n    dev:\n      Memory: 128\n"),
    ("mapping-second-key", "      Memory: 256\n", "      Memory: 256\n      Memory.Max: 512\n"),
    ("mapping-empty", "  Sizes:\n    dev:", "  Empty: {}\n  Sizes:\n    dev:"),
    # Rules
    ("rule-without-assertions", *section("Rules:\n  Own:\n    RuleCondition: !Equals [!Ref Stage, dev]\n")),
    ("rule-assertions-object", *section("Rules:\n  Own:\n    Assertions: {a: b}\n")),
    ("rule-assertion-text", *section("Rules:\n  Own:\n    Assertions:\n      - Assert: dev\n")),
    ("rule-condition-text", *section("Rules:\n  Own:\n    RuleCondition: dev\n    Assertions:\n      - Assert: !Equals [!Ref Stage, dev]\n")),
    # Conditions
    ("condition-or-one", "  IsBig: !And\n", "  IsAny: !Or [!Condition IsProd]\n  IsBig: !And\n"),
    ("condition-or-text", "  IsBig: !And\n", "  IsAny: !Or IsProd\n  IsBig: !And\n"),
    ("condition-not-text", "  IsBig: !And\n", "  IsAny: !Not IsProd\n  IsBig: !And\n"),
    ("condition-name-list", "  IsBig: !And\n", "  IsAny: {Condition: [IsProd]}\n  IsBig: !And\n"),
    ("condition-and-eleven", "  IsBig: !And\n", "  IsAny: !And [" + ", ".join(["!Condition IsProd"] * 11) + "]\n  IsBig: !And\n"),
    ("condition-equals-list", "[!Ref Stage, prod]", "[[prod], prod]"),
    ("condition-equals-split", "[!Ref Stage, prod]", '[!Split [",", "prod"], prod]'),
    ("condition-equals-list-parameter", "[!Ref Stage, prod]", "[!Ref Names, prod]"),
    ("condition-undefined-in-if", '!If [IsBig, "yes", "no"]', '!If [IsBigger, "yes", "no"]'),
    ("condition-function-unknown", "!Equals [!Ref Stage, prod]", "{Fn::Equal: [!Ref Stage, prod]}"),
    # Functions
    ("import-list", STREAM, "STREAM: !ImportValue [a]"),
    ("import-getatt", STREAM, "STREAM: {Fn::ImportValue: !GetAtt Landing.Arn}"),
    ("split-list", STREAM, "STREAM: !Select [0, !Split [[a], b]]"),
    ("split-delimiter-object", STREAM, "STREAM: !Select [0, !Split [{a: b}, c]]"),
    ("getazs-object", STREAM, "STREAM: !Select [0, !GetAZs {a: b}]"),
    ("getazs-alone", STREAM, "STREAM: !GetAZs [a]"),
    ("cidr-alone", STREAM, "STREAM: !Cidr 10.0.0.0/16"),
    ("cidr-text", STREAM, "STREAM: !Select [0, !Cidr 10.0.0.0/16]"),
    ("cidr-count-text", STREAM, 'STREAM: !Select [0, !Cidr ["10.0.0.0/16", many, 8]]'),
    ("sub-needed", STREAM, "STREAM: ${Stream}"),
    ("sub-needed-in-join", STREAM, 'STREAM: !Join ["-", ["${AWS::Region}", x]]'),
    ("json-undeclared", STREAM, "STREAM: {Fn::ToJsonString: {a: b}}"),
    ("json-text", "\nParameters:\n", "\nTransform: AWS::LanguageExtensions\nParameters:\n  Unused: {Type: String, Default: !Ref Stage}\n"),
    ("stack-output-text", STREAM, "STREAM: {Fn::GetStackOutput: abc}"),
    ("dynamic-short", STREAM, "STREAM: '{{resolve:ssm}}'"),
    ("dynamic-service", STREAM, "STREAM: '{{resolve:vault:a}}'"),
    ("dynamic-secure", "      LogGroupName: !Join [\"/\", [/app, !Select [0, !Ref Names]]]\n", "      LogGroupName: '{{resolve:ssm-secure:name:1}}'\n"),
    ("dynamic-secret-in-output", "    Value: !GetAtt Stream.Arn\n", "    Value: '{{resolve:secretsmanager:x:SecretString:y}}'\n"),
    # Kinds of text
    ("format-role", ROLE, "      Role: arn:aws:iam::12:role/x\n"),
    ("format-role-name", ROLE, "      Role: worker-role\n"),
    ("format-delivery-role", "        RoleARN: !GetAtt Role.Arn\n", "        RoleARN: arn:aws:iam::123456789012:user/x\n"),
    ("format-key", "      RetentionInDays: 14\n", "      RetentionInDays: 14\n      KmsKeyId: alias/x\n"),
    ("format-group-name", '!Join ["/", [/app, !Select [0, !Ref Names]]]', "a log group"),
    ("format-bucket-name", *bucket("      BucketName: My_Bucket\n")),
    ("format-bucket-dots", *bucket("      BucketName: a..b\n")),
    ("format-security-group", ROLE, ROLE + "      VpcConfig: {SecurityGroupIds: [abc], SubnetIds: [subnet-0123456789abcdef0]}\n"),
    ("format-subnet", ROLE, ROLE + "      VpcConfig: {SecurityGroupIds: [sg-0123456789abcdef0], SubnetIds: [abc]}\n"),
    ("format-vpc", *resources("AWS::EC2::SecurityGroup", "GroupDescription: x, VpcId: abc")),
    ("format-image", *resources("AWS::EC2::Instance", "ImageId: abc")),
    ("format-group-of-stream", *resources("AWS::Logs::LogStream", "LogGroupName: a b")),
    ("format-topic", *resources("AWS::SNS::Subscription", "TopicArn: topic, Protocol: email, Endpoint: a@b.c")),
    ("format-topic-getatt", *resources("AWS::SNS::Subscription", "TopicArn: !GetAtt Worker.Arn, Protocol: email, Endpoint: a@b.c")),
    ("format-function", *resources("AWS::Cognito::UserPool", "LambdaConfig: {PreSignUp: fn}")),
    ("format-key-of-queue", *resources("AWS::SQS::Queue", "KmsMasterKeyId: a key")),
    ("format-certificate", *resources("AWS::ApiGateway::DomainName", "DomainName: a.b.c, CertificateArn: x")),
    ("format-range-wrong", *resources("AWS::EC2::VPC", "CidrBlock: 10.0.0.300/16")),
    ("format-subnet-of-gateway", *resources("AWS::EC2::NatGateway", "SubnetId: abc, ConnectivityType: private")),
    ("format-moment", *resources("AWS::Scheduler::Schedule", "ScheduleExpression: rate(1 hours), StartDate: soon, FlexibleTimeWindow: {Mode: 'OFF'}, Target: {Arn: !GetAtt Stream.Arn, RoleArn: !GetAtt Role.Arn}")),
    # Properties beside each other
    ("one-of-two", *resources("AWS::CloudFormation::StackSet", "PermissionModel: SELF_MANAGED, StackSetName: a, TemplateURL: 'https://a.b/c', TemplateBody: '{}'")),
    ("one-of-alarm", *resources("AWS::CloudWatch::Alarm", "ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 1, MetricName: x, Namespace: y, Period: 60, Statistic: Sum, ExtendedStatistic: p90")),
    ("one-of-alarm-metrics", *resources("AWS::CloudWatch::Alarm", "ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 1, MetricName: x, Namespace: y, Period: 60, Statistic: Sum, Metrics: [{Id: a, Expression: b}]")),
    ("pool-without-length", *resources("AWS::EC2::VPC", "Ipv4IpamPoolId: ipam-pool-0123")),
    ("required-of-metric-stream", *resources("AWS::CloudWatch::MetricStream", "FirehoseArn: !GetAtt Delivery.Arn, RoleArn: !GetAtt Role.Arn")),
    ("attached-to-nobody", *resources("AWS::IAM::Policy", "PolicyName: a, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}")),
    ("queue-of-another-name", *resources("AWS::SQS::Queue", "QueueName: [a]")),
    ("visibility-misnamed", *resources("AWS::SQS::Queue", "VisibilityTimeoutSeconds: 30")),
    ("stream-misnamed", '      Name: !Sub "${Stage}-events"\n', '      StreamName: !Sub "${Stage}-events"\n'),
    ("case-of-type", "AWS::Kinesis::Stream\n", "AWS::KINESIS::Stream\n"),
    ("type-made-up", *resources("AWS::S3::BucketNotification", "Bucket: !Ref Landing")),
    ("module-unknown", *resource("  Module: {Type: AWS::Module}\n")),
    ("delivery-property-of-another-destination", "        CompressionFormat: GZIP\n", "        CompressionFormat: GZIP\n        IndexName: x\n"),
    ("case-of-property", "      Handler: index.handler\n", "      handler: index.handler\n"),
    ("read-only-of-function", "      Timeout: 30\n", "      Timeout: 30\n      Arn: x\n"),
    ("unique-entries", "      Policies:\n        - PolicyName: write\n", "      ManagedPolicyArns:\n        - arn:aws:iam::aws:policy/ReadOnlyAccess\n        - arn:aws:iam::aws:policy/ReadOnlyAccess\n      Policies:\n        - PolicyName: write\n"),
    ("too-many-entries", ROLE, ROLE + "      Architectures: [x86_64, arm64]\n"),
    ("tag-twice", "        - Key: stage\n          Value: !Ref Stage\n", "        - Key: stage\n          Value: !Ref Stage\n        - Key: stage\n          Value: again\n"),
    ("tag-reserved", "        - Key: stage\n          Value: !Ref Stage\n", "        - Key: aws:stage\n          Value: !Ref Stage\n"),
    ("tag-without-value", "        - Key: stage\n          Value: !Ref Stage\n", "        - Key: stage\n"),
    ("name-twice", *resources("AWS::S3::Bucket", "BucketName: twice-taken", "BucketName: twice-taken")),
    ("name-twice-group", *resources("AWS::Logs::LogGroup", "LogGroupName: taken", "LogGroupName: taken")),
    ("name-twice-table", *resources("AWS::DynamoDB::Table", TABLE + ", TableName: taken", TABLE + ", TableName: taken")),
    ("variable-reserved", STREAM, "AWS_REGION: here"),
    ("variables-large", STREAM, "STREAM: " + "x" * 4100),
    ("runtime-without", "      Runtime: python3.13\n", ""),
    ("runtime-of-inline-code", "      Runtime: python3.13\n", "      Runtime: java21\n"),
    ("runtime-of-the-past", "      Runtime: python3.13\n", "      Runtime: python2.7\n"),
    ("timeout-long", "      Timeout: 30\n", "      Timeout: 901\n"),
    ("trust-without-principal", "            Principal:\n              Service: firehose.amazonaws.com\n", ""),
    ("policy-principal", "                Action: s3:PutObject\n", "                Action: s3:PutObject\n                Principal: '*'\n"),
    ("policy-resource", '                Resource: !Sub "${Landing.Arn}/*"\n', "                Resource: landing/*\n"),
    # Outputs
    ("output-list-parameter", "    Value: !GetAtt Stream.Arn\n", "    Value: !Ref Names\n"),
    ("output-split", "    Value: !GetAtt Stream.Arn\n", "    Value: !Split [',', 'a,b']\n"),
    ("output-zones", "    Value: !GetAtt Stream.Arn\n", "    Value: !GetAZs ''\n"),
    ("output-export-list", '      Name: !Sub "${AWS::StackName}-stream"\n', "      Name: [a]\n"),
    ("output-export-split", '      Name: !Sub "${AWS::StackName}-stream"\n', "      Name: !Split [',', 'a,b']\n"),
    ("output-export-resource", '      Name: !Sub "${AWS::StackName}-stream"\n', "      Name: !Ref Straem\n"),
]

OWN = "speaks of cfn-lint's own configuration, or of files other than templates"
TYPE = ("holds properties of one type against each other; nothing provisions the type, which is "
        "refused at its name, and its properties are held against its schema")
PLACE = "depends on what a region offers, which Leat does not"
LARGE = "Leat takes more and warns"

NOT_SEEDED = {
    "E0001": "ends cfn-lint's transform; SAM's own mistakes are in test_sam.py and the goldens",
    "E0003": OWN, "E0100": OWN, "E0200": OWN, "E2900": OWN, "E1101": OWN,
    "E1002": "judges files alone; Leat warns of more than 1 MB", "E2010": LARGE, "E3010": LARGE,
    "E6010": LARGE, "E7010": LARGE,
    "E1041": "judges names by what they stand for; where Leat knows the value, it judges that",
    "E1052": "found by none of the places where a parameter's text can stand",
    "E1103": "the parent of E1150 to E1164",
    "E2003": "given only to names that E2011 does not judge",
    "E2531": "no runtime is called deprecated only; those of the past are found under E2533",
    "E3008": "has no schema with ordered entries among the described types",
    "E3009": "`cfn-init` never runs; its metadata is kept as it is",
    "E3011": "the parent of E3001's names", "E3028": "ends cfn-lint itself",
    "E3040": "what can't be set is found as an unknown property or by its format",
    "E3043": "reads nested templates from files; Leat plans them whole",
    "E3058": "has no schema among the described types",
    "E3065": "has no schema among the described types",
    "E4001": "CloudFormation deploys it: the interface is the console's",
    "E5001": "Leat has no modules and refuses their types",
    "E6004": "names of outputs are judged as E6001",
    "E8002": "names of conditions are judged as E3015, E6005 and E1028",
    "E8007": "names of conditions are judged as E8001 too",
}
for each in """E1153 E2529 E2530 E3013 E3016 E3022 E3023 E3025 E3026 E3027 E3029 E3039 E3041 E3042 E3044
        E3046 E3047 E3048 E3049 E3050 E3051 E3052 E3053 E3054 E3055 E3056 E3057 E3059 E3060 E3062 E3063
        E3064 E3501 E3502 E3503 E3504 E3505 E3512 E3513 E3514 E3601 E3615 E3633 E3634 E3636 E3638 E3639
        E3660 E3661 E3671 E3673 E3674 E3676 E3679 E3680 E3681 E3682 E3683 E3684 E3686 E3687 E3688 E3689
        E3690 E3691 E3692 E3693 E3695 E3698 E3699 E3700 E3701 E3702 E3703 E3704 E3705 E3706 E3707 E3708
        E3709 E3711 E3712 E3713 E3714 E3715 E3718 E3719 E3720 E3721 E3722 E3723 E3725""".split():
    NOT_SEEDED[each] = TYPE
for each in """E3617 E3620 E3621 E3628 E3635 E3640 E3641 E3642 E3643 E3644 E3647 E3652 E3653 E3667 E3670
        E3672 E3675 E3694 E3710""".split():
    NOT_SEEDED[each] = PLACE
for each in "E3045 E3061 E3511 E3685 E3696 E3716".split():
    NOT_SEEDED[each] = "holds a property that Leat does not implement, and refuses, against others"
