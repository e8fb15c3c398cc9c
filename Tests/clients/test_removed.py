"""Resources of a stack that were removed by hand: a plan says so, and a deployment brings them back."""
import json

import pytest
from botocore.exceptions import ClientError

from served import ACCOUNT, Served, leat
from test_stack_tags import RESOURCES, TRUST, body


@pytest.fixture
def stack(tmp_path):
    """A server with a deployed stack, a command on it, its physical ids, template and data."""
    template = tmp_path / "t.json"
    document = json.loads(body())
    document["Resources"]["Policy"] = {"Type": "AWS::S3::BucketPolicy", "Properties": {
        "Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}]}}}
    template.write_text(json.dumps(document))
    with Served(data=tmp_path / "data") as server:
        def run(command, *arguments, **more):
            return leat(command, template, "--stack-name", "hand", *arguments,
                        data=tmp_path / "data", **more)

        run("deploy", "--yes")
        found = server.client("cloudformation").describe_stack_resources(StackName="hand")
        ids = {one["LogicalResourceId"]: one["PhysicalResourceId"]
               for one in found["StackResources"]}
        yield server, run, ids, template, tmp_path / "data"


def remove(server, ids, name):
    client, name_of = server.client, ids[name]
    {"Bucket": lambda: client("s3").delete_bucket(Bucket=name_of),
     "Policy": lambda: client("s3").delete_bucket_policy(Bucket=ids["Bucket"]),
     "Stream": lambda: client("kinesis").delete_stream(StreamName=name_of),
     "Function": lambda: client("lambda").delete_function(FunctionName=name_of),
     "Parameter": lambda: client("ssm").delete_parameter(Name=name_of),
     "Secret": lambda: client("secretsmanager").delete_secret(
         SecretId=name_of, ForceDeleteWithoutRecovery=True),
     "Group": lambda: client("logs").delete_log_group(logGroupName=name_of),
     "Role": lambda: client("iam").delete_role(RoleName=name_of),
     "Delivery": lambda: client("firehose").delete_delivery_stream(
         DeliveryStreamName=name_of)}[name]()


def test_everything_that_was_removed_comes_back(stack):
    server, run, ids, _, data = stack
    assert "No changes" in run("plan").stdout
    for name in [*reversed(RESOURCES), "Policy"]:
        if name != "Bucket":
            remove(server, ids, name)
    remove(server, ids, "Bucket")
    planned = json.loads(run("plan", "--json").stdout)
    assert {change["logicalId"] for change in planned["changes"]} == {*RESOURCES, "Policy"}
    assert all(change["action"] == "create" and change["wasRemoved"] is True
               for change in planned["changes"])
    # Secrets have random ends of their ARNs; all others keep their names.
    again = {change["logicalId"]: change["physicalId"] for change in planned["changes"]}
    assert {name: id for name, id in again.items() if name != "Secret"} == {
        name: id for name, id in ids.items() if name != "Secret"}
    assert "(was removed outside of the stack)" in run("plan").stdout
    run("deploy", "--yes")
    assert "No changes" in run("plan").stdout
    server.client("s3").head_bucket(Bucket=ids["Bucket"])
    server.client("kinesis").describe_stream_summary(StreamName=ids["Stream"])
    leat("destroy", "hand", "--yes", data=data)


def test_cloudformation_s_api_does_not_look(stack):
    server, run, ids, template, data = stack
    remove(server, ids, "Stream")
    cloudformation = server.client("cloudformation")
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(
            StackName="hand", TemplateBody=template.read_text(), Capabilities=["CAPABILITY_IAM"])
    assert ids["Stream"] in run("plan").stdout


def test_what_is_back_by_then_is_not_taken(stack):
    server, run, ids, template, data = stack
    remove(server, ids, "Stream")
    kept = template.with_name("kept.json")
    run("plan", "--out", kept)
    server.client("kinesis").create_stream(StreamName=ids["Stream"], ShardCount=3)
    done = leat("apply", kept, "--yes", data=data, check=False)
    assert done.returncode != 0
    assert "already exists" in done.stdout + done.stderr
    summary = server.client("kinesis").describe_stream_summary(StreamName=ids["Stream"])
    assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 3


def test_many_resources_of_a_type_are_asked_after_at_once(tmp_path):
    names = [f"many-{index}" for index in range(20)]
    template = tmp_path / "many.json"
    template.write_text(json.dumps({"Resources": {
        kind + str(index): {"Type": type, "Properties": {property: name, **more}}
        for kind, type, property, more in [
            ("Stream", "AWS::Kinesis::Stream", "Name", {"ShardCount": 1}),
            ("Bucket", "AWS::S3::Bucket", "BucketName", {}),
            ("Parameter", "AWS::SSM::Parameter", "Name", {"Type": "String", "Value": "1"}),
            ("Role", "AWS::IAM::Role", "RoleName", {"AssumeRolePolicyDocument": TRUST}),
            ("Group", "AWS::Logs::LogGroup", "LogGroupName", {})]
        for index, name in enumerate(names)}}))
    data = tmp_path / "data"
    with Served(data=data) as server:
        leat("deploy", template, "--yes", data=data)
        assert "No changes" in leat("plan", template, data=data).stdout
        server.client("kinesis").delete_stream(StreamName="many-17")
        server.client("s3").delete_bucket(Bucket="many-3")
        server.client("ssm").delete_parameter(Name="many-19")
        server.client("iam").delete_role(RoleName="many-12")
        server.client("logs").delete_log_group(logGroupName="many-11")
        planned = json.loads(leat("plan", template, "--json", data=data).stdout)
    assert sorted(change["logicalId"] for change in planned["changes"]) == [
        "Bucket3", "Group11", "Parameter19", "Role12", "Stream17"]
