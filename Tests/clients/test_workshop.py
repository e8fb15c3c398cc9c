"""The workshop as its users run it: real clients against a served stack."""
import base64
import datetime
import json
import re
import shutil
import subprocess
import sys
import uuid

import pytest

from served import ROOT, Served, leat
from test_crash import advance

STACK = ["kinesis-workshop", "--env", "dev"]
NAME = "dev-dataplatform-kinesis-workshop"
AWS = shutil.which("aws", path=str(ROOT / ".venv/bin")) or shutil.which("aws")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    data = tmp_path_factory.mktemp("workshop") / "data"
    leat("deploy", *STACK, "--yes", data=data)
    outputs = json.loads(leat("outputs", *STACK, "--json", data=data).stdout)
    with Served("--clock", "virtual", data=data) as server:
        server.data = data
        server.bucket = outputs["BucketName"]
        server.stream = outputs["DeliveryStreamName"]
        yield server


def aws(server, *arguments, check=True):
    run = subprocess.run([AWS, *map(str, arguments)], env=server.environment(), text=True,
                         capture_output=True, timeout=120)
    assert not check or run.returncode == 0, run.stderr
    return run


PRODUCER = """
import boto3, json, sys, uuid
firehose = boto3.client("firehose")
for state in sys.argv[2:]:
    firehose.put_record(DeliveryStreamName=sys.argv[1],
                        Record={"Data": json.dumps({str(uuid.uuid4()): state})})
"""


def test_records_go_through_the_function_into_the_bucket(workshop):
    states = ["NY", "CA", "NY", "IDF", "TX", "PACA", "NY"]
    environment = workshop.environment()
    subprocess.run([sys.executable, "-c", PRODUCER, workshop.stream, *states], check=True,
                   env=environment)
    s3 = workshop.client("s3")
    assert s3.list_objects_v2(Bucket=workshop.bucket)["KeyCount"] == 0
    advance(workshop, 120_000)
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=workshop.bucket)["Contents"]]
    hour = r"\d{4}/\d{2}/\d{2}/\d{2}/"
    good = [k for k in keys if re.match(f"firehose/{hour}", k)]
    failed = [k for k in keys if re.match(f"firehose/processing-failed/{hour}", k)]
    assert len(good) == 1 and len(failed) == 1 and len(keys) == 2

    lines = s3.get_object(Bucket=workshop.bucket, Key=good[0])["Body"].read().decode().splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("New York State found !! for entry: ")
        assert list(json.loads(line.split("entry: ")[1]).values()) == ["NY"]

    text = s3.get_object(Bucket=workshop.bucket, Key=failed[0])["Body"].read().decode()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [json.loads(base64.b64decode(r["rawData"])).popitem()[1] for r in rows] == ["IDF", "PACA"]
    for row in rows:
        assert row["errorCode"] == "Lambda.ProcessingFailedStatus"
        assert row["attemptsMade"] >= 1 and row["lambdaARN"].startswith("arn:aws:lambda:")
        assert row["attemptEndingTimestamp"] >= row["arrivalTimestamp"]


def test_command_line_reads_what_is_there(workshop):
    description = json.loads(aws(
        workshop, "firehose", "describe-delivery-stream", "--delivery-stream-name",
        workshop.stream).stdout)["DeliveryStreamDescription"]
    assert description["DeliveryStreamStatus"] == "ACTIVE"
    destination = description["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["BufferingHints"] == {"SizeInMBs": 50, "IntervalInSeconds": 60}
    assert workshop.bucket in aws(workshop, "s3", "ls").stdout


def test_copy_to_and_from_the_bucket(workshop, tmp_path):
    (tmp_path / "a.txt").write_text("some text\n" * 1000)
    aws(workshop, "s3", "cp", tmp_path / "a.txt", f"s3://{workshop.bucket}/copies/a.txt")
    assert "copies/a.txt" in aws(
        workshop, "s3", "ls", f"s3://{workshop.bucket}/copies/", "--recursive").stdout
    aws(workshop, "s3", "cp", f"s3://{workshop.bucket}/copies/a.txt", tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_text() == (tmp_path / "a.txt").read_text()
    aws(workshop, "s3", "rm", f"s3://{workshop.bucket}/copies/a.txt")


def test_stream_from_the_command_line(workshop):
    aws(workshop, "kinesis", "create-stream", "--stream-name", "cli", "--shard-count", "1")
    aws(workshop, "kinesis", "wait", "stream-exists", "--stream-name", "cli")
    put = json.loads(aws(
        workshop, "kinesis", "put-record", "--stream-name", "cli", "--partition-key", "k",
        "--data", "hello").stdout)
    assert put["ShardId"] == "shardId-000000000000"
    iterator = json.loads(aws(
        workshop, "kinesis", "get-shard-iterator", "--stream-name", "cli", "--shard-id",
        put["ShardId"], "--shard-iterator-type", "TRIM_HORIZON").stdout)["ShardIterator"]
    got = json.loads(aws(workshop, "kinesis", "get-records", "--shard-iterator", iterator).stdout)
    assert [base64.b64decode(r["Data"]) for r in got["Records"]] == [b"hello"]
    assert got["Records"][0]["SequenceNumber"] == put["SequenceNumber"]
    aws(workshop, "kinesis", "delete-stream", "--stream-name", "cli")


def test_function_by_its_name(workshop, tmp_path):
    functions = json.loads(aws(workshop, "lambda", "list-functions").stdout)["Functions"]
    name = next(f["FunctionName"] for f in functions
                if f["FunctionName"].startswith("dev-dataplatform-kinesis-wor-ProcessLambdaFunction-"))
    assert len(name) <= 64
    data = base64.b64encode(json.dumps({str(uuid.uuid4()): "NY"}).encode()).decode()
    (tmp_path / "in.json").write_text(json.dumps({"records": [{"recordId": "1", "data": data}]}))
    aws(workshop, "lambda", "invoke", "--function-name", name, "--payload",
        f"fileb://{tmp_path}/in.json", tmp_path / "out.json")
    record = json.loads((tmp_path / "out.json").read_text())["records"][0]
    assert record["result"] == "Ok"
    events = json.loads(aws(workshop, "logs", "filter-log-events", "--log-group-name",
                            f"/aws/lambda/{name}").stdout)["events"]
    messages = "".join(e["message"] for e in events)
    for word in ("START RequestId:", "kept 1 of 1 records", "END RequestId:", "REPORT RequestId:"):
        assert word in messages


def test_presigned_address(workshop):
    s3 = workshop.client("s3", signature_version="s3v4")
    s3.put_object(Bucket=workshop.bucket, Key="p q/é.txt", Body=b"signed")
    address = s3.generate_presigned_url(
        "get_object", Params={"Bucket": workshop.bucket, "Key": "p q/é.txt"}, ExpiresIn=600)
    import urllib.request

    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"signed"
    s3.delete_object(Bucket=workshop.bucket, Key="p q/é.txt")


def deploy_by_cli(server, *more):
    """`aws cloudformation deploy`, which names its change sets by the second: again where two of
    its runs have met in one."""
    template = ROOT / "stacks/kinesis-workshop/template.yaml"
    for _ in range(20):
        run = aws(server, "cloudformation", "deploy", "--template-file", template, "--stack-name",
                  "by-cli", "--capabilities", "CAPABILITY_IAM", *more, check=False)
        if "AlreadyExistsException" not in run.stderr:
            return run
    raise AssertionError(run.stderr)


def test_cloudformation_deploy_and_delete(workshop):
    first = deploy_by_cli(workshop)
    assert first.returncode == 0, first.stderr
    stack = json.loads(aws(workshop, "cloudformation", "describe-stacks", "--stack-name",
                           "by-cli").stdout)["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    assert outputs["DeliveryStreamName"].startswith("by-cli-DeliveryStream-")
    again = deploy_by_cli(workshop)
    assert "No changes to deploy" in again.stdout + again.stderr
    changed = deploy_by_cli(workshop, "--parameter-overrides", "EventPrefix=in/")
    assert changed.returncode == 0, changed.stderr
    aws(workshop, "cloudformation", "delete-stack", "--stack-name", "by-cli")
    aws(workshop, "cloudformation", "wait", "stack-delete-complete", "--stack-name", "by-cli")
    gone = aws(workshop, "cloudformation", "describe-stacks", "--stack-name", "by-cli", check=False)
    assert gone.returncode != 0 and "does not exist" in gone.stderr


def test_missing_capability_is_refused(workshop):
    template = ROOT / "stacks/kinesis-workshop/template.yaml"
    run = aws(workshop, "cloudformation", "create-stack", "--template-body", f"file://{template}",
              "--stack-name", "no-caps", check=False)
    assert run.returncode != 0 and "InsufficientCapabilities" in run.stderr


def test_second_plan_is_empty(workshop):
    assert "No changes" in leat("plan", *STACK, data=workshop.data).stdout
    run = leat("plan", *STACK, "--detailed-exitcode", data=workshop.data, check=False)
    assert run.returncode == 0


def test_destroy_stops_at_a_bucket_with_objects(tmp_path):
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    bucket = leat("outputs", *STACK, "--key", "BucketName", data=data).stdout.strip()
    with Served(data=data) as server:
        s3 = server.client("s3")
        for body in (b"one", b"two"):
            s3.put_object(Bucket=bucket, Key="twice", Body=body)
        before = leat("show", *STACK, "--json", data=data).stdout
        refused = leat("destroy", *STACK, "--yes", data=data, check=False)
        assert refused.returncode == 1
        assert "LT4003" in refused.stderr and bucket in refused.stderr
        assert leat("show", *STACK, "--json", data=data).stdout == before
        assert s3.get_object(Bucket=bucket, Key="twice")["Body"].read() == b"two"
        plan = leat("plan", *STACK, "--destroy", "--empty-buckets", data=data).stdout
        assert "2 objects" in plan or "2 versions" in plan
        leat("destroy", *STACK, "--empty-buckets", "--yes", data=data)
        assert s3.list_buckets()["Buckets"] == []
    assert json.loads(leat("list", "--json", data=data).stdout) == []
    left = [p for p in (data / "s3").rglob("*") if p.is_file()]
    assert left == []
