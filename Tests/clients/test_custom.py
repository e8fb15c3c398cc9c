"""Custom resources and wait conditions: steps that wait for answers from outside."""
import json
import urllib.request

import pytest
from botocore.exceptions import ClientError, WaiterError

from served import Served, leat

CODE = """\
import json
import urllib.request


def handler(event, context):
    properties = event["ResourceProperties"]
    status = "FAILED" if properties.get("Fails") == event["RequestType"] else "SUCCESS"
    if properties.get("Breaks") == event["RequestType"]:
        raise RuntimeError("broken")
    answer = {
        "Status": status, "Reason": "as it was told", "StackId": event["StackId"],
        "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"],
        "PhysicalResourceId": "thing-" + properties["Name"],
        "Data": {"Upper": properties["Name"].upper(), "Event": json.dumps(event)}}
    urllib.request.urlopen(urllib.request.Request(
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"))
"""


def template(name="one", **more):
    return json.dumps({
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
                "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole"}]}}},
            "Maker": {"Type": "AWS::Lambda::Function", "Properties": {
                "Runtime": "python3.12", "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Code": {"ZipFile": CODE}}},
            "Thing": {"Type": "Custom::Thing", "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}, "Name": name, "Count": 3,
                **more}},
            "Shown": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Type": "String", "Name": "/custom/shown",
                "Value": {"Fn::Sub": "${Thing}: ${Thing.Upper}"}}},
        },
        "Outputs": {"Upper": {"Value": {"Fn::GetAtt": ["Thing", "Upper"]}},
                    "Event": {"Value": {"Fn::GetAtt": ["Thing", "Event"]}}}})


@pytest.fixture
def server(tmp_path):
    with Served(data=tmp_path / "data") as server:
        yield server


def deploy(server, body, how="create", check=True):
    client = server.client("cloudformation")
    getattr(client, f"{how}_stack")(
        StackName="shop", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    waiter = client.get_waiter(f"stack_{how}_complete")
    try:
        waiter.wait(StackName="shop", WaiterConfig={"Delay": 1, "MaxAttempts": 40})
    except WaiterError:
        if check:
            raise
    return client.describe_stacks(StackName="shop")["Stacks"][0]


def outputs(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def shown(server):
    return server.client("ssm").get_parameter(Name="/custom/shown")["Parameter"]["Value"]


def physical(server):
    resource = server.client("cloudformation").describe_stack_resource(
        StackName="shop", LogicalResourceId="Thing")["StackResourceDetail"]
    return resource["PhysicalResourceId"]


def test_a_function_makes_a_resource(server, tmp_path):
    stack = deploy(server, template())
    found = outputs(stack)
    assert found["Upper"] == "ONE"
    event = json.loads(found["Event"])
    assert event["RequestType"] == "Create" and event["ResourceType"] == "Custom::Thing"
    assert event["ResourceProperties"]["Count"] == "3", "scalars are handed on as texts"
    assert "PhysicalResourceId" not in event
    assert physical(server) == "thing-one" and shown(server) == "thing-one: ONE"
    file = tmp_path / "t.json"
    file.write_text(template())
    plan = leat("plan", file, "--stack-name", "shop", "--detailed-exitcode", data=tmp_path / "data",
                check=False)
    assert plan.returncode == 0, plan.stdout + plan.stderr

    file.write_text(template("two"))
    plan = leat("plan", file, "--stack-name", "shop", data=tmp_path / "data", check=False)
    assert "(known after apply: Thing): (known after apply: Thing.Upper)" in plan.stdout
    stack = deploy(server, template("two"), "update")
    event = json.loads(outputs(stack)["Event"])
    assert event["RequestType"] == "Update" and event["PhysicalResourceId"] == "thing-one"
    assert event["OldResourceProperties"]["Name"] == "one"
    assert physical(server) == "thing-two" and shown(server) == "thing-two: TWO"
    events = server.client("cloudformation").describe_stack_events(StackName="shop")["StackEvents"]
    assert any(
        event["PhysicalResourceId"] == "thing-one"
        and event["ResourceStatus"] == "DELETE_COMPLETE" for event in events)

    server.client("cloudformation").delete_stack(StackName="shop")
    server.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="shop", WaiterConfig={"Delay": 1, "MaxAttempts": 40})
    with pytest.raises(ClientError):
        shown(server)


@pytest.mark.parametrize("more, words", [
    ({"Fails": "Create"}, "Received response status [FAILED] from custom resource. "
                          "Message returned: as it was told"),
    ({"Breaks": "Create"}, "The function failed before it answered"),
])
def test_a_failure_takes_everything_back(server, more, words):
    stack = deploy(server, template(**more), check=False)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = server.client("cloudformation").describe_stack_events(StackName="shop")["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
    assert [e["LogicalResourceId"] for e in failed] == ["Thing"]
    assert words in failed[0]["ResourceStatusReason"]
    assert server.client("lambda").list_functions()["Functions"] == []


def test_a_failed_update_goes_back(server):
    deploy(server, template())
    stack = deploy(server, template(Fails="Update"), "update", check=False)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert shown(server) == "thing-one: ONE"


def test_without_a_server_it_is_refused(tmp_path):
    file = tmp_path / "t.json"
    file.write_text(template())
    refused = leat("deploy", file, "--stack-name", "shop", "--yes", data=tmp_path / "data", check=False)
    assert refused.returncode == 1 and "run `leat serve` beside" in refused.stderr
    assert "no stacks" in leat("list", data=tmp_path / "data").stdout.lower()


WAITING = json.dumps({
    "Resources": {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Address": {"Type": "AWS::SSM::Parameter", "Properties": {
            "Type": "String", "Name": "/custom/address", "Value": {"Ref": "Handle"}}},
        "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {
            "Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": 2}}},
    "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}}})


def address(server):
    for _ in range(10_000):
        try:
            return server.client("ssm").get_parameter(Name="/custom/address")["Parameter"]["Value"]
        except ClientError:
            # The deployment has not come so far; the next request asks again.
            continue
    raise AssertionError("the address is not told")


def signal(server, name, status="SUCCESS", at=None):
    body = json.dumps({"Status": status, "Reason": "because", "UniqueId": name, "Data": name * 2})
    urllib.request.urlopen(urllib.request.Request(
        at or address(server), body.encode(), {"Content-Type": ""}, method="PUT"))


def status(server):
    return server.client("cloudformation").describe_stacks(StackName="shop")["Stacks"][0][
        "StackStatus"]


def ended(server):
    waiter = server.client("cloudformation").get_waiter("stack_create_complete")
    try:
        waiter.wait(StackName="shop", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
    except WaiterError:
        pass  # It was rolled back: the status tells.
    return status(server)


def test_signals_are_waited_for(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="shop", TemplateBody=WAITING)
    signal(server, "a")
    signal(server, "a")
    assert status(server) == "CREATE_IN_PROGRESS", "the same signal counts once"
    signal(server, "b")
    assert ended(server) == "CREATE_COMPLETE"
    found = outputs(client.describe_stacks(StackName="shop")["Stacks"][0])
    assert json.loads(found["Data"]) == {"a": "aa", "b": "bb"}


def test_a_failing_signal_ends_the_wait(server):
    server.client("cloudformation").create_stack(StackName="shop", TemplateBody=WAITING)
    signal(server, "a", "FAILURE")
    assert ended(server) == "ROLLBACK_COMPLETE"


def test_nobody_signals(tmp_path):
    with Served("--clock", "virtual", data=tmp_path / "data") as server:
        server.client("cloudformation").create_stack(StackName="shop", TemplateBody=WAITING)
        address(server)
        assert status(server) == "CREATE_IN_PROGRESS"
        urllib.request.urlopen(urllib.request.Request(
            server.endpoint + "/_leat/clock/advance",
            json.dumps({"milliseconds": 600_000}).encode(), method="POST"))
        assert ended(server) == "ROLLBACK_COMPLETE"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_wait_outlives_the_server(tmp_path, end):
    data = tmp_path / "data"
    with Served(data=data) as server:
        server.client("cloudformation").create_stack(StackName="shop", TemplateBody=WAITING)
        signal(server, "a")
        box = address(server).split("?")[1]
        getattr(server, end)()
    assert "CREATE_IN_PROGRESS" in leat("list", data=data).stdout
    with Served(data=data) as server:
        signal(server, "b", at=f"{server.endpoint}/_leat/answers?{box}")
        assert ended(server) == "CREATE_COMPLETE", "the first signal was kept"
