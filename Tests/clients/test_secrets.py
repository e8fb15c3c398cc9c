"""Secrets Manager through boto3."""
import json
import string

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture
def secrets(server, request):
    """A client in an account of the test's own."""
    account = str(300000000000 + sum(map(ord, request.node.name)))
    client = server.client("secretsmanager", account=account)
    client.account = account
    return client


def fault(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def text(secrets, name, **more):
    return secrets.get_secret_value(SecretId=name, **more)["SecretString"]


def test_a_secret_comes_back_by_name_and_arn(secrets):
    made = secrets.create_secret(Name="app/db", SecretString="s3cret", Description="the database",
                                 Tags=[{"Key": "team", "Value": "data"}])
    start = f"arn:aws:secretsmanager:us-east-1:{secrets.account}:secret:app/db-"
    assert made["ARN"].startswith(start) and len(made["ARN"]) == len(start) + 6
    got = secrets.get_secret_value(SecretId="app/db")
    assert (got["SecretString"], got["VersionStages"], got["VersionId"]) == (
        "s3cret", ["AWSCURRENT"], made["VersionId"])
    assert text(secrets, made["ARN"]) == "s3cret"
    assert text(secrets, made["ARN"][:-7]) == "s3cret"
    assert fault(secrets.get_secret_value, SecretId=made["ARN"][:-1] + "?") == (
        "ResourceNotFoundException")
    seen = secrets.describe_secret(SecretId="app/db")
    assert (seen["Description"], seen["Tags"]) == (
        "the database", [{"Key": "team", "Value": "data"}])
    assert seen["VersionIdsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    assert fault(secrets.create_secret, Name="app/db", SecretString="x") == (
        "ResourceExistsException")
    assert fault(secrets.get_secret_value, SecretId="none") == "ResourceNotFoundException"


def test_binary_and_empty(secrets):
    secrets.create_secret(Name="b", SecretBinary=b"\x00\xffx")
    assert secrets.get_secret_value(SecretId="b")["SecretBinary"] == b"\x00\xffx"
    assert "VersionId" not in secrets.create_secret(Name="empty")
    assert fault(secrets.get_secret_value, SecretId="empty") == "ResourceNotFoundException"
    secrets.put_secret_value(SecretId="empty", SecretString="now")
    assert text(secrets, "empty") == "now"


def test_versions_and_stages(secrets):
    first = secrets.create_secret(Name="v", SecretString="1")["VersionId"]
    second = secrets.put_secret_value(SecretId="v", SecretString="2")["VersionId"]
    assert text(secrets, "v", VersionStage="AWSPREVIOUS") == "1"
    assert text(secrets, "v", VersionId=first) == "1"
    assert fault(secrets.get_secret_value, SecretId="v", VersionId=first,
                 VersionStage="AWSCURRENT") == "InvalidRequestException"
    third = secrets.put_secret_value(SecretId="v", SecretString="3", VersionStages=["NEXT"])
    assert third["VersionStages"] == ["NEXT"]
    assert text(secrets, "v") == "2" and text(secrets, "v", VersionStage="NEXT") == "3"
    move = secrets.update_secret_version_stage
    assert fault(move, SecretId="v", VersionStage="AWSCURRENT", MoveToVersionId=third["VersionId"]
                 ) == "InvalidParameterException"
    move(SecretId="v", VersionStage="AWSCURRENT", MoveToVersionId=third["VersionId"],
         RemoveFromVersionId=second)
    assert text(secrets, "v") == "3" and text(secrets, "v", VersionStage="AWSPREVIOUS") == "2"
    move(SecretId="v", VersionStage="NEXT", RemoveFromVersionId=third["VersionId"])
    assert fault(secrets.get_secret_value, SecretId="v", VersionStage="NEXT") == (
        "ResourceNotFoundException")
    listed = secrets.list_secret_version_ids(SecretId="v")["Versions"]
    assert {v["VersionId"] for v in listed} == {second, third["VersionId"]}
    every = secrets.list_secret_version_ids(SecretId="v", IncludeDeprecated=True)["Versions"]
    assert len(every) == 3


def test_tokens_make_requests_repeatable(secrets):
    token = "t" * 32
    made = secrets.create_secret(Name="r", SecretString="1", ClientRequestToken=token)
    assert made["VersionId"] == token
    again = secrets.create_secret(Name="r", SecretString="1", ClientRequestToken=token)
    assert again["ARN"] == made["ARN"]
    assert fault(secrets.put_secret_value, SecretId="r", SecretString="2",
                 ClientRequestToken=token) == "ResourceExistsException"
    assert secrets.put_secret_value(
        SecretId="r", SecretString="1", ClientRequestToken=token)["VersionId"] == token


def test_update(secrets):
    secrets.create_secret(Name="u", SecretString="1")
    assert "VersionId" not in secrets.update_secret(SecretId="u", Description="new")
    assert "VersionId" in secrets.update_secret(SecretId="u", SecretString="2")
    assert text(secrets, "u") == "2"
    assert secrets.describe_secret(SecretId="u")["Description"] == "new"
    assert fault(secrets.update_secret, SecretId="u", KmsKeyId="alias/x") == "UnsupportedOperation"


def test_deletion_can_be_taken_back(secrets):
    secrets.create_secret(Name="d", SecretString="1")
    delete = secrets.delete_secret
    assert fault(delete, SecretId="d", RecoveryWindowInDays=6) == "InvalidParameterException"
    assert fault(delete, SecretId="d", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True) == (
        "InvalidParameterException")
    delete(SecretId="d", RecoveryWindowInDays=7)
    assert fault(secrets.get_secret_value, SecretId="d") == "InvalidRequestException"
    assert fault(secrets.create_secret, Name="d") == "InvalidRequestException"
    assert secrets.list_secrets()["SecretList"] == []
    listed = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert listed[0]["DeletedDate"]
    secrets.restore_secret(SecretId="d")
    assert text(secrets, "d") == "1"
    delete(SecretId="d", ForceDeleteWithoutRecovery=True)
    assert fault(secrets.describe_secret, SecretId="d") == "ResourceNotFoundException"
    assert secrets.create_secret(Name="d", SecretString="2")["VersionId"]


def test_the_window_passes(tmp_path):
    with Served("--ephemeral", "--clock", "virtual", data=tmp_path) as server:
        secrets = server.client("secretsmanager")
        secrets.create_secret(Name="d", SecretString="1")
        secrets.delete_secret(SecretId="d", RecoveryWindowInDays=7)
        advance(server, 8 * 86_400_000)
        assert fault(secrets.restore_secret, SecretId="d") == "ResourceNotFoundException"
        secrets.create_secret(Name="d", SecretString="2")
        assert text(secrets, "d") == "2"


def advance(server, milliseconds):
    import urllib.request

    request = urllib.request.Request(
        f"{server.endpoint}/_leat/clock/advance", method="POST",
        data=json.dumps({"milliseconds": milliseconds}).encode())
    urllib.request.urlopen(request).read()


def test_lists(secrets):
    for name, description in (("prod/a", "one"), ("prod/b", "the two"), ("dev/a", "three")):
        secrets.create_secret(Name=name, SecretString="x", Description=description,
                              Tags=[{"Key": "stage", "Value": name[:4]}])

    def names(key, *values, **more):
        answer = secrets.list_secrets(Filters=[{"Key": key, "Values": list(values)}], **more)
        return [s["Name"] for s in answer["SecretList"]]

    assert names("name", "prod/", SortBy="name") == ["prod/a", "prod/b"]
    assert names("name", "!prod") == ["dev/a"]
    assert names("description", "TWO") == ["prod/b"]
    assert names("tag-value", "dev") == ["dev/a"]
    assert names("all", "three", "one", SortBy="name", SortOrder="desc") == ["prod/a", "dev/a"]
    pages = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["SecretList"]) for page in pages] == [2, 1]
    assert fault(secrets.list_secrets, NextToken="nothing") == "InvalidNextTokenException"
    got = secrets.batch_get_secret_value(SecretIdList=["dev/a", "none"])
    assert [v["Name"] for v in got["SecretValues"]] == ["dev/a"]
    assert got["Errors"][0]["ErrorCode"] == "ResourceNotFoundException"


def test_passwords(secrets):
    draw = lambda **more: secrets.get_random_password(**more)["RandomPassword"]
    assert len(draw()) == 32
    assert draw() != draw()
    letters = draw(PasswordLength=200, ExcludePunctuation=True, ExcludeNumbers=True,
                   ExcludeUppercase=True, ExcludeCharacters="abc")
    assert set(letters) <= set(string.ascii_lowercase) - set("abc")
    for _ in range(20):
        short = draw(PasswordLength=4)
        for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits,
                     string.punctuation):
            assert any(c in kind for c in short), short
    assert fault(draw, PasswordLength=3) == "InvalidParameterException"
    assert fault(draw, ExcludePunctuation=True, ExcludeNumbers=True, ExcludeUppercase=True,
                 ExcludeLowercase=True) == "InvalidParameterException"


def test_tags_and_policies(secrets):
    secrets.create_secret(Name="t")
    secrets.tag_resource(SecretId="t", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    secrets.untag_resource(SecretId="t", TagKeys=["a"])
    assert secrets.describe_secret(SecretId="t")["Tags"] == [{"Key": "b", "Value": "2"}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    secrets.put_resource_policy(SecretId="t", ResourcePolicy=policy)
    assert secrets.get_resource_policy(SecretId="t")["ResourcePolicy"] == policy
    assert fault(secrets.put_resource_policy, SecretId="t", ResourcePolicy="[") == (
        "MalformedPolicyDocumentException")
    secrets.delete_resource_policy(SecretId="t")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="t")


def test_what_is_not_there_is_refused_by_name(secrets):
    secrets.create_secret(Name="t")
    with pytest.raises(ClientError) as caught:
        secrets.rotate_secret(SecretId="t")
    assert caught.value.response["Error"]["Code"] == "UnsupportedOperation"
    assert "RotateSecret" in caught.value.response["Error"]["Message"]
    assert fault(secrets.create_secret, Name="r", AddReplicaRegions=[{"Region": "eu-west-1"}]) == (
        "UnsupportedOperation")


def test_a_reading_is_noted_by_its_day(secrets):
    secrets.create_secret(Name="s", SecretString="x")
    assert "LastAccessedDate" not in secrets.describe_secret(SecretId="s")
    text(secrets, "s")
    day = secrets.describe_secret(SecretId="s")["LastAccessedDate"]
    assert day.timestamp() % 86_400 == 0
    assert secrets.list_secrets()["SecretList"][0]["LastAccessedDate"] == day


def test_lists_and_descriptions_agree(secrets):
    secrets.create_secret(Name="pending")
    secrets.create_secret(Name="deleted", SecretString="x")
    secrets.delete_secret(SecretId="deleted", RecoveryWindowInDays=7)
    listed = {s["Name"]: s for s in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]}
    assert set(listed) == {"pending", "deleted"}
    assert [s["Name"] for s in secrets.list_secrets()["SecretList"]] == ["pending"]
    for name, seen in listed.items():
        described = secrets.describe_secret(SecretId=name)
        assert described.get("DeletedDate") == seen.get("DeletedDate")
        assert described.get("VersionIdsToStages") == seen.get("SecretVersionsToStages")
    assert "VersionIdsToStages" not in secrets.describe_secret(SecretId="pending")
    assert "DeletedDate" in listed["deleted"] and "DeletedDate" not in listed["pending"]


@pytest.mark.parametrize("key, value, expected", [
    ("name", "Prod", ["Prod/db"]), ("name", "prod", []), ("name", "!Prod", ["test/db"]),
    ("description", "A data", ["Prod/db"]), ("description", "base", []),
    ("tag-key", "te", ["Prod/db"]), ("tag-key", "Te", []), ("tag-value", "da", ["Prod/db"]),
    ("all", "database", ["Prod/db"]), ("all", "DB", ["Prod/db", "test/db"]),
    ("all", "nothing database", []), ("all", "base", []),
])
def test_filters_match_beginnings(secrets, key, value, expected):
    secrets.create_secret(Name="Prod/db", SecretString="x", Description="a database",
                          Tags=[{"Key": "team", "Value": "data"}])
    secrets.create_secret(Name="test/db", SecretString="x")
    found = secrets.list_secrets(Filters=[{"Key": key, "Values": [value]}])["SecretList"]
    assert [s["Name"] for s in found] == expected
