"""Enhanced fan-out: records pushed over the event stream, as botocore and CBOR clients read it."""
import struct
import threading
import urllib.request

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError, EventStreamError

import cbor_client
from served import ACCOUNT, Served
from test_crash import advance

ARN = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/"
SHARD = "shardId-000000000000"


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server


@pytest.fixture
def kinesis(server):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    yield kinesis
    kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)


def register(kinesis, name):
    made = kinesis.register_stream_consumer(StreamARN=ARN + "s", ConsumerName=name)["Consumer"]
    return made["ConsumerARN"]


def subscribe(kinesis, consumer, shard=SHARD, **start):
    return kinesis.subscribe_to_shard(
        ConsumerARN=consumer, ShardId=shard, StartingPosition=start or {"Type": "TRIM_HORIZON"}
    )["EventStream"]


def put(kinesis, *keys):
    kinesis.put_records(StreamName="s", Records=[
        {"Data": key.encode(), "PartitionKey": key} for key in keys])


def read(events, count):
    """The data of records, until there are so many."""
    found = []
    for event in events:
        found += [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]]
        if len(found) >= count:
            break
    return found


def test_two_consumers_each_see_all_records_as_they_come(kinesis):
    streams = [subscribe(kinesis, register(kinesis, name)) for name in ("one", "two")]
    found = [None, None]

    def consume(number):
        found[number] = read(streams[number], 40)

    threads = [threading.Thread(target=consume, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    expected = [f"k{number}".encode() for number in range(40)]
    for key in expected:
        put(kinesis, key.decode())
    for thread in threads:
        thread.join(timeout=60)
    assert found == [expected, expected]


def test_it_lives_five_minutes_and_is_continued(server, kinesis):
    consumer = register(kinesis, "app")
    put(kinesis, "a", "b")
    events = iter(subscribe(kinesis, consumer))
    first = next(events)["SubscribeToShardEvent"]
    assert [record["Data"] for record in first["Records"]] == [b"a", b"b"]
    assert first["MillisBehindLatest"] == 0 and not first.get("ChildShards")
    advance(server, 299_000)
    signs = [next(events)["SubscribeToShardEvent"]]
    advance(server, 1_000)
    signs += [event["SubscribeToShardEvent"] for event in events]
    assert all(sign["Records"] == [] for sign in signs)
    sign = signs[-1]
    put(kinesis, "c")
    again = subscribe(kinesis, consumer, Type="AFTER_SEQUENCE_NUMBER",
                      SequenceNumber=sign["ContinuationSequenceNumber"])
    assert read(again, 1) == [b"c"]


def test_a_second_subscription_waits_five_seconds_and_takes_over(server, kinesis):
    consumer = register(kinesis, "app")
    first = iter(subscribe(kinesis, consumer, Type="LATEST"))
    with pytest.raises(ClientError) as refused:
        subscribe(kinesis, consumer, Type="LATEST")
    assert refused.value.response["Error"]["Code"] == "ResourceInUseException"
    advance(server, 5_000)
    second = subscribe(kinesis, consumer, Type="LATEST")
    with pytest.raises(EventStreamError) as ended:
        for _ in first:
            pass
    assert "ResourceInUseException" in str(ended.value)
    put(kinesis, "a")
    assert read(second, 1) == [b"a"]


def test_shards_are_followed_through_a_split_and_a_merge(server, kinesis):
    """A consumer that knows nothing but what events tell sees each record once, keys in order."""
    consumer = register(kinesis, "app")
    keys = [f"key {number}" for number in range(8)]
    put(kinesis, *(f"{key}/0" for key in keys))
    kinesis.split_shard(StreamName="s", ShardToSplit=SHARD, NewStartingHashKey=str(1 << 127))
    kinesis.put_records(StreamName="s", Records=[
        {"Data": f"{key}/1".encode(), "PartitionKey": key} for key in keys])
    kinesis.merge_shards(StreamName="s", ShardToMerge="shardId-000000000001",
                         AdjacentShardToMerge="shardId-000000000002")
    put(kinesis, *(f"{key}/2" for key in keys))
    found, done, waiting = [], set(), [SHARD]
    while waiting:
        shard = waiting.pop(0)
        done.add(shard)
        for event in subscribe(kinesis, consumer, shard):
            event = event["SubscribeToShardEvent"]
            found += [record["Data"].decode() for record in event["Records"]]
            for child in event.get("ChildShards", []):
                assert "ContinuationSequenceNumber" not in event
                if (child["ShardId"] not in done | set(waiting)
                        and set(child["ParentShards"]) <= done):
                    waiting.append(child["ShardId"])
            if len(found) == 24:
                break
    assert len(done) == 4
    for key in keys:
        assert [one for one in found if one.startswith(key + "/")] == [
            f"{key}/{number}" for number in range(3)]


def test_events_in_cbor(server, kinesis):
    consumer = register(kinesis, "app")
    kinesis.put_record(StreamName="s", Data=b"\x00\xff", PartitionKey="k")
    scope = f"{ACCOUNT}/20261121/us-east-1/kinesis/aws4_request"
    request = urllib.request.Request(server.endpoint, method="POST", data=cbor_client.dumps({
        "ConsumerARN": consumer, "ShardId": SHARD, "StartingPosition": {"Type": "TRIM_HORIZON"},
    }), headers={
        "X-Amz-Target": "Kinesis_20131202.SubscribeToShard", "Content-Type": cbor_client.TYPE,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.headers["Content-Type"] == "application/vnd.amazon.eventstream"
        messages = EventStreamBuffer()
        found = []
        while len(found) < 2:
            head = response.read(4)
            messages.add_data(head + response.read(struct.unpack(">I", head)[0] - 4))
            found += list(messages)
    assert [one.headers[":event-type"] for one in found] == [
        "initial-response", "SubscribeToShardEvent"]
    event = cbor_client.loads(found[1].payload)
    (record,) = event["Records"]
    assert record["Data"] == b"\x00\xff" and record["PartitionKey"] == "k"
    assert isinstance(record["ApproximateArrivalTimestamp"], cbor_client.Timestamp)


def test_the_server_stops_while_someone_is_subscribed():
    with Served("--ephemeral") as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        events = iter(subscribe(kinesis, register(kinesis, "app"), Type="LATEST"))
        assert server.stop() == 0
        with pytest.raises(StopIteration):
            next(events)
