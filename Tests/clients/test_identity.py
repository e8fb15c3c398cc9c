"""IAM and STS through boto3."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                   "Action": "sts:AssumeRole"}],
}
WRITE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "*"}],
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture
def iam(server, request):
    """A client in an account of the test's own, so that no test sees another's roles."""
    account = str(100000000000 + sum(map(ord, request.node.name)))
    client = server.client("iam", account=account)
    client.account = account
    return client


def failure(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def make_role(iam, name="worker", **more):
    return iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **more)["Role"]


def test_a_role_comes_back_as_it_was_made(iam):
    made = make_role(iam, Path="/team/", Description="does things", MaxSessionDuration=7200,
                     Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    assert made["Arn"] == f"arn:aws:iam::{iam.account}:role/team/worker"
    assert made["RoleId"].startswith("AROA") and len(made["RoleId"]) == 21
    assert made["AssumeRolePolicyDocument"] == TRUST
    role = iam.get_role(RoleName="worker")["Role"]
    assert role == made
    assert role["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    assert role["MaxSessionDuration"] == 7200
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/team/")["Roles"]] == ["worker"]
    assert iam.list_roles(PathPrefix="/other/")["Roles"] == []
    assert failure(iam.create_role, RoleName="worker",
                   AssumeRolePolicyDocument=json.dumps(TRUST)) == ("EntityAlreadyExists", 409)


def test_inline_policies(iam):
    make_role(iam)
    iam.put_role_policy(RoleName="worker", PolicyName="write", PolicyDocument=json.dumps(WRITE))
    assert iam.list_role_policies(RoleName="worker")["PolicyNames"] == ["write"]
    policy = iam.get_role_policy(RoleName="worker", PolicyName="write")
    assert policy["PolicyDocument"] == WRITE
    assert failure(iam.delete_role, RoleName="worker") == ("DeleteConflict", 409)
    iam.delete_role_policy(RoleName="worker", PolicyName="write")
    assert failure(iam.get_role_policy, RoleName="worker", PolicyName="write") == (
        "NoSuchEntity", 404)
    iam.delete_role(RoleName="worker")
    assert failure(iam.get_role, RoleName="worker") == ("NoSuchEntity", 404)


def test_managed_policies(iam):
    make_role(iam)
    iam.attach_role_policy(RoleName="worker", PolicyArn=BASIC)
    iam.attach_role_policy(RoleName="worker", PolicyArn=BASIC)
    assert iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"] == [
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}]
    assert iam.list_instance_profiles_for_role(RoleName="worker")["InstanceProfiles"] == []
    assert failure(iam.delete_role, RoleName="worker") == ("DeleteConflict", 409)
    iam.detach_role_policy(RoleName="worker", PolicyArn=BASIC)
    assert failure(iam.detach_role_policy, RoleName="worker", PolicyArn=BASIC) == (
        "NoSuchEntity", 404)
    mine = f"arn:aws:iam::{iam.account}:policy/none"
    assert failure(iam.attach_role_policy, RoleName="worker", PolicyArn=mine) == (
        "NoSuchEntity", 404)
    iam.delete_role(RoleName="worker")


def test_tags_and_trust_change(iam):
    make_role(iam, Tags=[{"Key": "Team", "Value": "1"}])
    iam.tag_role(RoleName="worker", Tags=[{"Key": "team", "Value": "2"}, {"Key": "x", "Value": "y"}])
    assert iam.list_role_tags(RoleName="worker")["Tags"] == [
        {"Key": "team", "Value": "2"}, {"Key": "x", "Value": "y"}]
    iam.untag_role(RoleName="worker", TagKeys=["x"])
    assert iam.list_role_tags(RoleName="worker")["Tags"] == [{"Key": "team", "Value": "2"}]
    trust = json.loads(json.dumps(TRUST).replace("lambda", "firehose"))
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trust))
    assert iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"] == trust
    iam.update_role(RoleName="worker", Description="new")
    assert iam.get_role(RoleName="worker")["Role"]["Description"] == "new"


def test_listing_in_pages(iam):
    names = [f"role-{n:02}" for n in range(7)]
    for name in names:
        make_role(iam, name)
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(p["Roles"]) for p in pages] == [3, 3, 1]
    assert [r["RoleName"] for p in pages for r in p["Roles"]] == names


@pytest.mark.parametrize("document", [
    "{", "[]", "{}", json.dumps({"Statement": [{"Effect": "Maybe"}]}), json.dumps(WRITE),
])
def test_malformed_trust_policies(iam, document):
    assert failure(iam.create_role, RoleName="worker", AssumeRolePolicyDocument=document) == (
        "MalformedPolicyDocument", 400)


def test_what_is_not_supported_is_named(iam):
    with pytest.raises(ClientError, match="UnsupportedOperation.*CreateUser"):
        iam.create_user(UserName="u")
    with pytest.raises(ClientError, match="UnsupportedOperation.*PermissionsBoundary"):
        make_role(iam, PermissionsBoundary=BASIC)


def test_the_access_key_chooses_the_account(server):
    identity = server.client("sts", account="123456789012").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"] == "arn:aws:iam::123456789012:root"
    assert server.client("sts", account="test").get_caller_identity()["Account"] == "000000000000"


def test_assumed_roles_act_in_their_account(server, iam):
    import boto3
    role = make_role(iam)
    sts = server.client("sts", account="test")
    assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session")
    keys = assumed["Credentials"]
    assert assumed["AssumedRoleUser"]["AssumedRoleId"] == f"{role['RoleId']}:session"

    def client(name):
        return boto3.client(
            name, endpoint_url=server.endpoint, region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"])

    identity = client("sts").get_caller_identity()
    assert identity["Account"] == iam.account
    assert identity["Arn"] == f"arn:aws:sts::{iam.account}:assumed-role/worker/session"
    assert client("iam").get_role(RoleName="worker")["Role"]["Arn"] == role["Arn"]
    assert failure(sts.assume_role, RoleArn=role["Arn"] + "x", RoleSessionName="session") == (
        "AccessDenied", 403)
    assert failure(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="session",
                   DurationSeconds=3601) == ("ValidationError", 400)


@pytest.mark.parametrize("principal, is_right", [
    ("*", True),
    ({"AWS": "*"}, True),
    ({"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]}, True),
    ({"AWS": "arn:aws:sts::111122223333:assumed-role/worker/session"}, True),
    ({"AWS": "AROA123456789EXAMPLE", "Service": ["a.amazonaws.com"]}, True),
    ({"Federated": "cognito-identity.amazonaws.com"}, True),
    ({"AWS": "arn:aws:iam::123456789:role/short"}, False),
    ({"AWS": "arn:aws:s3:::bucket"}, False),
    ({"AWS": "worker"}, False),
    ({"Services": "lambda.amazonaws.com"}, False),
    ("lambda.amazonaws.com", False),
])
def test_principals_of_trust_policies_are_accounts_and_identities(iam, principal, is_right):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    if is_right:
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=document)
    else:
        assert failure(
            iam.create_role, RoleName="worker", AssumeRolePolicyDocument=document) == (
                "MalformedPolicyDocument", 400)


def test_a_policy_of_the_account_is_attached_and_changed(iam):
    made = iam.create_policy(PolicyName="write", Path="/team/", PolicyDocument=json.dumps(WRITE),
                             Tags=[{"Key": "a", "Value": "1"}])["Policy"]
    arn = f"arn:aws:iam::{iam.account}:policy/team/write"
    assert (made["Arn"], made["DefaultVersionId"], made["AttachmentCount"]) == (arn, "v1", 0)
    assert made["PolicyId"].startswith("ANPA") and len(made["PolicyId"]) == 21
    make_role(iam)
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"] == [
        {"PolicyName": "write", "PolicyArn": arn}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert [r["RoleName"] for r in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]] == [
        "worker"]
    assert failure(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    narrower = {**WRITE, "Statement": [{**WRITE["Statement"][0], "Resource": "arn:aws:s3:::b/*"}]}
    version = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(narrower), SetAsDefault=True)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v2", True)
    read = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    assert read["Document"] == narrower
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == [
        "v2", "v1"]
    iam.detach_role_policy(RoleName="worker", PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert [p["PolicyName"] for p in iam.list_policies(Scope="Local")["Policies"]] == ["write"]
    iam.delete_policy(PolicyArn=arn)
    assert failure(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", 404)
