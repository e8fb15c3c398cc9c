"""`leat consume` beside boto3: records as they come, through resharding, until Ctrl-C."""
import gzip
import hashlib
import json
import signal
import subprocess
import time

from served import LEAT, ROOT, Served, clean_environment, leat

MIDDLE = str(2 ** 127)


def aggregate(records):
    """As the Kinesis Producer Library packs records of fewer than 128 bytes."""
    def field(number, data):
        return bytes([number << 3 | 2, len(data)]) + data
    message = b"".join(field(1, key.encode()) for key, _ in records)
    for index, (_, data) in enumerate(records):
        message += field(3, bytes([8, index]) + field(3, data))
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


class Consumer:
    """`leat consume …` in the background."""

    def __init__(self, *arguments, data):
        self.process = subprocess.Popen(
            [LEAT, "consume", *arguments, "--data", str(data)], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=clean_environment())

    def wait_until_idle(self):
        assert "waiting for what comes" in self.process.stderr.readline()

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        out, error = self.process.communicate(timeout=30)
        return self.process.returncode, out, error


def test_records_are_followed_through_a_split(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"before")
        follower = Consumer("s", "--follow", "--format", "raw", data=data)
        assert follower.line() == "before"
        follower.wait_until_idle()
        kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000",
                            NewStartingHashKey=MIDDLE)
        for number in range(20):
            kinesis.put_record(StreamName="s", PartitionKey=f"k{number}", Data=b"%d" % number)
        assert sorted(int(follower.line()) for _ in range(20)) == list(range(20))
        code, out, error = follower.stop()
        assert (code, out) == (0, "")
        assert error.startswith("21 records, from 3 shards; stopped before the end.")
        assert error.count("go on with --shard") == 3
        latest = Consumer("s", "--from", "latest", "--follow", "--json", data=data)
        latest.wait_until_idle()
        put = kinesis.put_record(StreamName="s", PartitionKey="user", Data=b'{"a": 1}')
        line = json.loads(latest.line())
        assert line["sequence"] == put["SequenceNumber"] and line["shard"] == put["ShardId"]
        assert line["data"] == {"a": 1} and line["partitionKey"] == "user"
        assert latest.stop(signal.SIGTERM)[0] == 0


def test_what_producers_packed_is_unpacked(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        packed = aggregate([("a", b'{"n": 1}'), ("b", b"two")])
        kinesis.put_record(StreamName="s", PartitionKey="outer", Data=packed)
        kinesis.put_record(StreamName="s", PartitionKey="c", Data=gzip.compress(b"three"))
        kinesis.put_record(StreamName="s", PartitionKey="d", Data=b"\x00\xff")
        said = subprocess.run(
            [LEAT, "consume", "s", "--format", "raw", "--data", str(data)], check=True,
            capture_output=True, env=clean_environment())
        assert said.stdout == b'{"n": 1}\ntwo\nthree\n\x00\xff\n'
        lines = [json.loads(line) for line in leat(
            "consume", "s", "--json", data=data).stdout.splitlines()]
        assert [line["partitionKey"] for line in lines] == ["a", "b", "c", "d"]
        assert [line.get("subsequence") for line in lines] == [0, 1, None, None]
        assert [line["encoding"] for line in lines] == ["json", "text", "text", "base64"]
        stored = leat("consume", "s", "--json", "--as-stored", data=data).stdout.splitlines()
        assert len(stored) == 3
    # Without a server, in the same words.
    alone = leat("consume", "s", "--json", data=data)
    assert [json.loads(line) for line in alone.stdout.splitlines()] == lines
    refused = leat("consume", "s", "--follow", data=data, check=False)
    assert refused.returncode == 1 and "leat serve" in refused.stderr


def test_a_virtual_clock_counts_for_the_start(tmp_path):
    data = tmp_path / "data"
    with Served("--clock", "virtual", data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        follower = Consumer("s", "--from", "latest", "--follow", "--format", "raw", data=data)
        follower.wait_until_idle()
        for number in range(4):
            kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"%d" % number)
            leat("clock", "advance", "10m", data=data)
        # Iterators live five minutes, also where time moves on at once.
        assert [follower.line() for _ in range(4)] == ["0", "1", "2", "3"]
        assert follower.stop()[0] == 0
        for start, numbers in [("-15m", "3"), ("-25m", "23"), ("-1d", "0123")]:
            said = leat("consume", "s", "--from", start, "--format", "raw", data=data)
            assert said.stdout.replace("\n", "") == numbers


def test_many_records_and_a_reader_that_goes_away(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=3)
        for batch in range(30):
            kinesis.put_records(StreamName="s", Records=[
                {"Data": b"%06d" % (batch * 500 + n) + b"x" * 1000, "PartitionKey": str(n)}
                for n in range(500)])
        lines = leat("consume", "s", "--format", "raw", data=data).stdout.splitlines()
        assert sorted(int(line[:6]) for line in lines) == list(range(15_000))
        piped = subprocess.run(
            f"{LEAT} consume s --follow --data {data} | head -3", shell=True, text=True,
            capture_output=True, env=clean_environment(), timeout=60)
        assert len(piped.stdout.splitlines()) == 3 and piped.returncode == 0


def test_the_stream_or_the_server_may_go(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        lines = server.client("logs")
        lines.create_log_group(logGroupName="/aws/lambda/f")
        lines.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="1")
        lines.put_log_events(
            logGroupName="/aws/lambda/f", logStreamName="1",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": "hello"}])
        gone = Consumer("s", "--follow", data=data)
        gone.wait_until_idle()
        kinesis.delete_stream(StreamName="s")
        error = gone.process.communicate(timeout=60)[1]
        assert gone.process.returncode == 1 and "0 records, from 1 shard" in error
        assert "the stream s was deleted meanwhile" in error
        kinesis.create_stream(StreamName="s", ShardCount=1)
        left = Consumer("s", "--follow", data=data)
        left.wait_until_idle()
        logs = subprocess.Popen(
            [LEAT, "logs", "/aws/lambda/f", "--follow", "--data", str(data)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        assert "hello" in logs.stdout.readline()
        server.stop()
    for process in [left.process, logs]:
        error = process.communicate(timeout=60)[1]
        assert process.returncode == 1 and "the server closed the connection" in error


def test_mistakes_and_names_for_a_shell(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        server.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
        wrong = leat("consume", "ordres", data=data, check=False)
        assert wrong.returncode == 1 and "did you mean `orders`?" in wrong.stderr
        assert leat("consume", "orders", "--from", "soon", data=data, check=False).returncode == 64
        completed = subprocess.run(
            [LEAT, "---completion", "consume", "--", "positional@0", "1", "0", "leat", "consume",
             ""], capture_output=True, text=True, env=clean_environment(LEAT_DATA=str(data)))
        assert completed.stdout.split() == ["orders"]
    for shell in ["bash", "zsh", "fish"]:
        assert "consume" in subprocess.run(
            [LEAT, "completion", shell], capture_output=True, text=True, check=True).stdout
