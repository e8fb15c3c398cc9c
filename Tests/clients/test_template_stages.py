"""GetTemplate's stages, and the members of GetTemplateSummary."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def client():
    with Served("--ephemeral") as server:
        yield server.client("cloudformation")


LOOPS = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList}
Resources:
  Fn::ForEach::P:
    - Name
    - !Ref Names
    - P${Name}:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Value: !Sub "${AWS::StackName}-${Name}"}
"""

PLAIN = """\
Resources:
  P:
    Type: AWS::SSM::Parameter   # kept
    Properties: {Type: String, Value: v}
"""


def test_the_processed_stage_is_the_template_after_its_transforms(client):
    client.create_stack(
        StackName="loops", TemplateBody=LOOPS, Capabilities=["CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": "Names", "ParameterValue": "A,B"}])
    found = client.get_template(StackName="loops")
    assert found["TemplateBody"] == LOOPS
    assert found["StagesAvailable"] == ["Original", "Processed"]
    processed = client.get_template(StackName="loops", TemplateStage="Processed")["TemplateBody"]
    assert list(processed["Resources"]) == ["PA", "PB"] and "Transform" not in processed
    client.create_change_set(
        StackName="loops", ChangeSetName="c", TemplateBody=LOOPS,
        Parameters=[{"ParameterKey": "Names", "ParameterValue": "C"}])
    processed = client.get_template(
        StackName="loops", ChangeSetName="c", TemplateStage="Processed")["TemplateBody"]
    assert list(processed["Resources"]) == ["PC"]


def test_without_transforms_both_stages_are_the_text(client):
    client.create_stack(StackName="plain", TemplateBody=PLAIN)
    for stage in ["Original", "Processed"]:
        assert client.get_template(StackName="plain", TemplateStage=stage)["TemplateBody"] == PLAIN


def test_a_summary_tells_all(client):
    body = json.dumps({
        "Metadata": {"Team": {"Fn::Sub": "x"}}, "Resources": {
            "B": {"Type": "AWS::S3::Bucket"}, "C": {"Type": "AWS::S3::Bucket"},
            "X": {"Type": "AWS::Kinesis::Strem"}}})
    with pytest.raises(ClientError, match="Unrecognized resource types: .AWS::Kinesis::Strem."):
        client.get_template_summary(TemplateBody=body)
    found = client.get_template_summary(TemplateBody=body, TemplateSummaryConfig={
        "TreatUnrecognizedResourceTypesAsWarnings": True})
    assert found["Warnings"] == {"UnrecognizedResourceTypes": ["AWS::Kinesis::Strem"]}
    assert json.loads(found["Metadata"]) == {"Team": {"Fn::Sub": "x"}}
    assert found["ResourceIdentifierSummaries"] == [{
        "ResourceType": "AWS::S3::Bucket", "LogicalResourceIds": ["B", "C"],
        "ResourceIdentifiers": ["BucketName"]}]


def test_types_that_a_request_does_not_name_are_refused(client):
    with pytest.raises(ClientError, match="Resource type AWS::SSM::Parameter is not among"):
        client.create_stack(
            StackName="types", TemplateBody=PLAIN, ResourceTypes=["AWS::S3::*", "Custom::*"])
    client.create_stack(StackName="types", TemplateBody=PLAIN, ResourceTypes=["AWS::SSM::*"])
