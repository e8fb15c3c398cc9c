"""Signals that stacks wait for: SignalResource and `CreationPolicy`."""
import json
import urllib.request

import pytest
from botocore.exceptions import ClientError, WaiterError

from served import Served, leat


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def body(policy=None, **properties):
    policy = policy if policy is not None else {"ResourceSignal": {"Count": 2, "Timeout": "PT1H"}}
    return json.dumps({
        "Parameters": {"Wanted": {"Type": "Number", "Default": 2}},
        "Resources": {
            "Gate": {"Type": "AWS::CloudFormation::WaitCondition", "CreationPolicy": policy,
                     "Properties": properties},
            "After": {"Type": "AWS::SSM::Parameter", "DependsOn": "Gate",
                      "Properties": {"Type": "String", "Value": "v"}}},
        "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Gate", "Data"]}}}})


def signal(client, name, unique, status="SUCCESS", resource="Gate"):
    client.signal_resource(
        StackName=name, LogicalResourceId=resource, UniqueId=unique, Status=status)


def reason(client, name):
    return next(e["ResourceStatusReason"]
                for e in client.describe_stack_events(StackName=name)["StackEvents"]
                if e["ResourceStatus"] == "CREATE_FAILED")


def wait(client, name, waiter="stack_create_complete"):
    client.get_waiter(waiter).wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def test_a_stack_waits_for_its_signals(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="gate", TemplateBody=body(
        {"ResourceSignal": {"Count": {"Ref": "Wanted"}, "Timeout": "PT1H"}}))
    for unique in ["a", "a"]:
        signal(client, "gate", unique)
    stack = client.describe_stacks(StackName="gate")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_IN_PROGRESS", "one id counts once"
    with pytest.raises(ClientError, match="does not exist for stack gate"):
        signal(client, "gate", "x", resource="Other")
    signal(client, stack["StackId"], "b")
    wait(client, "gate")
    outputs = client.describe_stacks(StackName="gate")["Stacks"][0]["Outputs"]
    assert json.loads(outputs[0]["OutputValue"]) == {"a": "", "b": ""}
    with pytest.raises(ClientError, match="is in CREATE_COMPLETE state and cannot be signaled"):
        signal(client, "gate", "c")
    client.delete_stack(StackName="gate")
    wait(client, stack["StackId"], "stack_delete_complete")


def test_a_failure_ends_the_wait(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="fails", TemplateBody=body())
    signal(client, "fails", "a", "FAILURE")
    with pytest.raises(WaiterError):
        wait(client, "fails")
    assert reason(client, "fails").startswith("Received 1 FAILURE signal(s) out of 2.")


def test_signals_come_in_time():
    with Served("--ephemeral", "--clock", "virtual") as server:
        client = server.client("cloudformation")
        client.create_stack(StackName="late", TemplateBody=body())
        urllib.request.urlopen(urllib.request.Request(
            server.endpoint + "/_leat/clock/advance",
            json.dumps({"milliseconds": 3_600_000}).encode()))
        with pytest.raises(WaiterError):
            wait(client, "late")
        assert reason(client, "late") == (
            "Failed to receive 2 resource signal(s) within the specified duration")


def test_signals_survive_a_kill(tmp_path):
    with Served(data=tmp_path / "data") as server:
        client = server.client("cloudformation")
        client.create_stack(StackName="gate", TemplateBody=body())
        signal(client, "gate", "a")
        server.kill()
    with Served(data=tmp_path / "data") as server:
        client = server.client("cloudformation")
        signal(client, "gate", "b")
        wait(client, "gate")


@pytest.mark.parametrize("policy, properties, words", [
    ({"ResourceSignal": {"Count": 0}}, {}, "`0` is not a number of signals"),
    ({"ResourceSignal": {"Timeout": "5m"}}, {}, "`5m` is not a time to wait"),
    ({"ResourceSignal": {"Timeout": "PT13H"}}, {}, "`PT13H` is not a time to wait"),
    ({"ResourceSignal": {"Number": 1}}, {}, "`Number` is not an attribute of `ResourceSignal`"),
    ({"AutoScalingCreationPolicy": {}}, {},
     "Leat does not implement `CreationPolicy.AutoScalingCreationPolicy`"),
    ({"ResourceSignal": {}}, {"Handle": "h", "Timeout": "5"}, "or for those of a `Handle`"),
])
def test_policies_are_checked_where_they_stand(tmp_path, policy, properties, words):
    file = tmp_path / "t.json"
    file.write_text(body(policy, **properties))
    checked = leat("validate", file, data=tmp_path / "data", check=False)
    assert checked.returncode == 1
    assert words in checked.stdout + checked.stderr
    assert f"{file}:1:" in checked.stdout + checked.stderr
