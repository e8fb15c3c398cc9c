"""A disk that fills up: every way of writing fails with one clear error, and works again as soon as
there is room, without a restart."""
import contextlib
import io
import json
import os
import resource
import subprocess
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError

from served import Served, leat

TEMPLATE = """
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
"""


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk to fill")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def filled(disk):
    """Takes all the room there is, down to the last byte."""
    ballast = disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2
    yield
    ballast.unlink()


def refused(call, attempts):
    """The error that one of so many calls ends in: what is allocated already may still be used."""
    for number in range(attempts):
        try:
            call(number)
        except ClientError as error:
            return error
    raise AssertionError("the disk is full and nothing fails")


def test_a_full_disk_does_not_outlast_itself(disk):
    server = Served(data=disk / "data")
    s3, kinesis, firehose, ssm, functions = (
        server.client(name) for name in ("s3", "kinesis", "firehose", "ssm", "lambda"))
    s3.create_bucket(Bucket="lake")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    firehose.create_delivery_stream(
        DeliveryStreamName="d",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::lake",
            "BufferingHints": {"IntervalInSeconds": 900, "SizeInMBs": 128}})
    upload = s3.create_multipart_upload(Bucket="lake", Key="parts")["UploadId"]
    large = b"x" * 900_000
    calls = {
        "PutObject": lambda n: s3.put_object(Bucket="lake", Key=f"o{n}", Body=large),
        "UploadPart": lambda n: s3.upload_part(
            Bucket="lake", Key="parts", UploadId=upload, PartNumber=n + 1, Body=large),
        "PutRecord": lambda n: kinesis.put_record(StreamName="s", Data=large, PartitionKey="k"),
        "PutRecord of Firehose": lambda n: firehose.put_record(
            DeliveryStreamName="d", Record={"Data": large}),
        "PutParameter": lambda n: ssm.put_parameter(
            Name=f"/p/{n}", Value="v" * 4000, Type="String", Overwrite=True),
    }
    for call in calls.values():
        call(0)
    for _ in range(2):
        with filled(disk):
            for name, call in calls.items():
                error = refused(call, 2000 if name == "PutParameter" else 8)
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 507, (name, error)
                assert "the disk is full (LT5101)" in str(error), (name, error)
            many = kinesis.put_records(
                StreamName="s", Records=[{"Data": large, "PartitionKey": "k"}])
            assert many["FailedRecordCount"] == 1
            assert s3.get_object(Bucket="lake", Key="o0")["Body"].read() == large
        for name, call in calls.items():
            call(1)
    iterator = kinesis.get_shard_iterator(
        StreamName="s", ShardId="shardId-000000000000",
        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert all(r["Data"] == large for r in kinesis.get_records(ShardIterator=iterator)["Records"])
    server.process.terminate()
    _, log = server.process.communicate(timeout=30)
    told = [line for line in log.splitlines() if "LT5101" in line]
    assert told and all(line.startswith("error[LT5101]: the disk is full") for line in told)
    assert "free some space" in told[0]
    # The same fault once in a while, not once a request.
    assert len(told) < 20


def test_commands_say_that_the_disk_is_full(disk, tmp_path):
    template = tmp_path / "t.yaml"
    template.write_text(TEMPLATE)
    data = disk / "data"
    leat("deploy", template, "--stack-name", "a", "--yes", data=data)
    with filled(disk):
        run = leat("deploy", template, "--stack-name", "b", "--yes", data=data, check=False)
        assert run.returncode == 1
        assert "error[LT5101]: the disk is full" in run.stderr, run.stderr
        assert "= help: free some space" in run.stderr
    leat("deploy", template, "--stack-name", "b", "--yes", data=data)
    with Served(data=data):
        with filled(disk):
            run = leat("deploy", template, "--stack-name", "c", "--yes", data=data, check=False)
            assert run.returncode == 1
            assert "error[LT5101]: the disk is full" in run.stderr, run.stderr
        leat("deploy", template, "--stack-name", "c", "--yes", data=data)


def test_a_data_directory_that_is_taken_away_is_named(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="lake")
        data.rename(tmp_path / "elsewhere")
        with pytest.raises(ClientError) as failure:
            s3.put_object(Bucket="lake", Key="k", Body=b"x")
        assert "LT5104" in str(failure.value)
        assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
        (tmp_path / "elsewhere").rename(data)
        s3.put_object(Bucket="lake", Key="k", Body=b"x")


def archive(size):
    """A function's archive that no compression makes smaller."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as code:
        code.writestr("index.py", "def handler(event, context): return 1")
        code.writestr("blob", os.urandom(size))
    return out.getvalue()


def test_functions_and_deliveries_wait_for_room(disk):
    with Served("--clock", "virtual", data=disk / "data") as server:
        s3, firehose, functions = (
            server.client(name) for name in ("s3", "firehose", "lambda"))
        s3.create_bucket(Bucket="lake")
        firehose.create_delivery_stream(
            DeliveryStreamName="d",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::lake",
                "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 128}})
        data = [b"%d " % n * 100_000 for n in range(4)]
        for record in data:
            firehose.put_record(DeliveryStreamName="d", Record={"Data": record})
        role = "arn:aws:iam::000000000000:role/r"
        code = archive(900_000)

        def make(number):
            functions.create_function(
                FunctionName=f"f{number}", Runtime="python3.12", Role=role,
                Handler="index.handler", Code={"ZipFile": archive(900_000)})

        with filled(disk):
            error = refused(make, 8)
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 507, error
            assert "the disk is full (LT5101)" in str(error)
            advance(server, 120)
            assert "Contents" not in s3.list_objects_v2(Bucket="lake")
        functions.create_function(
            FunctionName="last", Runtime="python3.12", Role=role, Handler="index.handler",
            Code={"ZipFile": code})
        answer = functions.invoke(FunctionName="last", Payload=b"{}")
        assert answer["Payload"].read() == b"1"
        advance(server, 600)
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket="lake")["Contents"]]
        bodies = [s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in keys]
        assert b"".join(bodies) == b"".join(data), "delivered once, whole and in order"


def advance(server, seconds):
    request = urllib.request.Request(
        f"{server.endpoint}/_leat/clock/advance", method="POST",
        data=json.dumps({"milliseconds": seconds * 1000}).encode())
    urllib.request.urlopen(request).read()


def test_a_disk_that_can_only_be_read_says_so(disk, tmp_path):
    template = tmp_path / "t.yaml"
    template.write_text(TEMPLATE)
    deploy = ("deploy", template, "--yes", "--stack-name")
    leat(*deploy, "a", data=disk / "data")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        run = leat(*deploy, "b", data=disk / "data", check=False)
        assert run.returncode == 1 and "error[LT5102]" in run.stderr, run.stderr
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    leat(*deploy, "b", data=disk / "data")


def test_too_many_open_files_pass_by_themselves(tmp_path):
    with Served(data=tmp_path / "data") as server:
        s3, kinesis = server.client("s3"), server.client("kinesis")
        s3.create_bucket(Bucket="lake")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        calls = {
            "PutObject": lambda: s3.put_object(Bucket="lake", Key="k", Body=b"y" * 100_000),
            "PutRecord": lambda: kinesis.put_record(StreamName="s", Data=b"z", PartitionKey="k"),
        }
        process = server.process.pid
        limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
        # Whatever number is free next is above the limit: the connections are open already.
        resource.prlimit(process, resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            for name, call in calls.items():
                with pytest.raises(ClientError) as failure:
                    call()
                status = failure.value.response["ResponseMetadata"]["HTTPStatusCode"]
                assert (status, "LT5103" in str(failure.value)) == (503, True), (
                    name, failure.value)
        finally:
            resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
        for call in calls.values():
            call()
