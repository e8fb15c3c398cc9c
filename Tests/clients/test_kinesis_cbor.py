"""Kinesis as the Java SDK and the Kinesis client library use it: CBOR both ways."""
import json
import urllib.error
import urllib.request

import pytest

import cbor_client
from cbor_client import Refused, Timestamp
from served import Served


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served("--clock", "virtual", data=tmp_path_factory.mktemp("cbor") / "data") as server:
        yield server


@pytest.fixture()
def kinesis(server):
    def call(operation, **members):
        return cbor_client.call(server.endpoint, f"Kinesis_20131202.{operation}", members)
    yield call
    for name in call("ListStreams")["StreamNames"]:
        call("DeleteStream", StreamName=name)


def records(kinesis, **start):
    iterator = kinesis("GetShardIterator", StreamName="s", ShardId="shardId-000000000000", **start)
    return kinesis("GetRecords", ShardIterator=iterator["ShardIterator"], Limit=10)


def test_bytes_stay_bytes(kinesis):
    assert kinesis("CreateStream", StreamName="s", ShardCount=1) == {}
    put = kinesis("PutRecord", StreamName="s", Data=b"\x00\xff\n", PartitionKey="k\u00e9y")
    answer = records(kinesis, ShardIteratorType="TRIM_HORIZON")
    (record,) = answer["Records"]
    assert record["Data"] == b"\x00\xff\n"
    assert record["PartitionKey"] == "k\u00e9y"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert answer["MillisBehindLatest"] == 0


def test_timestamps_are_milliseconds_under_a_tag(kinesis):
    kinesis("CreateStream", StreamName="s", ShardCount=1)
    kinesis("PutRecords", StreamName="s", Records=[
        {"Data": b"a", "PartitionKey": "1"}, {"Data": b"", "PartitionKey": "2"}])
    answer = records(kinesis, ShardIteratorType="TRIM_HORIZON")
    assert [entry["Data"] for entry in answer["Records"]] == [b"a", b""]
    arrival = answer["Records"][0]["ApproximateArrivalTimestamp"]
    assert isinstance(arrival, Timestamp) and arrival.milliseconds > 1_600_000_000_000
    created = kinesis("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]
    assert created["StreamCreationTimestamp"].milliseconds <= arrival.milliseconds
    summary = kinesis("ListStreams")["StreamSummaries"][0]
    described = kinesis("DescribeStream", StreamName="s")["StreamDescription"]
    assert (summary["StreamCreationTimestamp"] == described["StreamCreationTimestamp"]
            == created["StreamCreationTimestamp"])
    again = records(kinesis, ShardIteratorType="AT_TIMESTAMP", Timestamp=arrival)
    assert len(again["Records"]) == 2


@pytest.mark.parametrize("operation, members, code, status", [
    ("DescribeStream", {"StreamName": "none"}, "ResourceNotFoundException", 400),
    ("CreateStream", {"StreamName": "a b", "ShardCount": 1}, "ValidationException", 400),
    ("NoSuchThing", {}, "UnsupportedOperation", 400),
    ("RemoveTagsFromStream", {"StreamName": "s", "TagKeys": "a"}, "SerializationException", 400),
])
def test_refusals_are_cbor_too(kinesis, operation, members, code, status):
    with pytest.raises(Refused) as refused:
        kinesis(operation, **members)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert refused.value.headers["x-amzn-ErrorType"] == code


def test_json_lists_are_lists(server):
    """A scalar in a list's place is an error of its JSON, as AWS has it."""
    request = urllib.request.Request(
        server.endpoint, data=json.dumps({"StreamName": "s", "TagKeys": "a"}).encode(), headers={
            "X-Amz-Target": "Kinesis_20131202.RemoveTagsFromStream",
            "Content-Type": "application/x-amz-json-1.1"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 400
    assert json.loads(refused.value.read()) == {
        "__type": "SerializationException", "message": "Expected list or null"}
