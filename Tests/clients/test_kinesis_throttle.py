"""`--throttle real`: shards take and give no more than AWS's do, and clients see what they see there."""
import pytest
from botocore.exceptions import ClientError

from served import Served
from test_crash import advance

FULL = "ProvisionedThroughputExceededException"


def start(*options):
    server = Served("--ephemeral", "--clock", "virtual", *options)
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    return server, kinesis


def put(kinesis, count, size=1):
    answer = kinesis.put_records(StreamName="s", Records=[
        {"Data": b"x" * size, "PartitionKey": "k"} for _ in range(count)])
    codes = [one.get("ErrorCode") for one in answer["Records"]]
    assert answer["FailedRecordCount"] == sum(code is not None for code in codes)
    return codes


def test_rates_are_held_by_the_clock():
    server, kinesis = start("--throttle", "real")
    with server:
        assert put(kinesis, 500) + put(kinesis, 500) == [None] * 1000
        assert put(kinesis, 2) == [FULL, FULL]
        with pytest.raises(ClientError) as refused:
            kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
        assert refused.value.response["Error"] == {
            "Code": FULL, "Message": "Rate exceeded for shard shardId-000000000000 in stream s under "
                                     "account 000000000000."}
        advance(server, 1_000)
        assert put(kinesis, 3, size=400_000) == [None, None, FULL]
        iterator = kinesis.get_shard_iterator(
            StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="LATEST")
        for _ in range(5):
            kinesis.get_records(ShardIterator=iterator["ShardIterator"])
        with pytest.raises(ClientError) as refused:
            kinesis.get_records(ShardIterator=iterator["ShardIterator"])
        assert refused.value.response["Error"]["Code"] == FULL
        advance(server, 1_000)
        kinesis.get_records(ShardIterator=iterator["ShardIterator"])


def test_nothing_is_held_unless_asked():
    server, kinesis = start()
    with server:
        for _ in range(5):
            assert put(kinesis, 500) == [None] * 500
