"""A SAM application whose function has a layer, a published alias and configurations beside it."""
import json

import pytest

from served import Served, leat
from test_lambda_url import fetch

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties:
      LayerName: shared
      ContentUri: layer/
      CompatibleRuntimes: [python3.12]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Runtime: python3.12
      Handler: index.handler
      CodeUri: code/
      Timeout: 20
      Layers: [!Ref Shared]
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 }
      ReservedConcurrentExecutions: 5
      FunctionUrlConfig: { AuthType: NONE, InvokeMode: BUFFERED }
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig:
          OnFailure: { Type: Lambda, Destination: !GetAtt Taker.Arn }
  Allowed:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Worker.Version
      Action: lambda:InvokeFunction
      Principal: s3.amazonaws.com
  Taker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
Outputs:
  Version: { Value: !Ref Worker.Version }
  Alias: { Value: !Ref Worker.Alias }
  Layer: { Value: !Ref Shared }
  Url: { Value: !GetAtt WorkerUrl.FunctionUrl }
"""
CODE = """
import shared
def handler(event, context):
    return [shared.VALUE, "WORD", context.function_version]
"""


@pytest.fixture
def project(tmp_path):
    for folder in ["layer/python", "code"]:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "layer/python/shared.py").write_text("VALUE = 'one'")
    (tmp_path / "code/index.py").write_text(CODE.replace("WORD", "first"))
    return tmp_path


def deploy(project):
    leat("deploy", project / "template.yaml", "--stack-name", "app", "--yes", data=project / "data")
    return json.loads(leat("outputs", "app", "--json", data=project / "data").stdout)


def called(server, qualifier="live"):
    answer = server.client("lambda").invoke(FunctionName="worker", Qualifier=qualifier)
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def test_each_deploy_publishes_what_has_changed(project):
    data = project / "data"
    with Served(data=data) as server:
        outputs = deploy(project)
        assert called(server) == ["one", "first", "1"]
        status, _, body = fetch(server, outputs["Url"])
        assert (status, json.loads(body)) == (200, ["one", "first", "1"])
        client = server.client("lambda")
        policy = client.get_policy(FunctionName="worker", Qualifier="1")["Policy"]
        assert policy.count('"Sid"') == 1
        alias = client.get_alias(FunctionName="worker", Name="live")
        assert alias["FunctionVersion"] == "1"
        warm = client.get_provisioned_concurrency_config(FunctionName="worker", Qualifier="live")
        assert warm["RequestedProvisionedConcurrentExecutions"] == 1
        afterwards = client.get_function_event_invoke_config(
            FunctionName="worker", Qualifier="live")
        assert afterwards["MaximumRetryAttempts"] == 1
        plan = leat("plan", project / "template.yaml", "--stack-name", "app", data=data,
                    check=False)
        assert plan.returncode == 0, plan.stdout + plan.stderr
        # New code is a new version; the old one stays, and the alias goes on to the new one.
        (project / "code/index.py").write_text(CODE.replace("WORD", "second"))
        deploy(project)
        assert called(server) == ["one", "second", "2"]
        # A new layer is a change of the function; SAM publishes when the code has changed.
        (project / "layer/python/shared.py").write_text("VALUE = 'two'")
        deploy(project)
        assert called(server) == ["one", "second", "2"]
        assert called(server, "$LATEST") == ["two", "second", "$LATEST"]
        versions = client.list_versions_by_function(FunctionName="worker")["Versions"]
        assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]
        leat("destroy", "app", "--yes", data=data)
        assert client.list_functions()["Functions"] == []
