"""A CDK app in Python: stream, delivery stream with its default log, function, encrypted bucket."""
import os
import shutil

import pytest

from served import Served, leat
from tools import needs, program, run

pytestmark = [
    needs("cdk", "python"),
    pytest.mark.skipif(shutil.which("node") is None, reason="CDK's Python library needs node"),
]

APP = '''
import aws_cdk as cdk
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_s3 as s3


class Pipeline(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        stream = kinesis.Stream(self, "Events")
        bucket = s3.Bucket(
            self, "Store", encryption=s3.BucketEncryption.S3_MANAGED, enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(30))],
            removal_policy=cdk.RemovalPolicy.DESTROY)
        firehose.DeliveryStream(
            self, "Delivery", source=firehose.KinesisStreamSource(stream),
            destination=firehose.S3Bucket(
                bucket, buffering_interval=cdk.Duration.seconds(60),
                buffering_size=cdk.Size.mebibytes(1)))
        function = functions.Function(
            self, "Writer", runtime=functions.Runtime.PYTHON_3_11, handler="index.handler",
            code=functions.Code.from_asset("code"),
            environment={"STREAM": stream.stream_name})
        stream.grant_write(function)
        cdk.CfnOutput(self, "Function", value=function.function_name)
        cdk.CfnOutput(self, "Stream", value=stream.stream_name)
        cdk.CfnOutput(self, "Bucket", value=bucket.bucket_name)


app = cdk.App()
Pipeline(app, "Pipeline")
app.synth()
'''

CODE = '''
import os

import boto3


def handler(event, context):
    return boto3.client("kinesis").put_record(
        StreamName=os.environ["STREAM"], PartitionKey="k", Data=b"from cdk")["ShardId"]
'''


def test_a_pipeline_is_synthesised_and_deployed(tmp_path, tmp_path_factory):
    (tmp_path / "code").mkdir()
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "code/index.py").write_text(CODE)
    data = tmp_path_factory.mktemp("data")
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    run([program("cdk", "python"), "app.py"], tmp_path, environment)
    leat("deploy", tmp_path / "cdk.out", "--yes", data=data)
    again = leat("plan", tmp_path / "cdk.out", data=data).stdout
    assert "No changes" in again
    with Served(data=data) as server:
        stack = server.client("cloudformation").describe_stacks(StackName="Pipeline")["Stacks"][0]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
        bucket = server.client("s3").get_bucket_encryption(Bucket=outputs["Bucket"])
        rule = bucket["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        stream = server.client("kinesis").describe_stream_summary(StreamName=outputs["Stream"])
        assert stream["StreamDescriptionSummary"]["EncryptionType"] == "KMS"
        logs = server.client("logs")
        groups = [g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]]
        assert any(
            logs.describe_log_streams(logGroupName=group)["logStreams"] for group in groups)
        server.client("kinesis").put_record(
            StreamName=outputs["Stream"], PartitionKey="k", Data=b"hello")
    leat("destroy", "Pipeline", "--yes", "--empty-buckets", data=data)
