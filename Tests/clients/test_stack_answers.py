"""CloudFormation's answers about stacks, in its own words: scripts and tools match them."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def template(resources, **sections):
    return json.dumps({"Resources": resources, **sections})


STREAM = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}
NAMES = {"Names": {"Type": "String", "AllowedValues": ["a", "b"]}}


@pytest.mark.parametrize("body, given, sentence", [
    (template({"S": STREAM}, Outputs={"O": {"Value": {"Ref": "Nope"}}}), {},
     "Template format error: Unresolved resource dependencies [Nope] in the Outputs block of the"
     " template"),
    (template({"S": STREAM, "T": {**STREAM, "DependsOn": ["Gone", "S", "Away"]}}), {},
     "Template format error: Unresolved resource dependencies [Gone, Away] in the Resources block"
     " of the template"),
    (template({"S": {**STREAM, "Condition": "No"},
               "P": {"Type": "AWS::SSM::Parameter",
                     "Properties": {"Type": "String", "Value": {"Ref": "S"}}}},
              Conditions={"No": {"Fn::Equals": ["a", "b"]}}), {},
     "Template format error: Unresolved resource dependencies [S] in the Resources block of the"
     " template"),
    (template({"S": STREAM}, Outputs={"O": {"Value": {"Fn::GetAtt": ["Nope", "Arn"]}}}), {},
     "Template error: instance of Fn::GetAtt references undefined resource Nope"),
    (template({"S": STREAM}, Outputs={"O": {"Value": {"Fn::GetAtt": ["S", "Nope"]}}}), {},
     "Template error: resource S does not support attribute type Nope in Fn::GetAtt"),
    (template({"S": {"Type": "AWS::Kinesis::Strem"}}), {},
     "Template format error: Unrecognized resource types: [AWS::Kinesis::Strem]"),
    (template({"A": {**STREAM, "DependsOn": "B"}, "B": {**STREAM, "DependsOn": "A"}}), {},
     "Circular dependency between resources: [A, B]"),
    (template({"S": STREAM}, Parameters=NAMES), {}, "Parameters: [Names] must have values"),
    (template({"S": STREAM}, Parameters=NAMES), {"Names": "c"},
     "Parameter 'Names' must be one of AllowedValues"),
    (template({"S": STREAM}), {"Other": "c"},
     "Parameters: [Other] do not exist in the template"),
    (template({"S": STREAM}, Parameters={
        "N": {"Type": "Number", "MinValue": 3, "ConstraintDescription": "three or more"}}),
     {"N": "1"}, "Parameter N failed to satisfy constraint: three or more"),
    (template({"S": STREAM}, Outputs={"O": {"Value": {"Fn::Select": [2, ["a"]]}}}), {},
     "Template error: Fn::Select cannot select nonexistent value at index 2"),
])
def test_aws_own_sentence_comes_first(server, body, given, sentence):
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    with pytest.raises(ClientError) as caught:
        server.client("cloudformation").create_stack(
            StackName="refused", TemplateBody=body, Parameters=parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    first, *rest = error["Message"].split("\n")
    assert first == sentence
    assert rest and all("LT" in line for line in rest), rest


def test_nested_stacks_name_their_parent_and_their_root(server):
    s3, cloudformation = server.client("s3"), server.client("cloudformation")
    s3.create_bucket(Bucket="nested-templates")
    s3.put_object(Bucket="nested-templates", Key="leaf", Body=template({"S": STREAM}))

    def child(key):
        address = f"https://nested-templates.s3.amazonaws.com/{key}"
        return template({"Child": {
            "Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": address}}})

    s3.put_object(Bucket="nested-templates", Key="middle", Body=child("leaf"))
    root = cloudformation.create_stack(StackName="root", TemplateBody=child("middle"))["StackId"]
    cloudformation.get_waiter("stack_create_complete").wait(StackName="root")

    def inner(stack):
        return cloudformation.describe_stack_resource(
            StackName=stack, LogicalResourceId="Child")["StackResourceDetail"]["PhysicalResourceId"]

    def lineage(stack):
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return found.get("ParentId"), found.get("RootId")

    middle = inner(root)
    leaf = inner(middle)
    assert lineage(root) == (None, None)
    assert lineage(middle) == (root, root)
    assert lineage(leaf) == (middle, root)
    summaries = {stack["StackId"]: stack for stack in
                 cloudformation.list_stacks()["StackSummaries"]}
    assert summaries[leaf]["ParentId"] == middle and summaries[leaf]["RootId"] == root
    assert "ParentId" not in summaries[root]


def test_resources_are_told_after_a_rollback_and_a_deletion(server):
    cloudformation = server.client("cloudformation")
    server.client("s3").create_bucket(Bucket="taken-already")
    body = template({
        "S": STREAM,
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-late"},
              "DependsOn": "F"},
        "F": {"Type": "AWS::Lambda::Function", "DependsOn": "S", "Properties": {
            "Handler": "a.b", "Runtime": "python3.12", "Role": "arn:aws:iam::000000000000:role/r",
            "Code": {"S3Bucket": "taken-already", "S3Key": "no-such-key"}}},
    })
    stack = cloudformation.create_stack(StackName="turned", TemplateBody=body)["StackId"]
    for _ in range(200):
        status = cloudformation.describe_stacks(StackName="turned")["Stacks"][0]["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            break
    assert status == "ROLLBACK_COMPLETE"
    resources = cloudformation.describe_stack_resources(StackName="turned")["StackResources"]
    told = {one["LogicalResourceId"]: one["ResourceStatus"] for one in resources}
    assert told["S"] == "DELETE_COMPLETE"
    assert told["F"] in ("DELETE_COMPLETE", "CREATE_FAILED")
    assert all(one["StackId"] == stack and one["Timestamp"] for one in resources)
    one = cloudformation.describe_stack_resource(StackName="turned", LogicalResourceId="S")
    assert one["StackResourceDetail"]["ResourceType"] == "AWS::Kinesis::Stream"

    cloudformation.delete_stack(StackName="turned")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    listed = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    assert {one["LogicalResourceId"] for one in listed} == set(told)


def test_a_default_reads_the_latest_version_of_a_parameter(server):
    ssm, cloudformation = server.client("ssm"), server.client("cloudformation")
    ssm.put_parameter(Name="/app/shards", Value="1", Type="String")
    ssm.put_parameter(Name="/app/shards", Value="2", Type="String", Overwrite=True)
    cloudformation.create_stack(
        StackName="latest",
        TemplateBody=template(
            {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {
                "Name": {"Fn::Sub": "latest-${Shards}"}, "ShardCount": {"Ref": "Shards"}}}},
            Parameters={"Shards": {"Type": "String", "Default": "{{resolve:ssm:/app/shards}}"}}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="latest")
    summary = server.client("kinesis").describe_stream_summary(StreamName="latest-2")
    assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 2


def test_a_parameter_with_the_text_of_no_value_removes_its_property(server):
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(
        StackName="nothing",
        TemplateBody=template(
            {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {
                "Name": {"Ref": "Name"}, "ShardCount": 1}}},
            Parameters={"Name": {"Type": "String"}}),
        Parameters=[{"ParameterKey": "Name", "ParameterValue": "AWS::NoValue"}])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="nothing")
    resource = cloudformation.describe_stack_resource(StackName="nothing", LogicalResourceId="S")
    assert resource["StackResourceDetail"]["PhysicalResourceId"].startswith("nothing-S-")


@pytest.mark.parametrize("runtime, source", [
    ("python3.12", "def handler(event, context): pass"),
    ("nodejs20.x", "exports.handler = async () => 1"),
])
def test_a_handler_without_a_dot_fails_its_calls_alone(server, runtime, source):
    cloudformation, name = server.client("cloudformation"), "dotless-" + runtime[:4]
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=template({
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
                "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"Service": "lambda.amazonaws.com"}}]}}},
            "F": {"Type": "AWS::Lambda::Function", "Properties": {
                "FunctionName": name, "Handler": "foo", "Runtime": runtime,
                "Code": {"ZipFile": source}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}}}),
        Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    answer = server.client("lambda").invoke(FunctionName=name)
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "Runtime.MalformedHandlerName"
