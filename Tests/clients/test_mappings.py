"""Event-source mappings through boto3 and Terraform, with functions that are real processes."""
import base64
import json
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

from served import ACCOUNT, Served
from terraform import Terraform, needed
from test_crash import advance
from test_lambda import ROLE, archive

PYTHON = """
import base64, json, os

def handler(event, context):
    data = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    with open(os.environ["SEEN"], "a") as file:
        file.write(json.dumps({"data": data, "event": event}) + "\\n")
    if "hang" in data:
        while True: pass
    if "die" in data: os._exit(3)
    if "bad" in data: raise ValueError("bad")
    bad = [r["kinesis"]["sequenceNumber"] for r, text in zip(event["Records"], data)
           if text == "part"]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}
"""
NODE = """
const fs = require("fs");
exports.handler = async (event) => {
  const data = event.Records.map((r) => Buffer.from(r.kinesis.data, "base64").toString());
  fs.appendFileSync(process.env.SEEN, JSON.stringify({ data, event }) + "\\n");
  if (data.includes("bad")) throw new Error("bad");
};
"""


class Scene:
    """A stream, and functions that write down what they are given."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.functions, self.kinesis = server.client("lambda"), server.client("kinesis")
        self.s3 = server.client("s3")

    def prepare(self):
        self.kinesis.create_stream(StreamName="events", ShardCount=1)
        self.s3.create_bucket(Bucket="failed")
        for name, runtime, code in (
                ("py", "python3.12", archive(index_py=PYTHON)),
                ("js", "nodejs20.x", archive(index_js=NODE))):
            self.functions.create_function(
                FunctionName=name, Runtime=runtime, Role=ROLE, Handler="index.handler", Timeout=1,
                Code={"ZipFile": code},
                Environment={"Variables": {"SEEN": str(self.folder / name)}})
        return self

    def map(self, name="py", **more):
        made = self.functions.create_event_source_mapping(**{
            "FunctionName": name, "StartingPosition": "TRIM_HORIZON",
            "EventSourceArn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/events", **more})
        return made["UUID"]

    def put(self, *texts, key="k"):
        self.kinesis.put_records(StreamName="events", Records=[
            {"Data": text, "PartitionKey": key} for text in texts])

    def seen(self, name="py"):
        path = self.folder / name
        if not path.exists():
            return []
        return [json.loads(line)["data"] for line in path.read_text().splitlines()]

    def settle(self):
        """Returns when nothing is under way: the clock's advance begins with that."""
        advance(self.server, 1)

    def state(self, uuid):
        return self.functions.get_event_source_mapping(UUID=uuid)


@pytest.fixture()
def scene(tmp_path):
    with Served("--clock", "virtual", data=tmp_path / "data") as server:
        yield Scene(server, tmp_path).prepare()


def test_a_mapping_has_a_life(scene):
    made = scene.functions.create_event_source_mapping(
        FunctionName="py", EventSourceArn=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/events",
        StartingPosition="LATEST", Tags={"team": "data"})
    assert (made["State"], made["StateTransitionReason"]) == ("Creating", "User action")
    uuid = made["UUID"]
    assert scene.state(uuid)["State"] == "Enabled"
    assert made["EventSourceMappingArn"].endswith(f":event-source-mapping:{uuid}")
    assert made["BatchSize"] == 100 and made["MaximumRetryAttempts"] == -1
    tags = scene.functions.list_tags(Resource=made["EventSourceMappingArn"])["Tags"]
    assert tags == {"team": "data"}
    scene.functions.untag_resource(Resource=made["EventSourceMappingArn"], TagKeys=["team"])
    assert scene.functions.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {}
    (listed,) = scene.functions.list_event_source_mappings(FunctionName="py")[
        "EventSourceMappings"]
    assert listed["UUID"] == uuid
    updated = scene.functions.update_event_source_mapping(UUID=uuid, Enabled=False, BatchSize=7)
    assert (updated["State"], updated["BatchSize"]) == ("Disabling", 7)
    scene.settle()
    assert scene.state(uuid)["State"] == "Disabled"
    assert scene.functions.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    with pytest.raises(ClientError) as gone:
        scene.state(uuid)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_functions_in_python_and_javascript_get_batches(scene):
    scene.put("a", "b", "c")
    scene.map("py", BatchSize=2)
    scene.map("js")
    scene.settle()
    assert scene.seen("py") == [["a", "b"], ["c"]]
    assert scene.seen("js") == [["a", "b", "c"]]
    event = json.loads((scene.folder / "js").read_text().splitlines()[0])["event"]
    (first, *_) = event["Records"]
    listed = scene.kinesis.list_shards(StreamName="events")["Shards"][0]["ShardId"]
    assert first["eventID"] == f"{listed}:{first['kinesis']['sequenceNumber']}"
    assert first["invokeIdentityArn"] == ROLE


@pytest.mark.parametrize("bad", ["bad", "hang", "die"])
def test_a_batch_that_fails_ends_in_the_bucket(scene, bad):
    uuid = scene.map(
        MaximumRetryAttempts=1, BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failed"}})
    scene.put("a", bad, "b")
    scene.settle()
    advance(scene.server, 10_000)
    assert scene.seen()[0] == ["a", bad, "b"] and scene.seen()[-1] == ["b"]
    (entry,) = scene.s3.list_objects_v2(Bucket="failed")["Contents"]
    assert entry["Key"].startswith(f"aws/lambda/{uuid}/shardId-000000000000/")
    told = json.loads(scene.s3.get_object(Bucket="failed", Key=entry["Key"])["Body"].read())
    assert told["KinesisBatchInfo"]["batchSize"] == 1
    (record,) = json.loads(told["payload"])["Records"]
    assert base64.b64decode(record["kinesis"]["data"]).decode() == bad


def test_partial_failures_and_filters(scene):
    scene.map(
        FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=0,
        FilterCriteria={"Filters": [{"Pattern": json.dumps(
            {"data": [{"anything-but": "drop"}]})}]})
    scene.put("a", "drop", "part", "b")
    scene.settle()
    assert scene.seen() == [["a", "part", "b"]]
    scene.put("c")
    scene.settle()
    assert scene.seen()[-1] == ["c"]


def test_refusals_are_lambdas(scene):
    for changes, code, text in (
            ({"FunctionName": "none"}, "InvalidParameterValueException", "does not exist"),
            ({"EventSourceArn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/none"},
             "InvalidParameterValueException", "Stream not found"),
            ({"EventSourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"},
             "UnsupportedOperation", "SQS"),
            ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}},
             "InvalidParameterValueException", "Invalid filter pattern definition"),
            ({"MaximumRecordAgeInSeconds": 30}, "ValidationException", "maximumRecordAge")):
        with pytest.raises(ClientError) as refused:
            scene.map(**changes)
        assert refused.value.response["Error"]["Code"] == code
        assert text in refused.value.response["Error"]["Message"]
    scene.map()
    with pytest.raises(ClientError) as refused:
        scene.map()
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"


def test_positions_outlive_a_kill(tmp_path):
    data = tmp_path / "data"
    server = Served(data=data)
    scene = Scene(server, tmp_path).prepare()
    scene.map(BatchSize=10)
    written = []
    for round in range(4):
        texts = [f"{round}-{number}" for number in range(50)]
        scene.put(*texts)
        written += texts
        server.kill()
        server = Served(data=data)
        scene = Scene(server, tmp_path)
    limit = time.monotonic() + 60
    while time.monotonic() < limit and len({t for b in scene.seen() for t in b}) < len(written):
        scene.kinesis.list_streams()
    server.stop()
    seen = [text for batch in scene.seen() for text in batch]
    assert list(dict.fromkeys(seen)) == written


RESOURCES = """
resource "aws_kinesis_stream" "events" {
  name        = "events"
  shard_count = 1
}

resource "aws_s3_bucket" "failed" {
  bucket = "failed"
}

resource "aws_iam_role" "function" {
  name = "function"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_lambda_function" "reader" {
  function_name = "reader"
  role          = aws_iam_role.function.arn
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "code.zip"
}

resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn                   = aws_kinesis_stream.events.arn
  function_name                      = aws_lambda_function.reader.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = SIZE
  maximum_batching_window_in_seconds = 5
  parallelization_factor             = LANES
  maximum_retry_attempts             = 3
  maximum_record_age_in_seconds      = 3600
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  enabled                            = ENABLED
  filter_criteria {
    filter {
      pattern = jsonencode({ data = { kind = ["KIND"] } })
    }
  }
  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.failed.arn
    }
  }
  tags = { team = "KIND" }
}
"""


def configured(**words):
    text = RESOURCES
    for key, value in words.items():
        text = text.replace(key, value)
    return text


@needed
def test_mappings_through_terraform(tmp_path):
    with Served(data=tmp_path / "data") as server:
        terraform = Terraform(
            tmp_path / "stack", server,
            ("kinesis", "lambda", "iam", "sts", "s3", "ec2"))
        with zipfile.ZipFile(terraform.folder / "code.zip", "w") as code:
            code.writestr("index.py", "def handler(event, context): return None")
        first = configured(SIZE="10", LANES="1", KIND="a", ENABLED="true")
        assert "Apply complete! Resources: 5 added" in terraform.apply(first)
        second = configured(SIZE="20", LANES="4", KIND="b", ENABLED="false")
        assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed" in terraform.apply(
            second)
        (mapping,) = server.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        assert (mapping["State"], mapping["BatchSize"]) == ("Disabled", 20)
        terraform.destroy()
        assert server.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties: { Name: sam, ShardCount: 1 }
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: sam-reader
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
          print("got", len(event["Records"]))
      Events:
        Records:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Stream.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: SIZE
            FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["a"]}}' }] }
"""


def test_sams_events_are_mappings(tmp_path):
    with Served("--clock", "virtual", data=tmp_path / "data") as server:
        cloudformation = server.client("cloudformation")
        functions = server.client("lambda")
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        cloudformation.create_stack(
            StackName="s", TemplateBody=SAM.replace("SIZE", "2"), Capabilities=capabilities)
        cloudformation.get_waiter("stack_create_complete").wait(StackName="s")
        (mapping,) = functions.list_event_source_mappings(FunctionName="sam-reader")[
            "EventSourceMappings"]
        assert (mapping["State"], mapping["BatchSize"]) == ("Enabled", 2)
        resources = cloudformation.describe_stack_resources(StackName="s")["StackResources"]
        assert mapping["UUID"] in {one["PhysicalResourceId"] for one in resources}
        server.client("kinesis").put_records(StreamName="sam", Records=[
            {"Data": json.dumps({"kind": kind}), "PartitionKey": "k"} for kind in "abaa"])
        advance(server, 1)
        assert functions.get_event_source_mapping(UUID=mapping["UUID"])[
            "LastProcessingResult"] == "OK"
        cloudformation.update_stack(
            StackName="s", TemplateBody=SAM.replace("SIZE", "9"), Capabilities=capabilities)
        cloudformation.get_waiter("stack_update_complete").wait(StackName="s")
        advance(server, 1)
        changed = functions.get_event_source_mapping(UUID=mapping["UUID"])
        assert (changed["State"], changed["BatchSize"]) == ("Enabled", 9)
        cloudformation.delete_stack(StackName="s")
        cloudformation.get_waiter("stack_delete_complete").wait(StackName="s")
        assert functions.list_event_source_mappings()["EventSourceMappings"] == []
