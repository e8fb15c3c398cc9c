"""A consumer as people write them, which tracks shards by GetRecords alone, while others reshard."""
import threading

import pytest

from served import Served

STREAM = "s"


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def read_all(kinesis):
    """Keys and numbers of all records: each shard after its parents, to its end or to where nothing
    more has come."""
    shards = {shard["ShardId"]: shard for shard in kinesis.list_shards(
        StreamName=STREAM)["Shards"]}
    waiting = [name for name, shard in shards.items() if "ParentShardId" not in shard]
    found, done = [], set()
    while waiting:
        name = waiting.pop(0)
        iterator = kinesis.get_shard_iterator(
            StreamName=STREAM, ShardId=name, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        is_closed = "EndingSequenceNumber" in shards[name]["SequenceNumberRange"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator, Limit=7)
            found += [(record["PartitionKey"], int(record["Data"]))
                      for record in answer["Records"]]
            iterator = answer.get("NextShardIterator")
            if not answer["Records"] and not is_closed:
                break
        assert is_closed == (iterator is None)
        done.add(name)
        for child in answer.get("ChildShards", []):
            if set(child["ParentShards"]) <= done and child["ShardId"] not in waiting:
                waiting.append(child["ShardId"])
    assert done == set(shards), "children are told by their parents' ends"
    return found


def test_records_are_read_once_and_in_order_while_shards_split_and_merge(server):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    keys, rounds = [f"key {number}" for number in range(10)], 30

    def produce():
        for number in range(rounds):
            for key in keys:
                kinesis.put_record(StreamName=STREAM, PartitionKey=key, Data=str(number).encode())

    producer = threading.Thread(target=produce)
    producer.start()
    half = 1 << 127
    kinesis.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000",
                        NewStartingHashKey=str(half // 2))
    kinesis.merge_shards(StreamName=STREAM, ShardToMerge="shardId-000000000003",
                         AdjacentShardToMerge="shardId-000000000001")
    for count in (3, 5, 3):
        kinesis.update_shard_count(StreamName=STREAM, TargetShardCount=count,
                                   ScalingType="UNIFORM_SCALING")
    producer.join(timeout=120)
    found = read_all(kinesis)
    assert len(found) == len(keys) * rounds
    for key in keys:
        assert [number for one, number in found if one == key] == list(range(rounds))
