"""Resources that exist join a stack; resources move to other logical IDs; over the API and by commands."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served, leat


@pytest.fixture
def server(tmp_path):
    with Served(data=tmp_path / "data") as served:
        yield served


def template(**resources):
    return json.dumps({"Resources": resources})


STREAM = {"Type": "AWS::Kinesis::Stream", "DeletionPolicy": "Delete",
          "Properties": {"Name": "events", "ShardCount": 1}}
BUCKET = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete",
          "Properties": {"BucketName": "events-store"}}


def change_set(cloudformation, name, kind, body, *resources):
    made = cloudformation.create_change_set(
        StackName="shop", ChangeSetName=name, ChangeSetType=kind, TemplateBody=body,
        ResourcesToImport=[
            {"ResourceType": t, "LogicalResourceId": i, "ResourceIdentifier": d}
            for t, i, d in resources])
    return made["Id"]


def test_an_import_change_set(server):
    cloudformation, kinesis = server.client("cloudformation"), server.client("kinesis")
    kinesis.create_stream(StreamName="events", ShardCount=1)
    server.client("s3").create_bucket(Bucket="events-store")
    kinesis.put_record(StreamName="events", PartitionKey="k", Data=b"kept")
    wanted = ("AWS::Kinesis::Stream", "Stream", {"Name": "events"})
    with pytest.raises(ClientError, match=r"Resources \[Bucket\] is missing from ResourceToImport"):
        change_set(
            cloudformation, "bad", "IMPORT", template(Stream=STREAM, Bucket=BUCKET), wanted)
    one = change_set(cloudformation, "one", "IMPORT", template(Stream=STREAM), wanted)
    change = cloudformation.describe_change_set(ChangeSetName=one)["Changes"][0]["ResourceChange"]
    assert change["Action"] == "Import"
    assert change["PhysicalResourceId"] == "events"
    cloudformation.execute_change_set(ChangeSetName=one)
    cloudformation.get_waiter("stack_import_complete").wait(
        StackName="shop", WaiterConfig={"Delay": 0, "MaxAttempts": 10000})
    resources = cloudformation.describe_stack_resources(StackName="shop")["StackResources"]
    assert [(r["LogicalResourceId"], r["ResourceStatus"]) for r in resources] == [
        ("Stream", "IMPORT_COMPLETE")]

    two = change_set(
        cloudformation, "two", "IMPORT", template(Stream=STREAM, Bucket=BUCKET),
        ("AWS::S3::Bucket", "Bucket", {"BucketName": "events-store"}))
    cloudformation.execute_change_set(ChangeSetName=two)
    cloudformation.get_waiter("stack_import_complete").wait(
        StackName="shop", WaiterConfig={"Delay": 0, "MaxAttempts": 10000})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(
            StackName="shop", TemplateBody=template(Stream=STREAM, Bucket=BUCKET))
    cloudformation.delete_stack(StackName="shop")
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="shop", WaiterConfig={"Delay": 0, "MaxAttempts": 10000})
    assert kinesis.list_streams()["StreamNames"] == []
    assert server.client("s3").list_buckets()["Buckets"] == []


def test_what_is_not_there_or_another_stacks_is_refused(server):
    cloudformation = server.client("cloudformation")
    wanted = ("AWS::Kinesis::Stream", "Stream", {"Name": "events"})
    with pytest.raises(ClientError, match="there is no `AWS::Kinesis::Stream` `events`"):
        change_set(cloudformation, "none", "IMPORT", template(Stream=STREAM), wanted)
    cloudformation.create_stack(StackName="owner", TemplateBody=template(Stream=STREAM))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="owner", WaiterConfig={"Delay": 0, "MaxAttempts": 10000})
    with pytest.raises(ClientError, match="belongs to the stack arn:.*owner"):
        change_set(cloudformation, "taken", "IMPORT", template(Stream=STREAM), wanted)


def test_commands_import_and_move(tmp_path):
    data, file = tmp_path / "data", tmp_path / "shop.json"
    with Served(data=data) as server:
        server.client("kinesis").create_stream(StreamName="events", ShardCount=2)
    file.write_text(template(Stream=STREAM))
    planned = leat("plan", file, "--import", "Stream=events", data=data)
    assert "1 to import" in planned.stdout and "LT4010" in planned.stdout + planned.stderr
    leat("deploy", file, "--yes", "--import", "Stream=events", data=data)
    assert "ShardCount: 2 → 1" in leat("plan", file, data=data).stdout
    leat("deploy", file, "--yes", data=data)
    file.write_text(template(Records=STREAM))
    planned = leat("plan", file, "--move", "Stream=Records", data=data).stdout
    assert "1 to move" in planned and "(was Stream)" in planned
    leat("deploy", file, "--yes", "--move", "Stream=Records", data=data)
    assert "No changes" in leat("plan", file, data=data).stdout
    wrong = leat("plan", file, "--move", "Strea=Records", data=data, check=False)
    assert wrong.returncode == 1
