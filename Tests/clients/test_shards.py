"""`leat shards` and the new ways of `leat send`, beside boto3."""
import json
import os
import pty
import select
import subprocess

from served import LEAT, ROOT, Served, clean_environment, leat


def test_shards_are_measured_by_server_and_without(tmp_path):
    data = tmp_path / "data"
    with Served("--clock", "virtual", data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=2)
        for number in range(40):
            kinesis.put_record(StreamName="s", PartitionKey=f"k{number}", Data=b"x" * number)
        leat("clock", "advance", "1h", data=data)
        kinesis.merge_shards(StreamName="s", ShardToMerge="shardId-000000000000",
                             AdjacentShardToMerge="shardId-000000000001")
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"four")
        served = json.loads(leat("shards", "s", "--json", data=data).stdout)
        first, second, merged = served["shards"]
        assert [s["state"] for s in served["shards"]] == ["CLOSED", "CLOSED", "OPEN"]
        assert merged["parents"] == [first["id"], second["id"]]
        assert (merged["records"], merged["bytes"], merged["heat"]) == (1, 5, 1)
        assert first["records"] + second["records"] == 40 and first["heat"] == 0
        assert first["bytes"] + second["bytes"] == sum(range(40)) + 10 * 2 + 30 * 3
        by_arn = leat("shards", "arn:aws:kinesis:us-east-1:000000000000:stream/s", data=data).stdout
        assert by_arn == leat("shards", "s", data=data).stdout and "0+1" in by_arn
        wrong = leat("shards", "t", data=data, check=False)
        assert wrong.returncode == 1 and "there is no stream `t`" in wrong.stderr
    alone = json.loads(leat("shards", "s", "--json", data=data).stdout)
    counted = ["id", "records", "bytes", "parents", "oldest"]
    assert [[s[k] for k in counted] for s in alone["shards"]] == [
        [s[k] for k in counted] for s in served["shards"]]


def test_the_calculator_needs_no_environment(tmp_path):
    said = leat("shards", "--calculate", "--record-size", "2KiB", "--rate", "5000/s", "--json",
                data=tmp_path / "none")
    assert json.loads(said.stdout)["shards"] == 10
    assert not (tmp_path / "none").exists()


def test_files_of_all_forms_are_sent(tmp_path):
    data = tmp_path / "data"
    (tmp_path / "users.csv").write_text("id,name\n7,Ann\n8,Ben\n")
    (tmp_path / "users.json").write_text('[{"id": 9},\n {"id": 10}]')
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        for name in ["users.csv", "users.json"]:
            leat("send", "s", "--file", tmp_path / name, "--key-field", "id", data=data)
        piped = subprocess.run(
            [LEAT, "send", "s", "--file", "-", "--format", "csv", "--key-field", "id", "--data",
             str(data)], input="id\n11\n", text=True, capture_output=True,
            env=clean_environment())
        assert piped.stdout == "Sent 1 record to the stream s.\n" and "\r" not in piped.stdout
        lines = leat("consume", "s", "--json", data=data).stdout.splitlines()
        assert [json.loads(line)["partitionKey"] for line in lines] == ["7", "8", "9", "10", "11"]
        assert json.loads(lines[0])["data"] == {"id": "7", "name": "Ann"}
        refused = leat("send", "s", "--file", tmp_path / "users.csv", "--key-field", "ids",
                       data=data, check=False)
        assert refused.returncode == 1 and "did you mean `id`?" in refused.stderr
        assert len(leat("consume", "s", "--json", data=data).stdout.splitlines()) == 5


def test_a_delivery_stream_takes_no_keys(tmp_path):
    data = tmp_path / "data"
    leat("deploy", "kinesis-workshop", "--env", "dev", "--yes", data=data)
    name = leat("outputs", "kinesis-workshop", "--env", "dev", "--key", "DeliveryStreamName",
                data=data).stdout.strip()
    for option in ["--partition-key", "--key-field"]:
        refused = leat("send", name, "--pattern", "{}", "--count", 1, option, "k", data=data,
                       check=False)
        assert refused.returncode == 1 and "takes no partition keys" in refused.stderr
    wrong = leat("consume", name, data=data, check=False)
    assert wrong.returncode == 1 and "is a delivery stream" in wrong.stderr


def test_a_busy_stream_gets_and_gives_everything(tmp_path):
    data = tmp_path / "data"
    with Served("--throttle", "real", data=data) as server:
        server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        # Three times what a shard takes in a second.
        said = leat("send", "s", "--pattern", "{n}", "--count", "3000", data=data).stdout
        assert said == "Sent 3000 records to the stream s.\n"
        readers = [subprocess.Popen(
            [LEAT, "consume", "s", "--format", "raw", "--data", str(data)],
            stdout=subprocess.PIPE, text=True, env=clean_environment()) for _ in range(8)]
        for reader in readers:
            lines = reader.communicate(timeout=60)[0].split()
            assert sorted(map(int, lines)) == list(range(1, 3001))


def test_a_terminal_gets_a_bar(tmp_path):
    leat("list", data=tmp_path / "data")
    with Served(data=tmp_path / "data") as server:
        server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(LEAT, [LEAT, "send", "s", "--pattern", "x", "--count", "30", "--rate", "20/s",
                             "--data", str(tmp_path / "data")],
                      clean_environment(TERM="xterm", COLUMNS="100"))
        said = b""
        while select.select([terminal], [], [], 60)[0]:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            said += chunk
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert "█" in said.decode() and "30/30" in said.decode()
        assert said.decode().rstrip().endswith("\x1b[2KSent 30 records to the stream s.")
