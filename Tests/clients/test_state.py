"""The record of stacks: looked at, corrected; kept plans; commands that wait for one another."""
import json
import subprocess
import threading

import pytest

from served import LEAT, ROOT, Served, clean_environment, leat

STREAM = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "events", "ShardCount": 1}}
GROUP = {"Type": "AWS::Logs::LogGroup", "DependsOn": "Stream",
         "Properties": {"LogGroupName": {"Fn::Sub": "/of/${Stream}"}}}


def template(path, **resources):
    path.write_text(json.dumps({
        "Parameters": {"Word": {"Type": "String", "NoEcho": True, "Default": "correct-horse"}},
        "Resources": resources}))
    return path


@pytest.fixture(params=["embedded", "served"])
def data(request, tmp_path):
    """A data directory that no process holds, and one that a server does."""
    if request.param == "embedded":
        yield tmp_path / "data"
        return
    with Served(data=tmp_path / "data"):
        yield tmp_path / "data"


def records(data):
    return {r["logicalId"]: r for r in json.loads(leat("state", "list", "--json", data=data).stdout)}


def test_resources_are_listed_moved_and_forgotten(data, tmp_path):
    named = {**STREAM, "Properties": {**STREAM["Properties"], "Tags": [
        {"Key": "word", "Value": {"Ref": "Word"}}]}}
    file = template(tmp_path / "shop.json", Stream=named, Group=GROUP)
    leat("deploy", file, "--yes", data=data)
    assert {k: r["physicalId"] for k, r in records(data).items()} == {
        "Stream": "events", "Group": "/of/events"}
    shown = leat("state", "show", "shop", "Stream", data=data).stdout
    assert "physical id" in shown and "correct-horse" not in shown and "****" in shown
    assert "correct-horse" not in leat("state", "list", "--json", data=data).stdout
    assert "shop/Stream" in leat("state", "list", "shop", data=data).stdout
    lost = leat("state", "show", "shop", "Strem", data=data, check=False)
    assert lost.returncode == 1 and "did you mean `Stream`" in lost.stderr
    assert leat("state", "list", "nobody", data=data, check=False).returncode == 1

    leat("state", "move", "shop", "Stream", "Orders", "--yes", data=data)
    assert records(data)["Group"]["dependsOn"] == ["Orders"]
    file = template(tmp_path / "shop.json", Orders=named, Group={
        **GROUP, "DependsOn": "Orders", "Properties": {"LogGroupName": {"Fn::Sub": "/of/${Orders}"}}})
    assert json.loads(leat("plan", file, "--json", data=data).stdout)["hasChanges"] is False

    planned = leat("state", "forget", "shop", "Orders", "--yes", data=data).stdout
    assert "stays" in planned and "UPDATE_COMPLETE" in planned
    assert records(data).keys() == {"Group"} and records(data)["Group"]["dependsOn"] == []
    # It is there, and nobody's: the stack takes it back as it is.
    refused = leat("plan", file, data=data, check=False)
    assert "outside this stack has that name" in refused.stderr
    leat("deploy", file, "--import", "Orders=events", "--yes", data=data)
    assert json.loads(leat("plan", file, "--json", data=data).stdout)["hasChanges"] is False
    assert [r["kind"] for r in json.loads(leat("history", "shop", "--json", data=data).stdout)] == [
        "create", "update", "update", "update"]


@pytest.mark.parametrize("arguments, message", [
    (["move", "shop", "Stream", "Group"], "has a resource `Group` already"),
    (["move", "shop", "Strem", "New"], "did you mean `Stream`"),
    (["move", "shop", "Stream", "a-b"], "`a-b` can't be a logical ID"),
    (["forget", "shop", "Nothing"], "has no resource `Nothing`"),
    (["forget", "shup", "Stream"], "there is no stack `shup`"),
])
def test_corrections_that_can_not_be_made_are_refused(arguments, message, tmp_path):
    data = tmp_path / "data"
    leat("deploy", template(tmp_path / "shop.json", Stream=STREAM, Group=GROUP), "--yes", data=data)
    before = leat("state", "list", "--json", data=data).stdout
    refused = leat("state", *arguments, "--yes", data=data, check=False)
    assert refused.returncode == 1 and message in refused.stderr
    assert leat("state", "list", "--json", data=data).stdout == before


def test_a_kept_plan_is_carried_out_as_it_was_written_or_not_at_all(tmp_path):
    data, kept = tmp_path / "data", tmp_path / "change.plan"
    file = template(tmp_path / "shop.json", Stream=STREAM)
    leat("plan", file, "--out", kept, data=data)
    whole = kept.read_text()
    kept.write_text(whole.replace('"ShardCount": 1', '"ShardCount": 9'))
    refused = leat("apply", kept, "--yes", data=data, check=False)
    assert refused.returncode == 1 and "its checksum is another" in refused.stderr
    kept.write_text(whole[:len(whole) // 2])
    assert "is not a plan" in leat("apply", kept, "--yes", data=data, check=False).stderr
    kept.write_text(whole)
    leat("apply", kept, "--yes", data=data)
    stale = leat("apply", kept, "--yes", data=data, check=False)
    assert stale.returncode == 1 and "out of date: a stack of that name exists now" in stale.stderr


def test_a_command_waits_for_the_one_that_holds_the_directory(tmp_path):
    data = tmp_path / "data"
    file = template(tmp_path / "shop.json", Stream=STREAM)
    # Without a terminal to ask on, the first command would end at once: a pipe of its own keeps it.
    holder = subprocess.Popen(
        ["python3", "-c",
         "import fcntl, os, sys, struct\n"
         f"os.makedirs({str(data)!r}, exist_ok=True)\n"
         f"f = open({str(data / 'lock')!r}, 'a+b')\n"
         "fcntl.fcntl(f, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))\n"
         "print('held', flush=True)\n"
         "sys.stdin.readline()\n"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    refused = leat("deploy", file, "--yes", data=data, check=False)
    assert refused.returncode == 1 and "in use by another process" in refused.stderr
    assert "--wait 60s" in refused.stderr
    waiting = subprocess.Popen(
        [LEAT, "deploy", str(file), "--yes", "--wait", "60s", "--data", str(data)], cwd=ROOT,
        env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert waiting.stderr.readline().startswith("Waiting: the data directory")
    holder.communicate("\n")
    out, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, errors
    assert "CREATE_COMPLETE" in out
    assert leat("list", "--wait", "soon", data=data, check=False).returncode == 64


def test_deployments_of_one_stack_at_once_all_end_well(tmp_path):
    data = tmp_path / "data"
    file = template(tmp_path / "shop.json", Stream=STREAM, Group=GROUP)
    results = []

    def deploy(number):
        results.append(leat(
            "deploy", file, "--yes", "--wait", "60s", "--tags", f"n={number}", data=data,
            check=False))

    threads = [threading.Thread(target=deploy, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.returncode for r in results] == [0] * 6, [r.stderr for r in results]
    kinds = [r["kind"] for r in json.loads(leat("history", "shop", "--json", data=data).stdout)]
    assert kinds == ["create"] + ["update"] * 5
    assert leat("list", data=data).stdout.split()[:2] == ["shop", "UPDATE_COMPLETE"]


def test_a_deployment_that_was_left_half_done_is_ended_first(tmp_path):
    data = tmp_path / "data"
    # A role that is not there fails while it is carried out, not before.
    broken = {"Type": "AWS::IAM::Policy", "DependsOn": "Stream", "Properties": {
        "PolicyName": "p", "Roles": ["nobody"], "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}}
    file = template(tmp_path / "shop.json", Stream=STREAM, Broken=broken)
    assert leat("deploy", file, "--yes", "--no-rollback", data=data, check=False).returncode == 1
    assert "CREATE_FAILED" in leat("list", data=data).stdout
    refused = leat("state", "forget", "shop", "Stream", "--yes", data=data, check=False)
    assert refused.returncode == 1 and "failed and was left so" in refused.stderr
    leat("rollback", "shop", "--yes", data=data)
    assert "CREATE_FAILED" not in leat("list", data=data).stdout
