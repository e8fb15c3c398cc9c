"""Plans of a part of a template's changes: targets, exclusions, replacements."""
import json

import pytest

from served import Served, leat

STREAM = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {
    "Tags": [{"Key": "reads", "Value": {"Fn::GetAtt": ["Stream", "Arn"]}}]}}
TOPIC = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}


def template(path, outputs=None, **resources):
    path.write_text(json.dumps({
        "Resources": resources,
        "Outputs": {k: {"Value": v} for k, v in (outputs or {}).items()}}))
    return path


def plan(*arguments, data, check=True):
    return json.loads(leat("plan", *arguments, "--json", data=data, check=check).stdout)


def actions(document):
    return {c["logicalId"]: c["action"] for c in document["changes"]}


@pytest.fixture(params=["embedded", "served"])
def data(request, tmp_path):
    """A data directory that no process holds, and one that a server does."""
    if request.param == "embedded":
        yield tmp_path / "data"
        return
    with Served(data=tmp_path / "data"):
        yield tmp_path / "data"


def test_a_part_is_deployed_and_the_rest_follows(data, tmp_path):
    file = template(
        tmp_path / "shop.json", {"Stream": {"Ref": "Stream"}, "Logs": {"Ref": "Logs"}},
        Stream=STREAM, Bucket=BUCKET, Logs=TOPIC)
    made = plan(file, "--target", "Bucket", data=data)
    assert actions(made) == {"Stream": "create", "Bucket": "create"}
    assert made["omitted"] == [{"logicalId": "Logs", "action": "create"}]
    assert [o["key"] for o in made["outputs"]] == ["Stream"]
    text = leat("plan", file, "--exclude", "Stream", data=data).stdout
    assert "· Bucket  left out (to create, needs Stream)" in text
    assert "Plan: 1 to create. 2 left out." in text
    assert "<code>Bucket</code> is left out (to create, needs Stream)." in leat(
        "plan", file, "--exclude", "Stream", "--markdown", data=data).stdout

    leat("deploy", file, "--target", "Bucket", "--yes", data=data)
    assert json.loads(leat("outputs", "shop", "--json", data=data).stdout).keys() == {"Stream"}
    assert actions(plan(file, data=data)) == {"Logs": "create"}
    assert "No changes – all that the template changes is left out." in leat(
        "deploy", file, "--exclude", "Logs", "--yes", data=data).stdout
    leat("deploy", file, "--yes", data=data)
    assert plan(file, data=data)["hasChanges"] is False


def test_a_replacement_for_the_asking(data, tmp_path):
    file = template(tmp_path / "shop.json", {"Name": {"Ref": "Stream"}}, Stream=STREAM, Bucket=BUCKET)
    leat("deploy", file, "--yes", data=data)
    before = json.loads(leat("outputs", "shop", "--json", data=data).stdout)["Name"]
    made = plan(file, "--replace", "Stream", data=data)
    assert actions(made) == {"Stream": "replace", "Bucket": "update"}
    assert made["changes"][0]["isForced"] is True and made["changes"][0]["replaces"] == before
    assert "(as asked for)" in leat("plan", file, "--replace", "Stream", data=data).stdout
    leat("deploy", file, "--replace", "Stream", "--yes", data=data)
    after = json.loads(leat("outputs", "shop", "--json", data=data).stdout)["Name"]
    assert after != before
    assert plan(file, data=data)["hasChanges"] is False
    named = {**STREAM, "Properties": {"Name": "events", "ShardCount": 1}}
    template(file, Stream=named)
    leat("deploy", file, "--yes", data=data)
    refused = leat("plan", file, "--replace", "Stream", data=data, check=False)
    assert refused.returncode == 1 and "is to be replaced, but its name stays" in refused.stderr


@pytest.mark.parametrize("arguments, message", [
    (["--target", "Bukket"], "did you mean `Bucket`"),
    (["--target", "Bucket", "--exclude", "Stream"],
     "`Bucket` needs the change of `Stream`, which is excluded"),
    (["--replace", "Bucket"], "`Bucket` is not deployed"),
])
def test_wishes_that_can_not_be_met_are_refused(arguments, message, tmp_path):
    file = template(tmp_path / "shop.json", Stream=STREAM, Bucket=BUCKET)
    refused = leat("plan", file, *arguments, data=tmp_path / "data", check=False)
    assert refused.returncode == 1 and message in refused.stderr


def test_a_nested_stack_is_left_out_with_what_it_has(data, tmp_path):
    inner = template(tmp_path / "inner.json", {"Name": {"Ref": "Stream"}}, Stream=STREAM)
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.json"}}
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {
        "LogGroupName": {"Fn::Sub": "/of/${Inner.Outputs.Name}"}, "RetentionInDays": 1}}
    file = template(tmp_path / "outer.json", Inner=nested, Group=group)
    leat("deploy", file, "--yes", data=data)
    template(inner, {"Name": {"Ref": "Stream"}}, Stream={
        "Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 2}})
    group["Properties"]["RetentionInDays"] = 3
    template(file, Inner=nested, Group=group)
    assert actions(plan(file, data=data)) == {"Inner": "update", "Group": "update"}
    made = plan(file, "--exclude", "Inner", data=data)
    assert actions(made) == {}
    assert made["omitted"] == [
        {"logicalId": "Inner", "action": "update"},
        {"logicalId": "Group", "action": "update", "needs": "Inner"}]
    made = plan(file, "--target", "Inner", data=data)
    assert actions(made) == {"Inner": "update"}
    leat("deploy", file, "--target", "Inner", "--yes", data=data)
    assert actions(plan(file, data=data)) == {"Group": "update"}
