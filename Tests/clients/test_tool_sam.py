"""The SAM CLI's hello world, without its API: build, deploy, sync, logs, remote invoke, delete."""
import json

import pytest

from served import Served
from tools import needs, program, run

pytestmark = needs("sam")

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: hello
Globals:
  Function:
    Timeout: 3
Resources:
  HelloWorldFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello_world/
      Handler: app.lambda_handler
      Runtime: python3.11
      Architectures: [x86_64]
Outputs:
  HelloWorldFunction:
    Value: !GetAtt HelloWorldFunction.Arn
  HelloWorldFunctionIamRole:
    Value: !GetAtt HelloWorldFunctionRole.Arn
"""

CODE = """
import json


def lambda_handler(event, context):
    print("said hello to", event.get("name"))
    return {"statusCode": 200, "body": json.dumps({"message": "WORD"})}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sam")
    (folder / "hello_world").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "hello_world/app.py").write_text(CODE.replace("WORD", "hello world"))
    (folder / "hello_world/requirements.txt").write_text("")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(data=tmp_path_factory.mktemp("data")) as served:
        yield served


def test_hello_world(project, server):
    environment = {**server.environment(), "SAM_CLI_TELEMETRY": "0"}

    def sam(*arguments):
        return run([program("sam"), *arguments], project, environment, answers="y\n")

    sam("build")
    deployed = sam(
        "deploy", "--stack-name", "hello", "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
        "--no-confirm-changeset", "--no-progressbar")
    assert "Successfully created/updated stack - hello" in deployed
    assert "HelloWorldFunctionIamRole" in deployed

    again = sam(
        "deploy", "--stack-name", "hello", "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
        "--no-confirm-changeset", "--no-progressbar", "--no-fail-on-empty-changeset")
    assert "No changes to deploy" in again

    event = json.dumps({"name": "sam"})
    answer = sam(
        "remote", "invoke", "HelloWorldFunction", "--stack-name", "hello", "--event", event)
    assert json.dumps({"message": "hello world"}) in json.loads(answer.splitlines()[-1])["body"]

    lines = sam("logs", "--stack-name", "hello", "--name", "HelloWorldFunction")
    assert "said hello to sam" in lines

    code = project / "hello_world/app.py"
    code.write_text(CODE.replace("WORD", "hello again"))
    synced = sam(
        "sync", "--stack-name", "hello", "--no-watch", "--no-dependency-layer",
        "--capabilities", "CAPABILITY_IAM")
    assert "Finished syncing Lambda Function HelloWorldFunction" in synced
    answer = sam(
        "remote", "invoke", "HelloWorldFunction", "--stack-name", "hello", "--event", event)
    assert "hello again" in answer

    sam("delete", "--stack-name", "hello", "--no-prompts")
    names = [s["StackName"] for s in server.client("cloudformation").describe_stacks()["Stacks"]]
    assert "hello" not in names
