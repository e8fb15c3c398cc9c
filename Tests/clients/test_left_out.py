"""Unprovisioned resources, left out where the user says so; templates checked without values."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served, leat

TEMPLATE = """
Parameters:
  Subnet: {Type: "AWS::EC2::Subnet::Id", Default: subnet-0123456789abcdef0}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: read
          PolicyDocument:
            Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt Table.Arn}]
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      LoggingConfiguration: {DestinationBucketName: elsewhere}
  Image:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Role: !GetAtt Role.Arn
      Code: {ImageUri: "000000000000.dkr.ecr.us-east-1.amazonaws.com/app:1"}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/aws/lambda/${Image}"}
Outputs:
  Bucket: {Value: !Ref Bucket}
  Image: {Value: !GetAtt Image.Arn}
  Subnet: {Value: !Ref Subnet}
"""


def test_properties_and_values_are_left_out_too(tmp_path):
    data, template = tmp_path / "data", tmp_path / "app.yaml"
    template.write_text(TEMPLATE)
    refused = leat("deploy", template, "--yes", data=data, check=False)
    assert refused.returncode == 1
    for place in ("app.yaml:15:11", "app.yaml:24:7", "app.yaml:30:14"):
        assert place in refused.stderr
    done = leat("deploy", template, "--yes", "--allow-unsupported", data=data)
    assert "`LoggingConfiguration` is left out" in done.stderr
    assert "`Image` is left out" in done.stderr and "`Table` is left out" in done.stderr
    assert "error" not in done.stderr
    outputs = json.loads(leat("outputs", "app", "--json", data=data).stdout)
    assert "app-Image-left-out" in json.dumps(outputs)
    again = leat("plan", template, "--allow-unsupported", "--detailed-exitcode", data=data)
    assert "No changes" in again.stdout
    leat("destroy", "app", "--yes", data=data)


def test_nested_stacks_leave_out_what_the_stack_around_does(tmp_path):
    data, template = tmp_path / "data", tmp_path / "outer.yaml"
    (tmp_path / "inner.yaml").write_text(
        "Resources:\n  Topic: {Type: AWS::DAX::ParameterGroup}\n"
        "  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub '/x/${Topic}'}}\n"
        "Outputs:\n  Logs: {Value: !Ref Logs}\n")
    template.write_text(
        "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n"
        "    Properties: {TemplateURL: inner.yaml}\n"
        "Outputs:\n  Logs: {Value: !GetAtt Inner.Outputs.Logs}\n")
    refused = leat("deploy", template, "--yes", data=data, check=False)
    assert refused.returncode == 1 and "inner.yaml:2:17" in refused.stderr
    done = leat("deploy", template, "--yes", "--allow-unsupported", data=data)
    assert "warning[LT3002]" in done.stderr
    assert "Topic-left-out" in leat("outputs", "outer", data=data).stdout
    assert "No changes" in leat("plan", template, "--allow-unsupported", data=data).stdout
    leat("destroy", "outer", "--yes", data=data)


def test_a_template_is_checked_without_values_for_its_parameters(tmp_path):
    template = tmp_path / "stream.yaml"
    template.write_text("""
Parameters:
  Name: {Type: String}
  Shards: {Type: Number}
Conditions:
  IsProd: !Equals [!Ref Name, prod]
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties: {Name: !Sub "${Name}-events", ShardCount: !If [IsProd, 4, !Ref Shards]}
""")
    done = leat("validate", template, data=tmp_path)
    assert "note[LT2008]: 2 parameters have no value" in done.stderr
    assert "stream.yaml: valid" in done.stdout
    planned = leat("plan", template, data=tmp_path, check=False)
    assert planned.returncode == 1 and planned.stderr.count("error[LT2008]") == 2
    template.write_text(template.read_text().replace("ShardCount", "ShardsCount"))
    wrong = leat("validate", template, data=tmp_path, check=False)
    assert wrong.returncode == 1 and "did you mean `ShardCount`?" in wrong.stderr


def test_code_that_is_not_built_yet_is_a_warning_where_nothing_is_deployed(tmp_path):
    template = tmp_path / "app.yaml"
    template.write_text("""
Transform: AWS::Serverless-2016-10-31
Resources:
  App:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: build/app.zip, Handler: app.handler, Runtime: python3.12}
""")
    done = leat("validate", template, data=tmp_path)
    assert "warning[LT5001]" in done.stderr and "app.yaml:6:27" in done.stderr
    planned = leat("plan", template, data=tmp_path, check=False)
    assert planned.returncode == 1 and "error[LT5001]" in planned.stderr


def test_what_is_not_known_or_left_out_goes_on_into_nested_templates(tmp_path):
    data, template = tmp_path / "data", tmp_path / "outer.yaml"
    (tmp_path / "inner.yaml").write_text("""
Parameters:
  Name: {Type: String, AllowedPattern: "[a-z]+"}
  Vpc: {Type: "AWS::EC2::VPC::Id", AllowedPattern: "vpc-.*"}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Ref Name, Tags: [{Key: vpc, Value: !Ref Vpc}]}
""")
    template.write_text("""
Parameters:
  Name: {Type: String}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: inner.yaml
      Parameters: {Name: !Sub "${Name}", Vpc: !Ref Vpc}
""")
    done = leat("validate", template, "--allow-unsupported", data=tmp_path)
    assert done.stderr.count("note[LT2008]") == 1 and "error" not in done.stderr
    named = ["--allow-unsupported", "--parameters", "Name=records"]
    leat("deploy", template, "--yes", *named, data=data)
    assert "No changes" in leat("plan", template, *named, data=data).stdout
    wrong = leat("plan", template, "--allow-unsupported", "--parameters", "Name=R", data=data,
                 check=False)
    assert wrong.returncode == 1 and "outer.yaml:10:26" in wrong.stderr
    leat("destroy", "outer", "--yes", data=data)


def test_a_server_leaves_out_of_the_api_s_templates_too():
    body = json.dumps({"Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {
            "ShardCount": 1, "MaxRecordSizeInKiB": 2048}}}})
    with Served("--ephemeral", "--allow-unsupported") as server:
        cloudformation = server.client("cloudformation")
        cloudformation.create_stack(StackName="part", TemplateBody=body)
        cloudformation.get_waiter("stack_create_complete").wait(StackName="part")
        resources = cloudformation.describe_stack_resources(StackName="part")["StackResources"]
        assert [one["LogicalResourceId"] for one in resources] == ["Stream"]
        reasons = [event.get("ResourceStatusReason", "") for event in
                   cloudformation.describe_stack_events(StackName="part")["StackEvents"]
                   if event["LogicalResourceId"] == "part"]
        assert any("`Vpc` is left out" in reason and "AWS::EC2::VPC" in reason
                   for reason in reasons), reasons
    with Served("--ephemeral") as server, pytest.raises(ClientError) as caught:
        server.client("cloudformation").create_stack(StackName="part", TemplateBody=body)
    assert "Leat does not provision AWS::EC2::VPC" in str(caught.value)
