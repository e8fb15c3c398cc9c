"""Records that wait in delivery streams: seen, counted as losses, and delivered first."""
import json
import subprocess

import pytest

from served import LEAT, Served, leat
from test_crash import advance

STACK = ["kinesis-workshop", "--env", "dev"]

TEMPLATE = """
Parameters:
  Name: {Type: String, Default: first}
  Target: {Type: String}
Resources:
  Source:
    Type: AWS::Kinesis::Stream
    Properties: {ShardCount: 1}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: !Ref Name
      ExtendedS3DestinationConfiguration:
        BucketARN: !Sub arn:aws:s3:::${Target}
        RoleARN: !Sub arn:aws:iam::${AWS::AccountId}:role/delivery
        BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 100}
  FromStream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration:
        KinesisStreamARN: !GetAtt Source.Arn
        RoleARN: !Sub arn:aws:iam::${AWS::AccountId}:role/delivery
      ExtendedS3DestinationConfiguration:
        BucketARN: !Sub arn:aws:s3:::${Target}
        RoleARN: !Sub arn:aws:iam::${AWS::AccountId}:role/delivery
        BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 100}
Outputs:
  StreamName: {Value: !Ref Source}
"""


@pytest.fixture()
def waiting(tmp_path):
    """A stack whose delivery stream holds three records, and its stream two; the bucket is not
    its own."""
    data = tmp_path / "data"
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    with Served("--clock", "virtual", data=data) as server:
        server.client("s3").create_bucket(Bucket="kept")

        def command(name, *arguments, check=True, name_of_delivery="first"):
            more = (["--parameters", "Target=kept", f"Name={name_of_delivery}"]
                    if name in ("plan", "deploy") and "--destroy" not in arguments else [])
            return leat(name, tmp_path / "t.yaml", "--stack-name", "s", *arguments, *more,
                        data=data, check=check)

        command("deploy", "--yes")
        outputs = json.loads(command("outputs", "--json").stdout)
        for number in range(3):
            server.client("firehose").put_record(
                DeliveryStreamName="first", Record={"Data": b"r%d;" % number})
        for number in range(2):
            server.client("kinesis").put_record(
                StreamName=outputs["StreamName"], PartitionKey="k", Data=b"s%d;" % number)
        server.command = command
        server.data_directory = data
        yield server


def texts(server):
    s3 = server.client("s3")
    return sorted(
        s3.get_object(Bucket="kept", Key=entry["Key"])["Body"].read().decode()
        for entry in s3.list_objects_v2(Bucket="kept").get("Contents", []))


def test_show_says_what_waits_and_until_when(waiting):
    advance(waiting, 58_000)
    shown = waiting.command("show").stdout
    line = next(
        line for line in shown.splitlines() if " first " in line and " wait" in line)
    assert "3 records (9 B) wait for delivery until " in line and "(in 42 s)" in line
    buffers = json.loads(waiting.command("show", "--json").stdout)["buffers"]
    by_id = {buffer["logicalId"]: buffer for buffer in buffers}
    assert set(by_id) == {"Delivery", "FromStream"}
    delivery = by_id["Delivery"]
    assert (delivery["records"], delivery["bytes"], delivery["stage"]) == (3, 9, "delivery")
    assert delivery["flushesInSeconds"] == 42
    assert by_id["FromStream"]["records"] == 2
    advance(waiting, 42_000)
    assert json.loads(waiting.command("show", "--json").stdout)["buffers"] == []
    assert texts(waiting) == ["r0;r1;r2;", "s0;s1;"]


def test_plans_say_what_waits_and_what_would_be_lost(waiting):
    assert "3 records (9 B) wait for delivery" in waiting.command("plan").stdout
    assert len(json.loads(waiting.command("plan", "--json").stdout)["buffers"]) == 2
    replaced = waiting.command("plan", name_of_delivery="second").stdout
    assert "lost: 3 buffered records (9 bytes)" in replaced
    removal = waiting.command("plan", "--destroy").stdout
    assert "lost: 3 buffered records (9 bytes)" in removal
    assert "lost: 2 records\n" in removal
    assert "lost: 2 records that " in removal and "has not delivered" in removal


def test_a_stack_is_flushed_without_a_change(waiting):
    said = waiting.command("flush").stdout
    assert "Delivered 3 records (9 B) of first." in said
    assert texts(waiting) == ["r0;r1;r2;", "s0;s1;"]
    assert waiting.command("flush").stdout == "Nothing waits.\n"
    assert json.loads(waiting.command("flush", "--json").stdout) == {"delivered": []}
    advance(waiting, 600_000)
    assert len(texts(waiting)) == 2


def test_a_replacement_delivers_first(waiting):
    said = waiting.command("deploy", "--yes", "--flush", name_of_delivery="second").stdout
    assert "Delivered 3 records (9 B) of first." in said
    assert texts(waiting) == ["r0;r1;r2;"], "what stays is not flushed"
    names = waiting.client("firehose").list_delivery_streams()["DeliveryStreamNames"]
    assert "second" in names and "first" not in names
    advance(waiting, 600_000)
    assert texts(waiting) == ["r0;r1;r2;", "s0;s1;"]


def test_without_the_flag_the_buffer_is_lost(waiting):
    waiting.command("destroy", "--yes")
    advance(waiting, 600_000)
    assert texts(waiting) == []


def test_a_removal_delivers_first(waiting):
    waiting.command("destroy", "--yes", "--flush")
    assert texts(waiting) == ["r0;r1;r2;", "s0;s1;"]
    assert json.loads(leat("list", "--json", data=waiting.data_directory).stdout) == []


def test_a_kept_plan_delivers_first(waiting, tmp_path):
    plan = tmp_path / "removal.plan"
    waiting.command("plan", "--destroy", "--out", plan)
    leat("apply", plan, "--yes", "--flush", data=waiting.data_directory)
    assert texts(waiting) == ["r0;r1;r2;", "s0;s1;"]


@pytest.mark.parametrize("command", ["destroy", "deploy"])
def test_a_destination_that_refuses_stops_the_command(waiting, command):
    waiting.client("s3").delete_bucket(Bucket="kept")
    refused = waiting.command(
        command, "--yes", "--flush", check=False, name_of_delivery="second")
    assert refused.returncode == 1
    assert "LT4011" in refused.stderr and "arn:aws:s3:::kept" in refused.stderr
    assert "The specified bucket does not exist" in refused.stderr
    assert "first" in waiting.client("firehose").list_delivery_streams()["DeliveryStreamNames"]
    state = json.loads(waiting.command("show", "--json").stdout)
    assert state["status"] == "CREATE_COMPLETE"
    assert any(buffer.get("failure") for buffer in state["buffers"])
    waiting.client("s3").create_bucket(Bucket="kept")
    advance(waiting, 300_000)
    assert texts(waiting) == ["r0;r1;r2;", "s0;s1;"]


def test_a_function_is_called_by_a_flush_without_a_server(tmp_path):
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    outputs = json.loads(leat("outputs", *STACK, "--json", data=data).stdout)
    leat("send", outputs["DeliveryStreamName"], "--count", "2", "--pattern", '{"{n}":"NY"}',
         data=data)
    shown = json.loads(leat("show", *STACK, "--json", data=data).stdout)["buffers"]
    assert [(buffer["stage"], buffer["records"]) for buffer in shown] == [("processing", 2)]
    assert "Delivered 2 records" in leat("flush", *STACK, data=data).stdout
    with Served(data=data) as server:
        s3 = server.client("s3")
        (entry,) = s3.list_objects_v2(Bucket=outputs["BucketName"])["Contents"]
        body = s3.get_object(Bucket=outputs["BucketName"], Key=entry["Key"])["Body"].read()
        assert body.decode().count("New York State found !!") == 2


def test_objects_that_a_flush_makes_are_in_the_way_of_a_removal(tmp_path):
    """The bucket belongs to the stack: nothing is removed that --empty-buckets does not name."""
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    outputs = json.loads(leat("outputs", *STACK, "--json", data=data).stdout)
    leat("send", outputs["DeliveryStreamName"], "--count", "1", "--pattern", '{"a":"NY"}',
         data=data)
    refused = leat("destroy", *STACK, "--yes", "--flush", data=data, check=False)
    assert refused.returncode == 1 and "LT4003" in refused.stderr
    assert json.loads(leat("show", *STACK, "--json", data=data).stdout)["buffers"] == []
    leat("destroy", *STACK, "--yes", "--flush", "--empty-buckets", data=data)


def test_objects_that_a_flush_makes_are_in_the_way_of_a_kept_removal(tmp_path):
    data, plan = tmp_path / "data", tmp_path / "removal.plan"
    leat("deploy", *STACK, "--yes", data=data)
    outputs = json.loads(leat("outputs", *STACK, "--json", data=data).stdout)
    leat("send", outputs["DeliveryStreamName"], "--count", "1", "--pattern", '{"a":"NY"}',
         data=data)
    leat("plan", *STACK, "--destroy", "--out", plan, data=data)
    refused = leat("apply", plan, "--yes", "--flush", data=data, check=False)
    assert refused.returncode == 1 and "LT4003" in refused.stderr
    state = json.loads(leat("show", *STACK, "--json", data=data).stdout)
    assert state["status"] == "CREATE_COMPLETE" and state["buffers"] == [], "nothing is removed"


@pytest.fixture()
def assembly(tmp_path):
    """A cloud assembly of one stack, whose delivery stream holds two records; another synthesis of
    it, which replaces the delivery stream."""
    data = tmp_path / "data"
    with Served("--clock", "virtual", data=data) as server:
        server.client("s3").create_bucket(Bucket="kept")

        def folder(name):
            place = tmp_path / name
            place.mkdir()
            (place / "manifest.json").write_text(json.dumps({
                "version": "48.0.0", "artifacts": {"Feeds": {
                    "type": "aws:cloudformation:stack",
                    "environment": "aws://unknown-account/unknown-region",
                    "properties": {"templateFile": "Feeds.template.json"}}}}))
            (place / "Feeds.template.json").write_text(json.dumps({"Resources": {"Delivery": {
                "Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {
                    "DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": {
                        "BucketARN": "arn:aws:s3:::kept",
                        "RoleARN": "arn:aws:iam::000000000000:role/delivery",
                        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 100}}}}}}))
            return place

        server.first, server.second = folder("first"), folder("second")
        leat("deploy", server.first, "--yes", data=data)
        for number in range(2):
            server.client("firehose").put_record(
                DeliveryStreamName="first", Record={"Data": b"a%d;" % number})
        server.data_directory = data
        yield server


def test_plans_of_assemblies_say_what_waits(assembly):
    data = assembly.data_directory
    for more in ([], ["--destroy"]):
        said = leat("plan", assembly.second, *more, data=data).stdout
        assert "2 records (6 B) wait for delivery" in said
        plans = json.loads(leat("plan", assembly.second, *more, "--json", data=data).stdout)["plans"]
        assert [buffer["records"] for buffer in plans[0]["buffers"]] == [2]


def test_assemblies_deliver_first(assembly):
    said = leat("deploy", assembly.second, "--yes", "--flush", data=assembly.data_directory).stdout
    assert "Delivered 2 records (6 B) of first." in said
    assert texts(assembly) == ["a0;a1;"]
    names = assembly.client("firehose").list_delivery_streams()["DeliveryStreamNames"]
    assert names == ["second"]


@pytest.mark.parametrize("command", ["flush", "deploy", "destroy", "apply"])
def test_help_names_the_flag_with_examples(command):
    text = subprocess.run([LEAT, command, "--help"], text=True, capture_output=True).stdout
    assert "EXAMPLE" in text and ("flush" in text)


def test_completion_offers_the_command_and_the_flag():
    for shell in ("bash", "zsh", "fish"):
        script = subprocess.run([LEAT, "completion", shell], text=True, capture_output=True).stdout
        assert "flush" in script
