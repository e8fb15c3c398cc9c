"""Exports of stacks and who imports them, events by operation, pages of listings."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def parameter(value="v", **more):
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}


def create(client, name, resources, **sections):
    client.create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": resources, **sections}))
    client.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def fault(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]


def test_exports_and_imports(server):
    client = server.client("cloudformation", region="eu-west-1")
    create(client, "base", {"P": parameter()}, Outputs={
        "B": {"Value": {"Ref": "P"}, "Export": {"Name": "b"}},
        "A": {"Value": "one", "Export": {"Name": "a"}}, "C": {"Value": "two"}})
    stack = client.describe_stacks(StackName="base")["Stacks"][0]["StackId"]
    exports = client.list_exports()["Exports"]
    assert [(e["Name"], e["ExportingStackId"]) for e in exports] == [("a", stack), ("b", stack)]
    assert exports[0]["Value"] == "one"
    for name in ["user2", "user1"]:
        create(client, name, {"P": parameter({"Fn::ImportValue": "a"})})
    assert client.list_imports(ExportName="a")["Imports"] == ["user1", "user2"]
    assert fault(client.list_imports, ExportName="b") == {
        "Type": "Sender", "Code": "ValidationError",
        "Message": "Export 'b' is not imported by any stack."}
    assert server.client("cloudformation").list_exports()["Exports"] == []


def test_listings_come_in_pages(server):
    client = server.client("cloudformation", region="eu-west-2")
    outputs = {f"O{i:03}": {"Value": str(i), "Export": {"Name": f"x-{i:03}"}} for i in range(150)}
    create(client, "wide", {f"P{i}": parameter(str(i)) for i in range(130)}, Outputs=outputs)
    first = client.list_exports()
    assert len(first["Exports"]) == 100
    names = [e["Name"] for page in client.get_paginator("list_exports").paginate()
             for e in page["Exports"]]
    assert names == [f"x-{i:03}" for i in range(150)]
    found = [r["LogicalResourceId"]
             for page in client.get_paginator("list_stack_resources").paginate(StackName="wide")
             for r in page["StackResourceSummaries"]]
    assert sorted(found) == sorted(f"P{i}" for i in range(130))
    for index in range(101):
        client.create_change_set(
            StackName="wide", ChangeSetName=f"c{index}", UsePreviousTemplate=True)
    assert len(client.list_change_sets(StackName="wide")["Summaries"]) == 100
    assert fault(client.list_exports, NextToken="!")["Code"] == "ValidationError"


def test_events_tell_their_operation(server):
    client = server.client("cloudformation", region="eu-west-3")
    bad = {"A": parameter(), "B": {**parameter(), "DependsOn": "A"}, "C": {
        "Type": "AWS::CloudFormation::WaitCondition", "DependsOn": "B",
        "Properties": {"Handle": "none", "Timeout": "1"}}}
    made = client.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": bad}))
    client.get_waiter("stack_rollback_complete")
    with pytest.raises(Exception):
        client.get_waiter("stack_create_complete").wait(
            StackName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    events = client.describe_events(StackName="s")["OperationEvents"]
    assert {e["OperationId"] for e in events} == {made["OperationId"]}
    assert {e["OperationType"] for e in events} == {"CREATE_STACK"}
    assert events[-1]["OperationStatus"] == "IN_PROGRESS"
    assert events[0]["OperationStatus"] == "FAILED"
    failed = client.describe_events(StackName="s", Filters={"FailedEvents": True})["OperationEvents"]
    assert [(e["LogicalResourceId"], e["EventType"]) for e in failed] == [
        ("C", "PROVISIONING_ERROR")]
    assert client.describe_events(OperationId=made["OperationId"])["OperationEvents"] == events
    assert fault(client.describe_events)["Code"] == "ValidationError"


def test_account_limits(server):
    limits = server.client("cloudformation").describe_account_limits()["AccountLimits"]
    assert {"Name": "StackLimit", "Value": 2000} in limits
