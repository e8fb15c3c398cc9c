"""Stack policies: set, shown, and held against plans and updates."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served, leat


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def body(value="one", kind="String", only=None):
    resources = {
        "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}},
        "Q": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": kind, "Value": "q"}}}
    return json.dumps({"Resources": {k: v for k, v in resources.items() if k in (only or "PQ")}})


ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}


def policy(*denied):
    return json.dumps({"Statement": [
        *({"Effect": "Deny", "Principal": "*", **statement} for statement in denied), ALLOW]})


def fault(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Message"]


def wait(client, name, how):
    client.get_waiter(f"stack_{how}_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


@pytest.mark.parametrize("name, statement, template, sentence", [
    ("modify", {"Action": "Update:*", "Resource": "LogicalResourceId/P"}, body("two"),
     "Action denied by stack policy: Statement [#1] does not allow [Update:*] for resource "
     "[LogicalResourceId/P];"),
    ("remove", {"Action": ["Update:Delete", "Update:Replace"], "NotResource": "LogicalResourceId/Q*"},
     body(only="Q"),
     "Action denied by stack policy: Statement [#1] does not allow [Update:Delete] for resource "
     "[LogicalResourceId/P];"),
    ("kinds", {"Action": "Update:Modify", "Resource": "*",
               "Condition": {"StringLike": {"ResourceType": ["AWS::SSM::*"]}}}, body("two"),
     "Action denied by stack policy: Statement [#1] does not allow [Update:Modify] for resource [*];"),
])
def test_what_a_statement_denies(server, name, statement, template, sentence):
    client = server.client("cloudformation")
    client.create_stack(
        StackName=name, TemplateBody=body(), StackPolicyBody=policy(statement))
    wait(client, name, "create")
    assert json.loads(client.get_stack_policy(StackName=name)["StackPolicyBody"]) == json.loads(
        policy(statement))
    message = fault(client.update_stack, StackName=name, TemplateBody=template)
    assert message.startswith(sentence), message
    client.update_stack(
        StackName=name, TemplateBody=template, StackPolicyDuringUpdateBody=policy())
    wait(client, name, "update")
    assert "Deny" in client.get_stack_policy(StackName=name)["StackPolicyBody"]


def test_what_nothing_allows_is_denied(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="none", TemplateBody=body())
    wait(client, "none", "create")
    assert "StackPolicyBody" not in client.get_stack_policy(StackName="none")
    allow = {**ALLOW, "Resource": "LogicalResourceId/Q"}
    client.set_stack_policy(
        StackName="none", StackPolicyBody=json.dumps({"Statement": [allow]}))
    message = fault(client.update_stack, StackName="none", TemplateBody=body("two"))
    assert message.startswith("Action not allowed by stack policy"), message
    client.update_stack(
        StackName="none", TemplateBody=body("two"), StackPolicyDuringUpdateBody=policy(),
        StackPolicyBody=policy())
    wait(client, "none", "update")
    assert client.get_stack_policy(StackName="none")["StackPolicyBody"] == policy()


def test_a_policy_set_after_the_plan_counts(server):
    client = server.client("cloudformation")
    client.create_stack(StackName="late", TemplateBody=body())
    wait(client, "late", "create")
    client.create_change_set(StackName="late", ChangeSetName="c", TemplateBody=body("two"))
    client.set_stack_policy(StackName="late", StackPolicyBody=policy(
        {"Action": "Update:Modify", "Resource": "LogicalResourceId/P"}))
    message = fault(client.execute_change_set, StackName="late", ChangeSetName="c")
    assert "Action denied by stack policy: Statement [#1]" in message


@pytest.mark.parametrize("text", [
    "", "{", "[]", "{}", '{"Statement":[{"Effect":"Deny"}]}',
    json.dumps({"Statement": {**ALLOW, "Action": "Delete:*"}}),
    json.dumps({"Statement": {**ALLOW, "Principal": "me"}}),
    json.dumps({"Statement": {**ALLOW, "Resource": "P"}}),
    json.dumps({"Statement": {**ALLOW, "Condition": {"Bool": {}}}}),
])
def test_what_is_no_policy_is_refused(server, text):
    client = server.client("cloudformation")
    with pytest.raises(Exception) as caught:
        client.create_stack(StackName="refused", TemplateBody=body(), StackPolicyBody=text)
    assert "StackPolicyBody" in str(caught.value) or "stack policy" in str(caught.value)


def test_commands_name_the_statement_and_the_place(tmp_path):
    file = tmp_path / "t.json"
    with Served(data=tmp_path / "data") as server:
        client = server.client("cloudformation")
        client.create_stack(StackName="s", TemplateBody=body(), StackPolicyBody=policy(
            {"Action": "Update:Modify", "Resource": "LogicalResourceId/P"}))
        wait(client, "s", "create")
    file.write_text(body("two"))
    plan = leat("plan", file, "--stack-name", "s", data=tmp_path / "data", check=False)
    assert plan.returncode == 1
    said = plan.stdout + plan.stderr
    assert "LT4015" in said and "`Update:Modify` of `P`: statement #1 denies it" in said
    assert f"{file}:1:" in said
