"""kill -9 at every journal boundary, and under load: nothing acknowledged is lost, and what exists
is what is recorded."""
import json
import signal
import threading
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from served import Served, leat

STACK = ["kinesis-workshop", "--env", "dev"]
NAME = "dev-dataplatform-kinesis-workshop"


def existing(data):
    """Physical names of everything that the emulator holds, by type."""
    with Served(data=data) as server:
        iam = server.client("iam")
        roles = [r["RoleName"] for r in iam.list_roles()["Roles"]]
        return {
            "AWS::S3::Bucket": {b["Name"] for b in server.client("s3").list_buckets()["Buckets"]},
            "AWS::KinesisFirehose::DeliveryStream": set(
                server.client("firehose").list_delivery_streams()["DeliveryStreamNames"]),
            "AWS::Lambda::Function": {
                f["FunctionName"] for f in server.client("lambda").list_functions()["Functions"]},
            "AWS::IAM::Role": set(roles),
        }


def recorded(data):
    """Physical names of everything that stacks say they hold, by type, and the stacks' statuses."""
    names = {
        t: set() for t in ("AWS::S3::Bucket", "AWS::KinesisFirehose::DeliveryStream",
                           "AWS::Lambda::Function", "AWS::IAM::Role")}
    statuses = []
    for stack in json.loads(leat("list", "--json", data=data).stdout):
        state = json.loads(leat("show", stack["name"], "--json", data=data).stdout)
        statuses.append(state["status"])
        for resource in state["resources"]:
            if resource["type"] in names:
                names[resource["type"]].add(resource["identity"]["physicalID"])
    return names, statuses


def consistent(data):
    names, statuses = recorded(data)
    assert existing(data) == names
    assert all(not status.endswith("IN_PROGRESS") for status in statuses), statuses
    return names, statuses


def every_boundary(tmp_path, prepare, command):
    """Runs `command` once for each boundary, killed there; yields the data directory after it."""
    for number in range(1, 200):
        data = tmp_path / str(number)
        prepare(data)
        run = leat(*command, data=data, check=False, LEAT_CRASH_AT=f"*:{number}")
        if run.returncode != -signal.SIGKILL:
            assert run.returncode == 0, run.stderr
            assert number > 5, "the enumeration found hardly any boundary"
            return
        yield data


def test_deploy_killed_anywhere(tmp_path):
    for data in every_boundary(tmp_path, lambda data: None, ["deploy", *STACK, "--yes"]):
        consistent(data)
        leat("deploy", *STACK, "--yes", data=data)
        names, statuses = consistent(data)
        assert len(names["AWS::IAM::Role"]) == 2 and len(names["AWS::S3::Bucket"]) == 1
        assert statuses in (["CREATE_COMPLETE"], ["UPDATE_COMPLETE"])


def changed_template(tmp_path):
    """The workshop with an in-place change, a replacement, an addition and a removal."""
    from served import ROOT

    text = (ROOT / "stacks/kinesis-workshop/template.yaml").read_text()
    text = text.replace("Prefix: !Ref EventPrefix", "Prefix: changed/")
    text = text.replace("DeliveryStreamType: DirectPut",
                        "DeliveryStreamType: DirectPut\n      DeliveryStreamName: renamed")
    path = tmp_path / "changed.yaml"
    path.write_text(text)
    return path


def test_update_killed_anywhere(tmp_path):
    changed = changed_template(tmp_path)
    update = ["deploy", changed, "--stack-name", NAME, "--yes"]
    prepare = lambda data: leat("deploy", *STACK, "--yes", data=data)
    for data in every_boundary(tmp_path, prepare, update):
        consistent(data)
        leat(*update, data=data)
        names, statuses = consistent(data)
        assert names["AWS::KinesisFirehose::DeliveryStream"] == {"renamed"}
        assert statuses == ["UPDATE_COMPLETE"]


def test_destroy_killed_anywhere(tmp_path):
    prepare = lambda data: leat("deploy", *STACK, "--yes", data=data)
    for data in every_boundary(tmp_path, prepare, ["destroy", *STACK, "--yes"]):
        consistent(data)
        if json.loads(leat("list", "--json", data=data).stdout):
            leat("destroy", *STACK, "--yes", data=data)
        names, statuses = consistent(data)
        assert statuses == [] and not any(names.values())


def advance(server, milliseconds):
    request = urllib.request.Request(
        server.endpoint + "/_leat/clock/advance", method="POST",
        data=json.dumps({"milliseconds": milliseconds}).encode())
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


class Producers:
    """Threads that put until the server is gone, and remember what was acknowledged."""

    def __init__(self, count, put):
        self.acknowledged = []
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n, put)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, number, put):
        for index in range(100_000):
            name = f"{number}-{index}"
            try:
                put(name)
            except (BotoCoreError, ClientError, OSError):
                return
            self.acknowledged.append(name)
            if len(self.acknowledged) >= 300:
                self.enough.set()

    def join(self):
        for thread in self.threads:
            thread.join()
        assert len(self.acknowledged) >= 300
        return set(self.acknowledged)


@pytest.mark.parametrize("round", range(2))
def test_server_killed_under_load(tmp_path, round):
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    outputs = json.loads(leat("outputs", *STACK, "--json", data=data).stdout)
    bucket, delivery = outputs["BucketName"], outputs["DeliveryStreamName"]
    server = Served("--clock", "virtual", data=data)
    kinesis, firehose, s3 = (server.client(n) for n in ("kinesis", "firehose", "s3"))
    kinesis.create_stream(StreamName="load", ShardCount=2)
    event = lambda name: json.dumps({name: "NY"}).encode()
    loads = [
        Producers(3, lambda n: kinesis.put_record(
            StreamName="load", PartitionKey=n, Data=n.encode())),
        Producers(3, lambda n: firehose.put_record(
            DeliveryStreamName=delivery, Record={"Data": event(n)})),
        Producers(3, lambda n: s3.put_object(Bucket=bucket, Key=f"direct/{n}", Body=n.encode())),
    ]
    for producers in loads:
        assert producers.enough.wait(60)
    server.kill()
    in_stream, in_delivery, in_bucket = (producers.join() for producers in loads)

    with Served("--clock", "virtual", data=data) as server:
        kinesis, s3 = server.client("kinesis"), server.client("s3")
        found = read_stream(kinesis, "load")
        assert len(found) == len(set(found)), "a record is there twice"
        assert in_stream <= set(found)
        advance(server, 120_000)
        assert in_delivery <= delivered(s3, bucket)
        for name in in_bucket:
            body = s3.get_object(Bucket=bucket, Key=f"direct/{name}")["Body"].read()
            assert body == name.encode()


def read_stream(kinesis, name):
    found = []
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        while True:
            answer = kinesis.get_records(ShardIterator=iterator)
            found += [record["Data"].decode() for record in answer["Records"]]
            if not answer["Records"]:
                break
            iterator = answer["NextShardIterator"]
    return found


def delivered(s3, bucket):
    names = set()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="firehose/")
    for page in pages:
        for entry in page.get("Contents", []):
            text = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode()
            for line in text.splitlines():
                names.update(json.loads(line.split("entry: ", 1)[1]))
    return names
