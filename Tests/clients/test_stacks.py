"""The stacks of `stacks/`, each deployed, driven and read at its far end, on a clock that stands
still until told."""
import gzip
import json
import subprocess

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
    with Served("--clock", "virtual", data=data) as server:
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
