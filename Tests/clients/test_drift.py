"""What was changed outside of a stack: seen by the command and by CloudFormation's API, told by plans,
put back, and recorded."""
import json
import subprocess

import jsonschema
import pytest
from botocore.exceptions import ClientError

from served import Served, leat
from test_command_line import SCHEMA
from test_stack_tags import ROLE, TRUST

POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TEMPLATE = {
    "Parameters": {"Password": {"Type": "String", "NoEcho": True, "Default": "correct-horse"}},
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {
            "Tags": [{"Key": "team", "Value": "data"}]}},
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": TRUST,
            "Policies": [{"PolicyName": "own", "PolicyDocument": POLICY}]}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {
            "Handler": "index.handler", "Runtime": "python3.12", "Role": ROLE,
            "Code": {"ZipFile": "def handler(e, c): pass"},
            "Environment": {"Variables": {"MODE": "fast", "PASSWORD": {"Ref": "Password"}}}}},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
        "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {
            "Type": "String", "Value": "1", "Description": "a number"}},
    }}
DENIAL = json.dumps(
    {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]})


class Stack:
    """A deployed stack on a server, and commands on it."""

    def __init__(self, server, folder):
        self.server, self.data = server, folder / "data"
        self.template = folder / "t.json"
        self.template.write_text(json.dumps(TEMPLATE))
        self.run("deploy", "--yes")
        self.cloudformation = server.client("cloudformation")
        found = self.cloudformation.describe_stack_resources(StackName="hand")
        self.ids = {one["LogicalResourceId"]: one["PhysicalResourceId"]
                    for one in found["StackResources"]}

    def run(self, command, *arguments, **more):
        return leat(command, self.template, "--stack-name", "hand", *arguments, data=self.data,
                    **more)

    def drift(self):
        """Differences by resource: path, what was deployed, what is there."""
        report = json.loads(self.run("drift", "--json").stdout)
        return {one["name"]: one["status"] if one["status"] == "DELETED" else [
                    (each["path"], each.get("expected"), each.get("actual"), each["kind"])
                    for each in one["differences"]]
                for one in report["resources"] if one["status"] in ("MODIFIED", "DELETED")}

    def change(self):
        """Changes everything behind the stack's back."""
        client, ids = self.server.client, self.ids
        client("s3").put_bucket_tagging(Bucket=ids["Bucket"], Tagging={"TagSet": [
            {"Key": "team", "Value": "other"}, {"Key": "more", "Value": "x"}]})
        client("kinesis").update_shard_count(
            StreamName=ids["Stream"], TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        client("iam").put_role_policy(
            RoleName=ids["Role"], PolicyName="own", PolicyDocument=DENIAL)
        client("lambda").update_function_configuration(
            FunctionName=ids["Function"],
            Environment={"Variables": {"MODE": "slow", "PASSWORD": "another-horse"}})
        client("logs").delete_log_group(logGroupName=ids["Group"])


@pytest.fixture
def stack(tmp_path):
    with Served(data=tmp_path / "data") as server:
        yield Stack(server, tmp_path)


CHANGED = {
    "Bucket": [("Tags[0].Value", "data", "other", "NOT_EQUAL"),
               ("Tags[1]", None, {"Key": "more", "Value": "x"}, "ADD")],
    "Stream": [("ShardCount", 1, 2, "NOT_EQUAL")],
    "Role": [("Policies[0].PolicyDocument.Statement[0].Effect", "Allow", "Deny", "NOT_EQUAL")],
    "Function": [("Environment.Variables.MODE", "fast", "slow", "NOT_EQUAL"),
                 ("Environment.Variables.PASSWORD", "****", "****", "NOT_EQUAL")],
    "Group": "DELETED",
}


def test_everything_that_changed_is_seen_and_put_back(stack):
    assert stack.drift() == {}
    done = stack.run("drift", "--detailed-exitcode")
    assert "No drift" in done.stdout
    assert "Function  Code  it can't be read back" in done.stdout
    stack.change()
    assert stack.drift() == CHANGED
    seen = stack.run("drift", "--detailed-exitcode", check=False)
    assert seen.returncode == 2
    assert "horse" not in seen.stdout
    assert "Drift: 4 modified, 1 deleted, 1 in sync." in seen.stdout
    # Nothing but a removal shows without --drift.
    blind = json.loads(stack.run("plan", "--json").stdout)
    assert [change["logicalId"] for change in blind["changes"]] == ["Group"]
    assert "drift" not in blind
    told = stack.run("plan", "--drift").stdout
    assert "horse" not in told
    assert "is gone: is made again" in told
    assert "Tags[0].Value: data → other – stays" in " ".join(told.split())
    stack.run("deploy", "--yes", "--revert-drift")
    assert stack.drift() == {}
    client, ids = stack.server.client, stack.ids
    variables = client("lambda").get_function_configuration(
        FunctionName=ids["Function"])["Environment"]["Variables"]
    assert variables == {"MODE": "fast", "PASSWORD": "correct-horse"}
    summary = client("kinesis").describe_stream_summary(StreamName=ids["Stream"])
    assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 1
    assert "No changes" in stack.run("plan", "--revert-drift").stdout


def test_what_is_there_is_recorded(stack):
    stack.change()
    shown = stack.run("drift", "--adopt", "--yes").stdout
    assert "horse" not in shown
    # A secret stays as it is recorded: what stands in its place is nobody's to write down.
    assert stack.drift() == {
        "Function": [("Environment.Variables.PASSWORD", "****", "****", "NOT_EQUAL")]}
    planned = json.loads(stack.run("plan", "--json").stdout)
    assert {change["logicalId"]: change["action"] for change in planned["changes"]} == {
        "Bucket": "update", "Stream": "update", "Role": "update", "Function": "update",
        "Group": "create"}
    assert "Recorded as it is" in stack.run("show", "--events").stdout
    assert "≈5" in stack.run("history").stdout
    stack.run("deploy", "--yes")
    assert "No changes" in stack.run("plan").stdout


def test_cloudformation_detects_drift(stack):
    cloudformation = stack.cloudformation
    before = cloudformation.describe_stacks(StackName="hand")["Stacks"][0]
    assert before["DriftInformation"] == {"StackDriftStatus": "NOT_CHECKED"}
    stack.change()
    id = cloudformation.detect_stack_drift(StackName="hand")["StackDriftDetectionId"]
    status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=id)
    assert status["DetectionStatus"] == "DETECTION_COMPLETE"
    assert status["StackDriftStatus"] == "DRIFTED"
    assert status["DriftedStackResourceCount"] == 5
    drifts = {one["LogicalResourceId"]: one for one in cloudformation.describe_stack_resource_drifts(
        StackName="hand")["StackResourceDrifts"]}
    assert "horse" not in json.dumps(drifts, default=str)
    assert drifts["Bucket"]["PropertyDifferences"] == [
        {"PropertyPath": "/Tags/0/Value", "ExpectedValue": "data", "ActualValue": "other",
         "DifferenceType": "NOT_EQUAL"},
        {"PropertyPath": "/Tags/1", "ExpectedValue": "null",
         "ActualValue": '{"Key":"more","Value":"x"}', "DifferenceType": "ADD"}]
    assert drifts["Parameter"]["StackResourceDriftStatus"] == "IN_SYNC"
    assert "ExpectedProperties" not in drifts["Group"]
    modified = cloudformation.describe_stack_resource_drifts(
        StackName="hand", StackResourceDriftStatusFilters=["DELETED"])["StackResourceDrifts"]
    assert [one["LogicalResourceId"] for one in modified] == ["Group"]
    described = cloudformation.describe_stacks(StackName="hand")["Stacks"][0]
    assert described["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    assert described["DriftInformation"]["LastCheckTimestamp"] == status["Timestamp"]
    listed = cloudformation.list_stacks()["StackSummaries"][0]
    assert listed["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    resource = cloudformation.describe_stack_resource(
        StackName="hand", LogicalResourceId="Stream")["StackResourceDetail"]
    assert resource["DriftInformation"]["StackResourceDriftStatus"] == "MODIFIED"
    with pytest.raises(ClientError, match="Drift detection operation"):
        cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId="x" * 36)


def test_a_detection_survives_a_restart(tmp_path):
    with Served(data=tmp_path / "data") as server:
        stack = Stack(server, tmp_path)
        server.client("ssm").put_parameter(
            Name=stack.ids["Parameter"], Value="2", Overwrite=True)
        text = subprocess.run(
            ["aws", "cloudformation", "detect-stack-drift", "--stack-name", "hand", "--output",
             "text"], env=server.environment(), check=True, capture_output=True, text=True)
        id = text.stdout.strip()
        server.kill()
    with Served(data=tmp_path / "data") as server:
        cloudformation = server.client("cloudformation")
        status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=id)
        assert (status["StackDriftStatus"], status["DriftedStackResourceCount"]) == ("DRIFTED", 1)
        found = cloudformation.detect_stack_resource_drift(
            StackName="hand", LogicalResourceId="Parameter")["StackResourceDrift"]
        assert found["PropertyDifferences"][0]["PropertyPath"] == "/Value"


def test_a_change_set_puts_drift_back(stack):
    stack.server.client("ssm").put_parameter(
        Name=stack.ids["Parameter"], Value="2", Overwrite=True)
    cloudformation = stack.cloudformation
    cloudformation.create_change_set(
        StackName="hand", ChangeSetName="back", UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM"], DeploymentMode="REVERT_DRIFT",
        Parameters=[{"ParameterKey": "Password", "UsePreviousValue": True}])
    described = cloudformation.describe_change_set(StackName="hand", ChangeSetName="back")
    assert [one["ResourceChange"]["LogicalResourceId"] for one in described["Changes"]] == [
        "Parameter"]
    cloudformation.execute_change_set(StackName="hand", ChangeSetName="back")
    cloudformation.get_waiter("stack_update_complete").wait(StackName="hand")
    value = stack.server.client("ssm").get_parameter(Name=stack.ids["Parameter"])
    assert value["Parameter"]["Value"] == "1"


def test_a_plan_of_old_drift_is_refused(stack):
    client = stack.server.client("ssm")
    client.put_parameter(Name=stack.ids["Parameter"], Value="2", Overwrite=True)
    kept = stack.template.with_name("kept.plan")
    stack.run("plan", "--revert-drift", "--out", kept)
    client.put_parameter(Name=stack.ids["Parameter"], Value="3", Overwrite=True)
    done = leat("apply", kept, "--yes", data=stack.data, check=False)
    assert done.returncode == 1
    assert "`Parameter` was changed outside of the stack since" in done.stderr
    assert client.get_parameter(Name=stack.ids["Parameter"])["Parameter"]["Value"] == "3"


def test_a_secret_behind_a_reference_is_not_shown(tmp_path):
    template = tmp_path / "s.json"
    template.write_text(json.dumps({"Resources": {"Parameter": {
        "Type": "AWS::SSM::Parameter", "Properties": {
            "Type": "String", "Value": "{{resolve:secretsmanager:login}}"}}}}))
    data = tmp_path / "data"
    with Served(data=data) as server:
        server.client("secretsmanager").create_secret(Name="login", SecretString="top-secret")
        leat("deploy", template, "--yes", data=data)
        name = server.client("cloudformation").describe_stack_resource(
            StackName="s", LogicalResourceId="Parameter")["StackResourceDetail"][
                "PhysicalResourceId"]
        assert "No drift" in leat("drift", template, data=data).stdout
        server.client("ssm").put_parameter(Name=name, Value="stolen-secret", Overwrite=True)
        seen = leat("drift", template, data=data).stdout
        assert "{{resolve:secretsmanager:login}} → ****" in seen
        kept = tmp_path / "kept.plan"
        leat("plan", template, "--revert-drift", "--out", kept, data=data)
        assert "stolen-secret" not in kept.read_text()
        assert "top-secret" not in kept.read_text()
        leat("apply", kept, "--yes", data=data)
        assert server.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "top-secret"


def test_drift_inside_of_a_nested_stack(tmp_path):
    (tmp_path / "inner.json").write_text(json.dumps({"Resources": {"Parameter": {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "inner", "Type": "String", "Value": "1"}}}}))
    template = tmp_path / "outer.json"
    template.write_text(json.dumps({"Resources": {"Child": {
        "Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.json"}}}}))
    data = tmp_path / "data"
    with Served(data=data) as server:
        client = server.client("ssm")
        leat("deploy", template, "--yes", data=data)
        client.put_parameter(Name="inner", Value="2", Overwrite=True)
        assert "~ Child/Parameter" in leat("drift", template, data=data).stdout
        planned = json.loads(
            leat("plan", template, "--drift", "--json", data=data).stdout)
        jsonschema.validate(planned, SCHEMA)
        assert [(one["name"], one["stays"]) for one in planned["drift"]] == [
            ("Child/Parameter", True)]
        leat("deploy", template, "--yes", "--revert-drift", data=data)
        assert client.get_parameter(Name="inner")["Parameter"]["Value"] == "1"
        client.put_parameter(Name="inner", Value="3", Overwrite=True)
        leat("drift", template, "--adopt", "--yes", data=data)
        assert "No drift" in leat("drift", template, data=data).stdout
        changes = json.loads(leat("plan", template, "--json", data=data).stdout)["changes"]
        assert changes[0]["changes"][0]["properties"][0]["before"] == "3"
        # CloudFormation's API looks at each stack by itself.
        cloudformation = server.client("cloudformation")
        client.put_parameter(Name="inner", Value="4", Overwrite=True)
        id = cloudformation.detect_stack_drift(StackName="outer")["StackDriftDetectionId"]
        assert cloudformation.describe_stack_drift_detection_status(
            StackDriftDetectionId=id)["StackDriftStatus"] == "IN_SYNC"


def test_a_command_line_that_makes_no_sense(stack):
    for arguments in (["--adopt", "--detailed-exitcode"], ["--yes"]):
        assert stack.run("drift", *arguments, check=False).returncode == 64
    unasked = stack.run("drift", "--adopt", check=False)
    assert unasked.returncode == 0 and "No changes" in unasked.stdout
    stack.server.client("ssm").put_parameter(
        Name=stack.ids["Parameter"], Value="2", Overwrite=True)
    unasked = stack.run("drift", "--adopt", check=False)
    assert unasked.returncode == 1 and "--yes" in unasked.stderr
    none = leat("drift", "nothing", data=stack.data, check=False)
    assert none.returncode == 1 and "LT4004" in none.stderr
