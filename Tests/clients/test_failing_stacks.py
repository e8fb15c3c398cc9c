"""Deployments that fail: what stays, and how it is taken back, by the API and by commands."""
import json

import pytest
from botocore.exceptions import ClientError, WaiterError

from served import Served, leat


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def parameter(value="v", **more):
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}, **more}


# A wait condition without a handle that signals come to fails at once.
BAD = {"Type": "AWS::CloudFormation::WaitCondition", "DependsOn": "P",
       "Properties": {"Handle": "none", "Timeout": "1"}}
SLOW = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Slow": {"Type": "AWS::CloudFormation::WaitCondition", "DependsOn": "P",
                 "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "3000"}}}


def body(**resources):
    return json.dumps({"Resources": resources})


def wait(client, name, waiter):
    try:
        client.get_waiter(waiter).wait(
            StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    except WaiterError:
        pass
    return client.describe_stacks(StackName=name)["Stacks"][0]


def statuses(client, name):
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    return {r["LogicalResourceId"]: r["ResourceStatus"] for r in found}


def fault(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]


@pytest.mark.parametrize("more", [{"DisableRollback": True}, {"OnFailure": "DO_NOTHING"}])
def test_a_creation_that_fails_can_stay(server, more):
    client = server.client("cloudformation")
    name = f"stays-{len(more)}-{next(iter(more))}"
    client.create_stack(StackName=name, TemplateBody=body(P=parameter(), B=BAD), **more)
    stack = wait(client, name, "stack_create_complete")
    assert stack["StackStatus"] == "CREATE_FAILED" and stack["DisableRollback"] is True
    assert stack["StackStatusReason"] == "The following resource(s) failed to create: [B]. "
    assert statuses(client, name) == {"P": "CREATE_COMPLETE", "B": "CREATE_FAILED"}
    client.update_stack(StackName=name, TemplateBody=body(P=parameter()))
    assert wait(client, name, "stack_update_complete")["StackStatus"] == "UPDATE_COMPLETE"
    assert statuses(client, name) == {"P": "CREATE_COMPLETE"}


def test_an_update_that_stays_is_rolled_back_when_asked(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="back", TemplateBody=body(P=parameter("one")))
    wait(client, "back", "stack_create_complete")
    assert "state and can not be rolled back" in fault(
        client.rollback_stack, StackName="back")["Message"]
    client.update_stack(
        StackName="back", TemplateBody=body(P=parameter("two"), B=BAD), DisableRollback=True)
    assert wait(client, "back", "stack_update_complete")["StackStatus"] == "UPDATE_FAILED"
    assert statuses(client, "back") == {"P": "UPDATE_COMPLETE", "B": "CREATE_FAILED"}
    rolled = client.rollback_stack(StackName="back", ClientRequestToken="once")
    assert client.rollback_stack(StackName="back", ClientRequestToken="once")["StackId"] == rolled[
        "StackId"]
    assert wait(client, "back", "stack_rollback_complete")["StackStatus"] == (
        "UPDATE_ROLLBACK_COMPLETE")
    kinds = {e.get("OperationType") for e in client.describe_events(
        StackName="back", )["OperationEvents"] if e["OperationId"] == rolled["OperationId"]}
    assert kinds == {"ROLLBACK"}
    name = client.describe_stack_resource(
        StackName="back", LogicalResourceId="P")["StackResourceDetail"]["PhysicalResourceId"]
    assert server.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "one"


def test_a_failed_creation_can_be_deleted(server):
    client = server.client("cloudformation")
    made = client.create_stack(
        StackName="goes", TemplateBody=body(P=parameter(), B=BAD), OnFailure="DELETE")
    assert wait(client, made["StackId"], "stack_delete_complete")["StackStatus"] == "DELETE_COMPLETE"
    both = fault(client.create_stack, StackName="goes", TemplateBody=body(P=parameter()),
                 OnFailure="DELETE", DisableRollback=True)
    assert both["Code"] == "ValidationError"


def test_change_sets_choose_too(server):
    client = server.client("cloudformation")
    client.create_change_set(
        StackName="set", ChangeSetName="one", ChangeSetType="CREATE", OnStackFailure="DO_NOTHING",
        TemplateBody=body(P=parameter(), B=BAD))
    described = client.describe_change_set(StackName="set", ChangeSetName="one")
    assert described["OnStackFailure"] == "DO_NOTHING"
    client.execute_change_set(StackName="set", ChangeSetName="one")
    assert wait(client, "set", "stack_create_complete")["StackStatus"] == "CREATE_FAILED"
    client.create_change_set(
        StackName="set", ChangeSetName="two", TemplateBody=body(P=parameter("two"), B=BAD))
    client.execute_change_set(StackName="set", ChangeSetName="two", DisableRollback=True)
    assert wait(client, "set", "stack_update_complete")["StackStatus"] == "UPDATE_FAILED"
    client.rollback_stack(StackName="set")
    assert wait(client, "set", "stack_rollback_complete")["StackStatus"] == "ROLLBACK_COMPLETE"


def test_an_update_that_waits_is_cancelled(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="cancel", TemplateBody=body(P=parameter("one")))
    wait(client, "cancel", "stack_create_complete")
    refused = fault(client.cancel_update_stack, StackName="cancel")
    assert refused["Message"] == "CancelUpdateStack cannot be called from current stack status"
    client.update_stack(StackName="cancel", TemplateBody=body(P=parameter("two"), **SLOW))
    client.cancel_update_stack(StackName="cancel")
    stack = wait(client, "cancel", "stack_rollback_complete")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = client.describe_stack_events(StackName="cancel")["StackEvents"]
    reasons = {(e["LogicalResourceId"], e.get("ResourceStatusReason")) for e in events
               if e["ResourceStatus"] in ["CREATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS"]}
    assert reasons == {("Slow", "Resource creation cancelled"), ("cancel", "User Initiated")}


def stream(hours):
    return {"Type": "AWS::Kinesis::Stream",
            "Properties": {"ShardCount": 1, "RetentionPeriodHours": hours}}


def stuck(server, name):
    """An update that can't be taken back, since its stream is gone."""
    client, kinesis = server.client("cloudformation"), server.client("kinesis")
    client.create_stack(StackName=name, TemplateBody=body(P=stream(24)))
    wait(client, name, "stack_create_complete")
    client.update_stack(StackName=name, TemplateBody=body(P=stream(48), **SLOW))
    physical = client.describe_stack_resource(
        StackName=name, LogicalResourceId="P")["StackResourceDetail"]["PhysicalResourceId"]
    kinesis.delete_stream(StreamName=physical)
    kinesis.get_waiter("stream_not_exists").wait(
        StreamName=physical, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    client.cancel_update_stack(StackName=name)
    stack = wait(client, name, "stack_rollback_complete")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert statuses(client, name)["P"] == "UPDATE_FAILED"
    return client, kinesis, physical


@pytest.mark.parametrize("name, how", [
    ("skips", {"ResourcesToSkip": ["P"]}), ("forces", {"ForceRollback": True}), ("mends", {})])
def test_a_rollback_that_failed_goes_on(server, name, how):
    client, kinesis, physical = stuck(server, name)
    refused = fault(client.continue_update_rollback, StackName=name, ResourcesToSkip=["Slow"])
    assert "Resource [Slow] can not be skipped" in refused["Message"]
    if not how:
        kinesis.create_stream(StreamName=physical, ShardCount=1)
        kinesis.get_waiter("stream_exists").wait(
            StreamName=physical, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        kinesis.increase_stream_retention_period(StreamName=physical, RetentionPeriodHours=48)
    client.continue_update_rollback(StackName=name, **how)
    stack = wait(client, name, "stack_rollback_complete")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert statuses(client, name)["P"] == "UPDATE_COMPLETE"
    assert "can not continue update rollback" in fault(
        client.continue_update_rollback, StackName=name)["Message"]
    if not how:
        found = kinesis.describe_stream_summary(StreamName=physical)["StreamDescriptionSummary"]
        assert found["RetentionPeriodHours"] == 24


def test_a_deletion_is_forced(server):
    client, s3 = server.client("cloudformation"), server.client("s3")
    client.create_stack(StackName="full", TemplateBody=body(
        B={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full-of-things"}}))
    stack = wait(client, "full", "stack_create_complete")["StackId"]
    s3.put_object(Bucket="full-of-things", Key="k", Body=b"x")
    early = fault(client.delete_stack, StackName="full", DeletionMode="FORCE_DELETE_STACK")
    assert "DELETE_FAILED" in early["Message"]
    client.delete_stack(StackName="full")
    assert wait(client, "full", "stack_delete_complete")["StackStatus"] == "DELETE_FAILED"
    client.delete_stack(StackName="full", DeletionMode="FORCE_DELETE_STACK")
    assert wait(client, stack, "stack_delete_complete")["DeletionMode"] == "FORCE_DELETE_STACK"
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    assert [e["ResourceStatus"] for e in events[:2]] == ["DELETE_COMPLETE", "DELETE_SKIPPED"]
    assert s3.list_buckets()["Buckets"], "what was in it is kept"


def test_commands_keep_go_on_and_take_back(tmp_path):
    data, file = tmp_path / "data", tmp_path / "t.json"
    good, bad = body(P=parameter("one")), body(
        P=parameter("two"), B={"Type": "AWS::IAM::AccessKey", "DependsOn": "P",
                               "Properties": {"UserName": "nobody"}})
    file.write_text(bad)
    failed = leat("deploy", file, "--stack-name", "s", "-y", "--no-rollback", data=data, check=False)
    assert failed.returncode == 1
    assert "s: CREATE_FAILED" in failed.stdout and "leat rollback" in failed.stdout
    file.write_text(good)
    on = leat("deploy", file, "--stack-name", "s", "-y", data=data)
    assert "s: UPDATE_COMPLETE" in on.stdout
    file.write_text(bad)
    leat("deploy", file, "--stack-name", "s", "-y", "--no-rollback", data=data, check=False)
    back = leat("rollback", "s", "-y", data=data)
    assert "s: UPDATE_ROLLBACK_COMPLETE" in back.stdout
    history = leat("history", "s", data=data).stdout
    assert "UPDATE_ROLLBACK_COMPLETE" in history and "UPDATE_FAILED" not in history
