"""HTTP/2 by prior knowledge, as Java's asynchronous client and JavaScript's Kinesis client speak it."""
import json
import shutil
import socket
import subprocess

import pytest
from botocore.exceptions import ClientError

from http2_session import over_http2
from served import ACCOUNT, Served

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def client(server, name):
    client, session = over_http2(server.client(name))
    return client, session


def test_hot_and_plain_operations_answer_over_one_connection(server):
    kinesis, session = client(server, "kinesis")
    kinesis.create_stream(StreamName="plain", ShardCount=1)

    def put(number):
        return kinesis.put_record(
            StreamName="plain", Data=b"%d" % number, PartitionKey="k")["SequenceNumber"]

    # One after the other: the client's library takes one request at a time. Node.js takes a hundred.
    numbers = [put(number) for number in range(50)]
    assert len(set(numbers)) == 50
    start = kinesis.get_shard_iterator(
        StreamName="plain", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert {record["SequenceNumber"] for record in records} == set(numbers)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kinesis.put_record(StreamName="missing", Data=b"x", PartitionKey="k")
    assert session.versions == {"HTTP/2"}


def test_two_subscriptions_and_puts_share_a_connection(server):
    kinesis, _ = client(server, "kinesis")
    kinesis.create_stream(StreamName="fan", ShardCount=1)
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/fan"
    readers = []
    for name in ("one", "two"):
        consumer = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName=name)
        readers.append(kinesis.subscribe_to_shard(
            ConsumerARN=consumer["Consumer"]["ConsumerARN"], ShardId="shardId-000000000000",
            StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"])
    for number in range(5):
        kinesis.put_record(StreamName="fan", Data=b"%d" % number, PartitionKey="k")
    for events in readers:
        found = []
        for event in events:
            found += [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]]
            if len(found) == 5:
                break
        assert found == [b"0", b"1", b"2", b"3", b"4"]
        events.close()


def test_objects_larger_than_any_window_go_and_come(server):
    s3, session = client(server, "s3")
    s3.create_bucket(Bucket="large")
    content = bytes(range(256)) * (40 << 10)
    s3.put_object(Bucket="large", Key="k", Body=content)
    assert s3.get_object(Bucket="large", Key="k")["Body"].read() == content
    head = s3.head_object(Bucket="large", Key="k")
    assert head["ContentLength"] == len(content)
    part = s3.get_object(Bucket="large", Key="k", Range="bytes=10-19")["Body"].read()
    assert part == content[10:20]
    s3.delete_object(Bucket="large", Key="k")
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="large", Key="k")
    assert session.versions == {"HTTP/2"}


def test_a_batch_of_megabytes_is_taken_whole(server):
    kinesis, _ = client(server, "kinesis")
    kinesis.create_stream(StreamName="batch", ShardCount=4)
    answer = kinesis.put_records(StreamName="batch", Records=[
        {"Data": b"x" * 9000, "PartitionKey": str(number)} for number in range(500)])
    assert answer["FailedRecordCount"] == 0


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not on this machine")
def test_node_puts_a_hundred_records_at_once(server):
    server.client("kinesis").create_stream(StreamName="node", ShardCount=1)
    script = """
      const http2 = require("node:http2")
      const session = http2.connect(process.argv[1])
      const ask = (target, body) => new Promise((resolve, reject) => {
        const request = session.request({
          ":method": "POST", ":path": "/", "content-type": "application/x-amz-json-1.1",
          "x-amz-target": "Kinesis_20131202." + target,
          "content-length": Buffer.byteLength(body),
          authorization: "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/kinesis/" +
            "aws4_request, SignedHeaders=host, Signature=0" })
        let status, text = ""
        request.on("response", head => { status = head[":status"] })
        request.on("data", piece => { text += piece })
        request.on("end", () => resolve([status, text]))
        request.on("error", reject)
        request.end(body)
      })
      const record = number => JSON.stringify({
        StreamName: "node", Data: Buffer.from(String(number)).toString("base64"),
        PartitionKey: "k" })
      Promise.all([...Array(100).keys()].map(n => ask("PutRecord", record(n)))).then(answers => {
        const statuses = new Set(answers.map(answer => answer[0]))
        const numbers = new Set(answers.map(answer => JSON.parse(answer[1]).SequenceNumber))
        console.log(JSON.stringify([[...statuses], numbers.size]))
        session.close()
      })
    """
    run = subprocess.run(
        ["node", "-e", script, server.endpoint], text=True, capture_output=True, timeout=60)
    assert json.loads(run.stdout or "null") == [[200], 100], run.stderr


def test_first_bytes_in_pieces_tell_the_version(server):
    host, port = server.endpoint.removeprefix("http://").split(":")
    for first, rest, answer in [
        (PREFACE[:10], PREFACE[10:] + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), b"\x04"),
        (b"P", b"OST /_leat/none HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n",
         b"HTTP/1.1 4"),
        (PREFACE[:14], b"x\r\n\r\n", b"HTTP/1.1 400"),
    ]:
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(first)
            connection.sendall(rest)
            found = connection.recv(4096)
            assert answer in found[:20], (first, found)


def test_a_client_that_closes_its_side_is_let_go(server):
    host, port = server.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(PREFACE + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def test_a_stopping_server_ends_connections_of_http2():
    with Served("--ephemeral") as server:
        kinesis, session = client(server, "kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        assert server.stop() == 0
        session.close()
