"""Commands as people and pipelines use them."""
import json
import pathlib
import signal
import subprocess
import urllib.request

import pytest

from served import LEAT, ROOT, Served, clean_environment, leat

STACK = ["kinesis-workshop", "--env", "dev"]
TEMPLATE = ROOT / "stacks/kinesis-workshop/template.yaml"

SECRET = """
Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Sub "token ${Password}"
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
Outputs:
  Told: {Value: !Ref Password}
"""


def test_secrets_are_not_printed(tmp_path):
    (tmp_path / "t.yaml").write_text(SECRET)
    deploy = [tmp_path / "t.yaml", "--stack-name", "s", "--parameters"]
    data = tmp_path / "data"
    said = leat("plan", *deploy, "Password=hunter2hunter2", "--json", data=data).stdout
    said += leat("deploy", *deploy, "Password=hunter2hunter2", "--yes", "--json", data=data).stdout
    said += leat("plan", *deploy, "Password=correcthorse", data=data).stdout
    said += leat("deploy", *deploy, "Password=correcthorse", "--yes", data=data).stdout
    said += leat("show", "s", "--json", "--events", data=data).stdout
    assert "****" in said
    assert "correcthorse" not in said.replace("Told = correcthorse", "")


@pytest.mark.parametrize("change, code, word", [
    (("AWS::S3::Bucket\n", "AWS::S3::Bukcet\n"), "LT3001", "did you mean `AWS::S3::Bucket`?"),
    (("Prefix: !Ref EventPrefix", "Prefixx: in/"), "LT3003", "did you mean `Prefix`?"),
    (("!Ref EventPrefix", "!Ref EventPrefx"), "LT2001", "did you mean `EventPrefix`?"),
    (("!GetAtt EventBucket.Arn", "!GetAtt EventBucket.Ann"), "LT2002", "EventBucket"),
    (("DeliveryStreamType: DirectPut", "DeliveryStreamType: MSKAsSource"), "LT3009", "MSKAsSource"),
])
def test_mistakes_are_told_with_their_place_and_change_nothing(tmp_path, change, code, word):
    text = TEMPLATE.read_text()
    assert change[0] in text
    (tmp_path / "t.yaml").write_text(text.replace(change[0], change[1], 1))
    line = next(n for n, (a, b) in enumerate(
        zip(text.splitlines(), text.replace(change[0], change[1], 1).splitlines()), 1) if a != b)
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    before = leat("show", *STACK, "--json", data=data).stdout
    run = leat("deploy", tmp_path / "t.yaml", "--stack-name", "dev-dataplatform-kinesis-workshop",
               "--yes", data=data, check=False)
    assert run.returncode == 1
    assert f"error[{code}]" in run.stderr and f"t.yaml:{line}:" in run.stderr
    assert "^" in run.stderr and word in run.stderr
    assert leat("show", *STACK, "--json", data=data).stdout == before


def test_prefix_is_changed_in_place_and_the_name_by_replacement(tmp_path):
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    plan = leat("plan", *STACK, "--parameters", "EventPrefix=other/", data=data)
    assert "1 to update" in plan.stdout and "firehose/ → other/" in plan.stdout
    leat("deploy", *STACK, "--parameters", "EventPrefix=other/", "--yes", data=data)
    with Served(data=data) as server:
        firehose = server.client("firehose")
        name = firehose.list_delivery_streams()["DeliveryStreamNames"][0]
        destination = firehose.describe_delivery_stream(DeliveryStreamName=name)[
            "DeliveryStreamDescription"]["Destinations"][0]
        assert destination["ExtendedS3DestinationDescription"]["Prefix"] == "other/"
    text = TEMPLATE.read_text().replace(
        "DeliveryStreamType: DirectPut",
        "DeliveryStreamType: DirectPut\n      DeliveryStreamName: by-hand")
    (tmp_path / "t.yaml").write_text(text)
    renamed = [tmp_path / "t.yaml", "--stack-name", "dev-dataplatform-kinesis-workshop"]
    plan = leat("plan", *renamed, "--detailed-exitcode", data=data, check=False)
    assert plan.returncode == 2
    assert "1 to replace" in plan.stdout and "forces replacement" in plan.stdout
    leat("deploy", *renamed, "--yes", data=data)
    with Served(data=data) as server:
        names = server.client("firehose").list_delivery_streams()["DeliveryStreamNames"]
        assert names == ["by-hand"]


def test_kept_plan_is_applied_once(tmp_path):
    data = tmp_path / "data"
    leat("plan", *STACK, "--out", tmp_path / "change.plan", data=data)
    leat("apply", tmp_path / "change.plan", "--yes", data=data)
    again = leat("apply", tmp_path / "change.plan", "--yes", data=data, check=False)
    assert again.returncode == 1 and "out of date" in again.stderr


def test_commands_find_the_server(tmp_path):
    data = tmp_path / "data"
    with Served(data=data):
        leat("deploy", *STACK, "--yes", data=data)
        assert "No changes" in leat("plan", *STACK, data=data).stdout
        assert json.loads(leat("list", "--json", data=data).stdout)[0]["status"] == "CREATE_COMPLETE"
        unknown = leat("outputs", "nothing", data=data, check=False)
        assert unknown.returncode == 1 and "LT4004" in unknown.stderr
    assert "kinesis-workshop" in leat("list", data=data).stdout


def test_reset_empties_an_ephemeral_server(tmp_path):
    data = tmp_path / "data"
    with Served("--ephemeral", data=data) as server:
        leat("deploy", *STACK, "--yes", data=data)
        s3, kinesis = server.client("s3"), server.client("kinesis")
        assert len(s3.list_buckets()["Buckets"]) == 1
        kinesis.create_stream(StreamName="s", ShardCount=1)
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"x")
        reset = urllib.request.Request(server.endpoint + "/_leat/reset", method="POST", data=b"")
        with urllib.request.urlopen(reset) as answer:
            assert answer.status == 200
        assert s3.list_buckets()["Buckets"] == []
        assert kinesis.list_streams()["StreamNames"] == []
        assert leat("list", data=data).stdout == "No stacks.\n"
        leat("deploy", *STACK, "--yes", data=data)
        assert len(s3.list_buckets()["Buckets"]) == 1
    assert leat("list", data=data).stdout == "No stacks.\n"


def test_reset_is_refused_where_state_is_kept(tmp_path):
    with Served(data=tmp_path / "data") as server:
        reset = urllib.request.Request(server.endpoint + "/_leat/reset", method="POST", data=b"")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(reset)
        assert refused.value.code == 409


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_the_server_and_keep_the_buffers(tmp_path, number):
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    outputs = json.loads(leat("outputs", *STACK, "--json", data=data).stdout)
    server = Served("--clock", "virtual", data=data)
    server.client("firehose").put_record(
        DeliveryStreamName=outputs["DeliveryStreamName"], Record={"Data": b'{"a":"NY"}'})
    server.process.send_signal(number)
    server.process.communicate(timeout=30)
    assert server.process.returncode == 0
    with Served("--clock", "virtual", data=data) as server:
        leat("clock", "advance", "2m", data=data)
        s3 = server.client("s3")
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket=outputs["BucketName"])["Contents"]]
        assert len(keys) == 1
        body = s3.get_object(Bucket=outputs["BucketName"], Key=keys[0])["Body"].read()
        assert body == b'New York State found !! for entry: {"a":"NY"}\n'


def test_no_function_outlives_a_killed_server(tmp_path):
    data = tmp_path / "data"
    leat("deploy", *STACK, "--yes", data=data)
    server = Served(data=data)
    functions = server.client("lambda")
    name = functions.list_functions()["Functions"][0]["FunctionName"]
    functions.invoke(FunctionName=name, Payload=b'{"records":[]}')
    children = pathlib.Path(
        f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    workers = [
        int(p) for task in children.parent.parent.iterdir()
        for p in (task / "children").read_text().split()]
    assert workers
    server.kill()
    for worker in workers:
        subprocess.run(["tail", "--pid", str(worker), "-f", "/dev/null"], timeout=10, check=True)


def test_two_commands_at_once_do_not_mix(tmp_path):
    data = tmp_path / "data"
    runs = [subprocess.Popen(
        [LEAT, "deploy", *STACK, "--stack-name", f"s{n}", "--yes", "--data", str(data)], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment())
        for n in range(4)]
    for run in runs:
        _, errors = run.communicate(timeout=60)
        assert run.returncode == 0 or "LT5002" in errors
    stacks = json.loads(leat("list", "--json", data=data).stdout)
    assert stacks and all(stack["status"] == "CREATE_COMPLETE" for stack in stacks)


STAGES = ["read", "resolve", "plan", "total"]


@pytest.mark.parametrize("stacks", [[TEMPLATE], [TEMPLATE, TEMPLATE]], ids=["one", "several"])
def test_validate_says_how_long_its_stages_took(tmp_path, stacks):
    plain = leat("validate", *stacks, data=tmp_path)
    assert "timings" not in plain.stdout + plain.stderr
    told = leat("validate", *stacks, "--timings", data=tmp_path)
    assert told.stdout == plain.stdout
    line = told.stderr.splitlines()[-1]
    assert line.startswith("timings: ") and line.endswith(" ms")
    assert [part.split()[0] for part in line.removeprefix("timings: ").split(", ")] == STAGES
    printed = leat("validate", *stacks, "--timings", "--json", data=tmp_path)
    timings = json.loads(printed.stdout)["timings"]
    assert list(timings) == STAGES and all(timings[stage] > 0 for stage in STAGES)
    if len(stacks) == 1:
        assert sum(timings[stage] for stage in STAGES[:3]) <= timings["total"] + 0.2
    assert "timings" not in printed.stderr


@pytest.mark.parametrize("arguments, code", [
    (["deploy"], 64), (["nonsense"], 64), (["version"], 0), (["completion", "bash"], 0),
    (["explain", "LT3003"], 0), (["explain", "LT9999"], 1), (["--help"], 0),
])
def test_exit_codes(arguments, code):
    run = subprocess.run([LEAT, *arguments], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == code
    assert run.stdout or run.stderr


def test_a_stack_of_another_region_is_pointed_at(tmp_path):
    template = tmp_path / "logs.yaml"
    template.write_text("Resources: {Logs: {Type: AWS::Logs::LogGroup}}\n")
    leat("deploy", template, "--yes", "--region", "eu-west-1", data=tmp_path / "data")
    lost = leat("destroy", "logs", "--yes", data=tmp_path / "data", check=False)
    assert lost.returncode == 1 and "no stack `logs` in us-east-1" in lost.stderr
    assert "`--region eu-west-1 --account 000000000000`" in lost.stderr
    leat("destroy", "logs", "--yes", "--region", "eu-west-1", data=tmp_path / "data")


@pytest.mark.parametrize("option, kilobytes, is_enough", [
    ("-d", 60_000, False), ("-v", 150_000, False), ("-d", 250_000, True), ("-v", 600_000, True),
])
def test_too_little_memory_is_told_at_the_start(tmp_path, option, kilobytes, is_enough):
    template = tmp_path / "logs.yaml"
    template.write_text("Resources: {Logs: {Type: AWS::Logs::LogGroup}}\n")
    done = subprocess.run(
        ["bash", "-c", f"ulimit {option} {kilobytes} && exec \"$0\" validate \"$1\"", LEAT, template],
        text=True, capture_output=True, env=clean_environment(), timeout=60)
    if is_enough:
        assert done.returncode == 0 and "valid" in done.stdout
    else:
        assert done.returncode == 1 and "leat needs 192 MiB" in done.stderr
        assert "ulimit -d unlimited" in done.stderr
