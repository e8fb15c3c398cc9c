"""Consumers and policies of streams, from templates."""
import json

import pytest

from served import ACCOUNT, Served
from test_crash import advance

POLICY = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "111122223333"},
    "Action": "kinesis:SubscribeToShard", "Resource": "*"}]}


def template(tag="a", stream="orders"):
    return json.dumps({
        "Resources": {
            "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {
                "Name": stream, "ShardCount": 1}},
            "Reader": {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {
                "ConsumerName": "reader", "StreamARN": {"Fn::GetAtt": ["Stream", "Arn"]}}},
            "Policy": {"Type": "AWS::Kinesis::ResourcePolicy", "Properties": {
                "ResourceArn": {"Fn::GetAtt": ["Reader", "ConsumerARN"]},
                "ResourcePolicy": POLICY}},
            "Note": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Name": "/reader", "Type": "String",
                "Value": {"Fn::Sub": tag + " ${Reader} ${Reader.ConsumerCreationTimestamp}"}}},
        },
        "Outputs": {"Reader": {"Value": {"Ref": "Reader"}},
                    "Status": {"Value": {"Fn::GetAtt": ["Reader", "ConsumerStatus"]}},
                    "Name": {"Value": {"Fn::GetAtt": ["Reader", "ConsumerName"]}}}})


@pytest.fixture
def server():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server


def outputs(cloudformation):
    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def test_a_stack_makes_consumers_and_tells_their_arns(server):
    cloudformation, kinesis, ssm = map(server.client, ("cloudformation", "kinesis", "ssm"))
    cloudformation.create_stack(StackName="s", TemplateBody=template())
    cloudformation.get_waiter("stack_create_complete").wait(StackName="s")
    (consumer,) = kinesis.list_stream_consumers(
        StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/orders")["Consumers"]
    arn = consumer["ConsumerARN"]
    seconds = int(consumer["ConsumerCreationTimestamp"].timestamp())
    assert outputs(cloudformation) == {"Reader": arn, "Status": "ACTIVE", "Name": "reader"}
    assert ssm.get_parameter(Name="/reader")["Parameter"]["Value"] == f"a {arn} {seconds}"
    assert json.loads(kinesis.get_resource_policy(ResourceARN=arn)["Policy"]) == POLICY
    resources = cloudformation.describe_stack_resources(StackName="s")["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    assert ids["Reader"] == arn and ids["Policy"] == arn

    # What stays keeps its ARN.
    advance(server, 10_000)
    cloudformation.update_stack(StackName="s", TemplateBody=template("b"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="s")
    assert outputs(cloudformation)["Reader"] == arn
    assert ssm.get_parameter(Name="/reader")["Parameter"]["Value"] == f"b {arn} {seconds}"

    # On another stream it is another consumer, and so is the policy's resource.
    advance(server, 10_000)
    cloudformation.update_stack(StackName="s", TemplateBody=template("b", "others"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="s")
    (moved,) = kinesis.list_stream_consumers(
        StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/others")["Consumers"]
    assert outputs(cloudformation)["Reader"] == moved["ConsumerARN"]
    assert json.loads(kinesis.get_resource_policy(
        ResourceARN=moved["ConsumerARN"])["Policy"]) == POLICY
    assert kinesis.list_streams()["StreamNames"] == ["others"]

    cloudformation.delete_stack(StackName="s")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="s")
    assert kinesis.list_streams()["StreamNames"] == []


def test_a_consumer_of_that_name_stays_when_a_stack_fails_on_it(server):
    cloudformation, kinesis = server.client("cloudformation"), server.client("kinesis")
    kinesis.create_stream(StreamName="taken", ShardCount=1)
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/taken"
    kept = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="reader")["Consumer"]
    try:
        cloudformation.create_stack(StackName="t", TemplateBody=json.dumps({"Resources": {
            "Reader": {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {
                "ConsumerName": "reader", "StreamARN": stream}}}}))
    except cloudformation.exceptions.ClientError:
        pass  # refused while planning
    (found,) = kinesis.list_stream_consumers(StreamARN=stream)["Consumers"]
    assert found["ConsumerARN"] == kept["ConsumerARN"]


def test_the_id_of_a_resource_may_be_made_of_what_only_a_step_knows(server):
    cloudformation, s3 = server.client("cloudformation"), server.client("s3")
    name = {"Fn::Select": [0, {"Fn::Split": [":", {"Fn::Select": [
        1, {"Fn::Split": ["/consumer/", {"Ref": "Reader"}]}]}]}]}
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "x", "ShardCount": 1}},
        "Reader": {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {
            "ConsumerName": "reader", "StreamARN": {"Fn::GetAtt": ["Stream", "Arn"]}}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "reader"}},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "DependsOn": "Bucket", "Properties": {
            "Bucket": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
                "Resource": "arn:aws:s3:::reader/*"}]}}},
    }}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="s")
    assert "s3:DeleteObject" in s3.get_bucket_policy(Bucket="reader")["Policy"]
    resources = cloudformation.describe_stack_resources(StackName="s")["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    assert ids["Policy"] == "reader"
    cloudformation.delete_stack(StackName="s")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="s")
