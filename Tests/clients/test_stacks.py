"""The stacks of `stacks/`, each deployed, driven and read at its far end, on a clock that stands
still until told."""
import base64
import gzip
import io
import json
import re
import subprocess
import sys

import pytest

from served import LEAT, ROOT, Served, clean_environment
from test_crash import advance


class Stack:
    """A deployed stack with its outputs."""

    def __init__(self, server, data, name):
        self.server, self.data, self.name = server, data, name
        self.leat("deploy", "--yes")
        self.outputs = json.loads(self.leat("outputs", "--json"))

    def leat(self, command, *arguments):
        run = subprocess.run(
            [LEAT, command, self.name, *arguments], cwd=ROOT, text=True, capture_output=True,
            env=clean_environment(LEAT_DATA=str(self.data)))
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def put(self, records):
        answer = self.server.client("kinesis").put_records(
            StreamName=self.outputs["StreamName"], Records=[
                {"Data": data, "PartitionKey": f"k{number}"}
                for number, data in enumerate(records)])
        assert answer["FailedRecordCount"] == 0

    def objects(self, output):
        s3, bucket = self.server.client("s3"), self.outputs[output]
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {entry["Key"]: s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
                for entry in listed}


@pytest.fixture()
def deploy(tmp_path):
    data = tmp_path / "data"
    with Served("--clock", "virtual", data=data, LEAT_QUERY_ENGINE=sys.executable) as server:
        stacks = []

        def start(name):
            stacks.append(Stack(server, data, name))
            return stacks[-1]

        yield start
        for stack in stacks:
            stack.leat("destroy", "--empty-buckets", "--yes")
        assert server.client("s3").list_buckets()["Buckets"] == []
        assert server.client("kinesis").list_streams()["StreamNames"] == []


def test_a_stream_into_a_bucket(deploy):
    stack = deploy("stream-to-bucket")
    stack.put([b"%d," % number for number in range(100)])
    advance(stack.server, 62_000)
    ((key, body),) = stack.objects("BucketName").items()
    assert key.endswith(".gz")
    assert gzip.decompress(body) == b"".join(b"%d," % number for number in range(100))


def test_a_stream_into_two_buckets(deploy):
    stack = deploy("stream-to-two-buckets")
    stack.put([b"<%d>" % number for number in range(100)])
    advance(stack.server, 62_000)
    for output in ("BucketA", "BucketB"):
        found = b"".join(gzip.decompress(body) for body in stack.objects(output).values())
        assert sorted(found.split(b">")) == sorted([b"<%d" % n for n in range(100)] + [b""])


def test_objects_are_split_by_a_key(deploy):
    stack = deploy("split-by-key")
    names = ["Ada", "Bert", "Alan", "Cora", "Bea"]
    stack.put([json.dumps({"name": name}).encode() for name in names] + [b"no JSON"])
    advance(stack.server, 122_000)
    found = {}
    for key, body in stack.objects("BucketName").items():
        found.setdefault(key.split("/")[0], []).append(body.decode())
    assert set(found) == {"a", "b", "c", "failed"}
    assert {letter: [json.loads(line)["name"] for line in "".join(bodies).splitlines()]
            for letter, bodies in found.items() if letter != "failed"} == {
        "a": ["Ada", "Alan"], "b": ["Bert", "Bea"], "c": ["Cora"]}
    assert json.loads(found["failed"][0])["errorCode"] == "Lambda.ProcessingFailedStatus"


def columns(body):
    """The rows of a file of columns."""
    reason = "PyArrow reads and writes the files"
    pytest.importorskip("pyarrow", reason=reason)
    orc = pytest.importorskip("pyarrow.orc", reason=reason)
    parquet = pytest.importorskip("pyarrow.parquet", reason=reason)
    if body.startswith(b"ORC"):
        return orc.read_table(io.BytesIO(body)).to_pylist()
    return parquet.read_table(io.BytesIO(body)).to_pylist()


def lines(body):
    return [json.loads(line) for line in body.decode().splitlines()]


def test_a_stream_into_parquet(deploy):
    pytest.importorskip("pyarrow", reason="PyArrow reads and writes the files")
    stack = deploy("stream-to-parquet")
    sent = (ROOT / "stacks/stream-to-parquet/payloads/visits.jsonl").read_bytes().splitlines()
    stack.put(sent)
    advance(stack.server, 62_000)
    ((key, body),) = stack.objects("LandingBucket").items()
    assert key.endswith(".gz") and gzip.decompress(body) == b"".join(sent)
    found = stack.objects("RawBucket")
    (good,) = [key for key in found if key.startswith("visits/")]
    rows = columns(found[good])
    assert good.endswith(".parquet")
    assert [(row["id"], row["page"], row["seconds"]) for row in rows] == [
        (1, "/", 3.5), (2, "/shop", 12.0), (3, "/", None)]
    assert rows[0]["visitor"] == {"name": "Ada", "country": "GB"}
    assert rows[2]["visitor"] == {"name": "Emmy", "country": None}
    (failed,) = [key for key in found if key.startswith("failed/format-conversion-failed/")]
    (line,) = lines(found[failed])
    assert base64.b64decode(line["rawData"]) == sent[3]
    assert line["lastErrorCode"].startswith("DataFormatConversion.")


def test_a_delivery_as_the_console_builds_it(deploy):
    pytest.importorskip("pyarrow", reason="PyArrow reads and writes the files")
    stack = deploy("console-delivery")
    assert stack.outputs["StreamName"] == "test_kinesis_stream"
    sent = (ROOT / "stacks/console-delivery/payloads/tweets.txt").read_bytes().splitlines()
    stack.put(sent)
    firehose = stack.server.client("firehose")
    for data in sent:
        firehose.put_record(DeliveryStreamName=stack.outputs["DirectName"], Record={"Data": data})
    waiting = json.loads(stack.leat("show", "--json"))["buffers"]
    assert sorted((entry["logicalId"], entry["stage"], entry["records"]) for entry in waiting) == [
        ("Delivery", "processing", 4), ("DirectDelivery", "processing", 4)]
    advance(stack.server, 31_000)
    waiting = json.loads(stack.leat("show", "--json"))["buffers"]
    assert {entry["stage"] for entry in waiting} == {"delivery"}
    advance(stack.server, 61_000)
    found = stack.objects("BucketName")
    hour = r"\d{4}/\d{2}/\d{2}/\d{2}/"
    assert sorted(re.sub(hour + ".*", "HOUR", key) for key in found) == [
        "direct_tweets/HOUR", "failed_tweets/processing-failed/HOUR",
        "failed_tweets/processing-failed/HOUR", "successful_tweets/HOUR"]
    tweets = [{"user": "ada", "text": "Engines of numbers", "likes": 12},
              {"user": "grace", "text": "A moth in the relay", "likes": 7},
              {"user": "emmy", "text": "Symmetry conserves", "likes": 31}]
    for key, body in found.items():
        if key.startswith("failed_tweets/"):
            (line,) = lines(body)
            assert base64.b64decode(line["rawData"]) == b"no tweet at all"
            assert line["errorCode"] == "Lambda.ProcessingFailedStatus"
        else:
            assert columns(body) == tweets
            assert body[:3] == (b"ORC" if key.startswith("direct") else b"PAR")
    events = stack.server.client("logs").get_log_events(
        logGroupName=stack.outputs["LogGroup"], logStreamName="DestinationDelivery")["events"]
    assert {json.loads(event["message"])["errorCode"] for event in events} == {
        "Lambda.ProcessingFailedStatus"}


@pytest.mark.parametrize("name", ["flatten-python", "flatten-node"])
def test_nested_records_are_flattened_by_a_function(deploy, name):
    stack = deploy(name)
    stack.put((ROOT / f"stacks/{name}/payloads/orders.jsonl").read_bytes().splitlines())
    advance(stack.server, 62_000)
    found = stack.objects("BucketName")
    flat = b"".join(body for key, body in found.items() if key.startswith("flat/"))
    assert [json.loads(line) for line in flat.splitlines()] == [
        {"id": 1, "customer.name": "Ada", "customer.address.city": "London",
         "customer.address.zip": "N1", "items.0.sku": "a", "items.0.count": 2},
        {"id": 2, "customer.name": "Grace", "customer.address.city": "New York",
         "items.0.sku": "b", "items.0.count": 1, "items.1.sku": "c", "items.1.count": 5},
        {"id": 3, "customer.name": "Edsger", "customer.address.city": "Rotterdam"}]
    uuid = stack.outputs["MappingId"]
    (failed,) = [key for key in found if key.startswith(f"aws/lambda/{uuid}/shardId-")]
    told = json.loads(found[failed])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] >= 3
    (record,) = json.loads(told["payload"])["Records"]
    assert base64.b64decode(record["kinesis"]["data"]) == b"not JSON"
    mapping = stack.server.client("lambda").get_event_source_mapping(UUID=uuid)
    assert (mapping["State"], mapping["LastProcessingResult"]) == ("Enabled", "OK")
