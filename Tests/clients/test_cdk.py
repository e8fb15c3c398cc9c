"""A CDK app in Python with a stream, a delivery stream with its default logging and a function: what
it synthesizes deploys as it is, changes nothing the second time, and works."""
import importlib.util
import json
import subprocess
import sys

import pytest

from served import Served, clean_environment, leat

APP = """
import sys
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_iam, aws_kinesis, aws_kinesisfirehose, aws_lambda, aws_s3

app = App(outdir=sys.argv[1])
stack = Stack(app, "streams")
stream = aws_kinesis.Stream(stack, "S", removal_policy=RemovalPolicy.DESTROY)
bucket = aws_s3.Bucket(stack, "Lake", removal_policy=RemovalPolicy.DESTROY)
aws_kinesisfirehose.DeliveryStream(
    stack, "Delivery", destination=aws_kinesisfirehose.S3Bucket(bucket))
function = aws_lambda.Function(
    stack, "F", runtime=aws_lambda.Runtime.PYTHON_3_12, handler="index.handler",
    tracing=aws_lambda.Tracing.PASS_THROUGH,
    code=aws_lambda.Code.from_inline("def handler(event, context): return 1"))
stream.grant_read(function)
policy = aws_iam.ManagedPolicy(stack, "Reads", statements=[
    aws_iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")])])
function.role.add_managed_policy(policy)
app.synth()
"""

# The same by hand, in the form in which the CDK writes it.
TEMPLATE = """
Conditions:
  Unencrypted: !Or [!Equals [!Ref AWS::Region, cn-north-1], !Equals [!Ref AWS::Region, cn-northwest-1]]
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    DeletionPolicy: Delete
    Properties:
      RetentionPeriodHours: 24
      ShardCount: 1
      StreamEncryption:
        Fn::If:
          - Unencrypted
          - !Ref AWS::NoValue
          - {EncryptionType: KMS, KeyId: alias/aws/kinesis}
  Lake: {Type: AWS::S3::Bucket}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: sts:AssumeRole, Principal: {Service: firehose.amazonaws.com}}
      ManagedPolicyArns: [!Ref Reads]
  Reads:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: ""
      Path: /
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Lake.Arn}/*"}]
  Group: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 731}}
  Lines: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: DirectPut
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Lake.Arn
        RoleARN: !GetAtt Role.Arn
        CloudWatchLoggingOptions: {Enabled: true, LogGroupName: !Ref Group, LogStreamName: !Ref Lines}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: "def handler(event, context): return 1"}
      Handler: index.handler
      Runtime: python3.12
      Role: !GetAtt Role.Arn
      TracingConfig: {Mode: PassThrough}
"""


def check(source, data):
    deploy = ("deploy", source, "--yes")
    if source.suffix == ".yaml":
        deploy += ("--stack-name", "streams")
    leat(*deploy, data=data)
    again = leat(*deploy, data=data)
    assert "No changes" in again.stdout, again.stdout
    with Served(data=data) as server:
        kinesis, firehose, logs, iam = (
            server.client(name) for name in ("kinesis", "firehose", "logs", "iam"))
        name = kinesis.list_streams()["StreamNames"][0]
        summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
        delivery = firehose.list_delivery_streams()["DeliveryStreamNames"][0]
        firehose.put_record(DeliveryStreamName=delivery, Record={"Data": b"x"})
        options = firehose.describe_delivery_stream(DeliveryStreamName=delivery)[
            "DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"][
                "CloudWatchLoggingOptions"]
        found = logs.describe_log_streams(logGroupName=options["LogGroupName"])["logStreams"]
        assert [s["logStreamName"] for s in found] == [options["LogStreamName"]]
        assert [p["AttachmentCount"] for p in iam.list_policies(Scope="Local")["Policies"]] == [1]
    leat("destroy", "streams", "--yes", data=data)


def test_what_the_cdk_writes_deploys(tmp_path):
    template = tmp_path / "streams.yaml"
    template.write_text(TEMPLATE)
    check(template, tmp_path / "data")


@pytest.mark.skipif(not importlib.util.find_spec("aws_cdk"), reason="needs aws-cdk-lib and node")
def test_a_cdk_app_deploys(tmp_path):
    out = tmp_path / "cdk.out"
    run = subprocess.run([sys.executable, "-c", APP, str(out)], text=True, capture_output=True,
                         env=clean_environment(), timeout=300)
    assert run.returncode == 0, run.stderr
    assert json.loads((out / "manifest.json").read_text())
    check(out, tmp_path / "data")
