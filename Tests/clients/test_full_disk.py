"""A disk that fills up: every way of writing fails with one clear error, and works again as soon as
there is room, without a restart."""
import contextlib
import os
import subprocess

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
