"""Kinesis as boto3 uses it, through the port."""
import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("kinesis") / "data"
    with Served("--clock", "virtual", data=data) as server:
        server.data = data
        yield server


@pytest.fixture()
def kinesis(server):
    client = server.client("kinesis")
    yield client
    for name in client.list_streams()["StreamNames"]:
        client.delete_stream(StreamName=name)


def read(kinesis, stream, shard="shardId-000000000000", kind="TRIM_HORIZON", **more):
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]
    return kinesis.get_records(ShardIterator=iterator)


def test_a_record_comes_back_as_it_was_put(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="s", WaiterConfig={"Delay": 0})
    put = kinesis.put_record(StreamName="s", Data=b"\x00\xff \n", PartitionKey="k\u00e9y \"1\"")
    answer = read(kinesis, "s")
    (record,) = answer["Records"]
    assert record["Data"] == b"\x00\xff \n"
    assert record["PartitionKey"] == "k\u00e9y \"1\""
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert put["ShardId"] == "shardId-000000000000"
    assert answer["MillisBehindLatest"] == 0 and answer["NextShardIterator"]


def test_a_full_batch_spreads_over_the_shards(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=4)
    entries = [{"Data": b"x" * n, "PartitionKey": f"k{n}"} for n in range(500)]
    answer = kinesis.put_records(StreamName="s", Records=entries)
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == 500
    shards = [shard["ShardId"] for shard in kinesis.list_shards(StreamName="s")["Shards"]]
    assert {entry["ShardId"] for entry in answer["Records"]} == set(shards)
    found = [r for shard in shards for r in read(kinesis, "s", shard)["Records"]]
    assert sorted(len(r["Data"]) for r in found) == list(range(500))
    for shard in shards:
        numbers = [int(r["SequenceNumber"]) for r in read(kinesis, "s", shard)["Records"]]
        assert numbers == sorted(numbers)


def test_describing(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=2)
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    description = kinesis.describe_stream(StreamARN=arn)["StreamDescription"]
    assert description["StreamStatus"] == "ACTIVE" and description["StreamARN"] == arn
    assert [s["HashKeyRange"]["EndingHashKey"] for s in description["Shards"]] == [
        str(2**127 - 1), str(2**128 - 1)]
    assert description["RetentionPeriodHours"] == 24
    summary = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2


@pytest.mark.parametrize("operation, arguments, code", [
    ("describe_stream", {"StreamName": "none"}, "ResourceNotFoundException"),
    ("put_record", {"StreamName": "none", "Data": b"", "PartitionKey": "a"},
     "ResourceNotFoundException"),
    ("get_records", {"ShardIterator": "AAAA"}, "InvalidArgumentException"),
    ("list_channels", {}, "UnsupportedOperation"),
])
def test_errors_have_their_codes(kinesis, operation, arguments, code):
    with pytest.raises(ClientError) as caught:
        getattr(kinesis, operation)(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_accounts_and_regions_are_apart(server, kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=1)
    assert server.client("kinesis", account="111111111111").list_streams()["StreamNames"] == []
    assert server.client("kinesis", region="eu-west-1").list_streams()["StreamNames"] == []


def test_acknowledged_records_outlive_a_kill(tmp_path):
    with Served(data=tmp_path / "data") as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        put = [kinesis.put_record(StreamName="s", Data=b"%d" % n, PartitionKey="k")
               for n in range(20)]
        server.kill()
    with Served(data=tmp_path / "data") as server:
        records = read(server.client("kinesis"), "s")["Records"]
        assert [r["Data"] for r in records] == [b"%d" % n for n in range(20)]
        assert [r["SequenceNumber"] for r in records] == [p["SequenceNumber"] for p in put]


def test_a_stream_is_encrypted_and_grows_by_itself(kinesis):
    kinesis.create_stream(StreamName="s")
    kinesis.start_stream_encryption(
        StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    summary = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    assert summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
    kinesis.stop_stream_encryption(
        StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    description = kinesis.describe_stream(StreamName="s")["StreamDescription"]
    assert description["EncryptionType"] == "NONE" and "KeyId" not in description


def test_a_quoted_iterator_is_taken(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    iterator = kinesis.get_shard_iterator(
        StreamName="s", ShardId="shardId-000000000000",
        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=f'"{iterator}"')["Records"]] == [b"x"]
