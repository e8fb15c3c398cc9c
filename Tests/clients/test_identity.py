"""IAM and STS through boto3."""
import base64
import csv
import io
import json
import urllib.request

import boto3
import pytest
from botocore.config import Config
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
    with pytest.raises(ClientError, match="UnsupportedOperation.*CreateVirtualMFADevice"):
        iam.create_virtual_mfa_device(VirtualMFADeviceName="d")
    with pytest.raises(ClientError, match="UnsupportedOperation.*ContextProvider"):
        iam.create_open_id_connect_provider(
            Url="https://example.com", ContextProvider={"SubjectSourceKey": "sub"})


def test_the_access_key_chooses_the_account(server):
    identity = server.client("sts", account="123456789012").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"] == "arn:aws:iam::123456789012:root"
    assert server.client("sts", account="test").get_caller_identity()["Account"] == "000000000000"


def test_assumed_roles_act_in_their_account(server, iam):
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


def keyed(server, name, key):
    """A client that signs with a key that was handed out."""
    return boto3.client(
        name, endpoint_url=server.endpoint, region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))


def test_a_users_key_is_the_user(server, iam):
    user = iam.create_user(UserName="ann", Path="/staff/")["User"]
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    identity = keyed(server, "sts", key).get_caller_identity()
    assert (identity["Arn"], identity["UserId"], identity["Account"]) == (
        f"arn:aws:iam::{iam.account}:user/staff/ann", user["UserId"], iam.account)
    mine = keyed(server, "iam", key)
    assert mine.get_user()["User"]["UserName"] == "ann"
    assert mine.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["UserName"] == "ann" and used["AccessKeyLastUsed"]["ServiceName"] == "iam"
    assert keyed(server, "sts", key).get_access_key_info(
        AccessKeyId=key["AccessKeyId"])["Account"] == iam.account
    federated = keyed(server, "sts", key).get_federation_token(Name="bob")
    assert federated["FederatedUser"]["Arn"] == (
        f"arn:aws:sts::{iam.account}:federated-user/bob")
    assert keyed(server, "sts", federated["Credentials"]).get_caller_identity()["Arn"] == (
        federated["FederatedUser"]["Arn"])
    iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert failure(keyed(server, "sts", key).get_caller_identity) == ("InvalidClientTokenId", 403)
    assert failure(keyed(server, "kinesis", key).list_streams) == (
        "UnrecognizedClientException", 400)
    assert failure(keyed(server, "s3", key).list_buckets) == ("InvalidAccessKeyId", 403)


def test_sessions_that_are_over_are_refused_in_each_protocol():
    with Served("--ephemeral", "--clock", "virtual") as server:
        role = make_role(server.client("iam"))
        keys = server.client("sts").assume_role(
            RoleArn=role["Arn"], RoleSessionName="session", DurationSeconds=900)["Credentials"]
        streams = keyed(server, "kinesis", keys)
        streams.create_stream(StreamName="s", ShardCount=1)
        put = {"StreamName": "s", "Data": b"x", "PartitionKey": "k"}
        streams.put_record(**put)
        urllib.request.urlopen(
            server.endpoint + "/_leat/clock/advance", data=b'{"milliseconds": 900000}')
        # The same connection, on the way of hot operations.
        assert failure(streams.put_record, **put) == ("ExpiredTokenException", 400)
        assert failure(streams.list_streams) == ("ExpiredTokenException", 400)
        assert failure(keyed(server, "lambda", keys).list_functions) == (
            "ExpiredTokenException", 403)
        assert failure(keyed(server, "sts", keys).get_caller_identity) == ("ExpiredToken", 403)
        assert failure(keyed(server, "s3", keys).list_buckets) == ("ExpiredToken", 400)


def test_web_identities_are_trusted_through_their_provider(server, iam):
    role = make_role(iam)
    arn = iam.create_open_id_connect_provider(
        Url="https://id.example.com/main", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{iam.account}:oidc-provider/id.example.com/main"
    claims = {"iss": "https://id.example.com/main", "sub": "ann", "aud": "app", "exp": 1 << 40}

    def assume(**other):
        parts = [{"alg": "RS256"}, {**claims, **other}]
        token = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
                         for p in parts) + ".c2ln"
        return server.client("sts").assume_role_with_web_identity(
            RoleArn=role["Arn"], RoleSessionName="session", WebIdentityToken=token)

    answer = assume()
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]) == (
        "ann", "app", arn)
    assert keyed(server, "sts", answer["Credentials"]).get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{iam.account}:assumed-role/worker/session")
    assert failure(assume, aud="other") == ("InvalidIdentityToken", 400)
    assert failure(assume, iss="https://elsewhere.com") == ("InvalidIdentityToken", 400)
    assert failure(assume, exp=1) == ("ExpiredTokenException", 400)


def test_awss_own_policies_are_known(iam):
    policy = iam.get_policy(PolicyArn=BASIC)["Policy"]
    assert (policy["Path"], policy["DefaultVersionId"]) == ("/service-role/", "v1")
    document = iam.get_policy_version(PolicyArn=BASIC, VersionId="v1")["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={
        "PageSize": 1000})
    assert sum(len(page["Policies"]) for page in pages) > 1000
    none = "arn:aws:iam::aws:policy/NoneOfAWSs"
    assert failure(iam.get_policy, PolicyArn=none) == ("NoSuchEntity", 404)
    make_role(iam)
    assert failure(iam.attach_role_policy, RoleName="worker", PolicyArn=none) == (
        "NoSuchEntity", 404)


def test_an_accounts_details_come_in_pages(iam):
    make_role(iam)
    iam.attach_role_policy(RoleName="worker", PolicyArn=BASIC)
    iam.create_instance_profile(InstanceProfileName="box")
    iam.add_role_to_instance_profile(InstanceProfileName="box", RoleName="worker")
    iam.create_group(GroupName="team")
    iam.create_user(UserName="ann")
    iam.add_user_to_group(GroupName="team", UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(WRITE))
    iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(WRITE))
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": 2}))
    assert len(pages) == 3
    found = {kind: [x for page in pages for x in page[kind]] for kind in [
        "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]}
    assert found["UserDetailList"][0]["UserPolicyList"] == [
        {"PolicyName": "p", "PolicyDocument": WRITE}]
    assert found["UserDetailList"][0]["GroupList"] == ["team"]
    role, = found["RoleDetailList"]
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert [p["InstanceProfileName"] for p in role["InstanceProfileList"]] == ["box"]
    assert sorted(p["PolicyName"] for p in found["Policies"]) == [
        "AWSLambdaBasicExecutionRole", "own"]
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert [len(only[kind]) for kind in found] == [0, 1, 0, 0]


def test_the_credential_report_lists_users_and_keys(iam):
    assert failure(iam.get_credential_report)[0] == "ReportNotPresent"
    iam.create_user(UserName="ann")
    iam.create_access_key(UserName="ann")
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    rows = list(csv.DictReader(io.StringIO(
        iam.get_credential_report()["Content"].decode())))
    assert [(row["user"], row["access_key_1_active"], row["access_key_2_active"], row["mfa_active"])
            for row in rows] == [("ann", "true", "false", "false")]


KEYS = """
Resources:
  Ann:
    Type: AWS::IAM::User
  Key:
    Type: AWS::IAM::AccessKey
    Properties: { UserName: !Ref Ann, Serial: %d, Status: %s }
  Kept:
    Type: AWS::SecretsManager::Secret
    Properties: { Name: kept, SecretString: !Sub "${Key}:${Key.SecretAccessKey}" }
Outputs:
  Secret: { Value: !GetAtt Key.SecretAccessKey }
"""


def test_a_stacks_access_key_is_told_and_stands_nowhere(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        stacks, secrets = server.client("cloudformation"), server.client("secretsmanager")

        def deploy(call, waiter, *values):
            call(StackName="keys", TemplateBody=KEYS % values, Capabilities=["CAPABILITY_IAM"])
            stacks.get_waiter(waiter).wait(StackName="keys", WaiterConfig={"Delay": 1})
            stack, = stacks.describe_stacks(StackName="keys")["Stacks"]
            text = secrets.get_secret_value(SecretId="kept")["SecretString"]
            key, secret = text.split(":")
            assert [o["OutputValue"] for o in stack["Outputs"]] == [secret] and len(secret) == 40
            caller = keyed(server, "sts", {"AccessKeyId": key, "SecretAccessKey": secret})
            assert ":user/keys-Ann" in caller.get_caller_identity()["Arn"]
            return key, secret

        first = deploy(stacks.create_stack, "stack_create_complete", 1, "Active")
        second = deploy(stacks.update_stack, "stack_update_complete", 2, "Active")
        assert first[0] != second[0] and first[1] != second[1]
        server.kill()
    # What was acknowledged outlives the process, and no secret is in clear text.
    stored = b"".join(p.read_bytes() for p in data.rglob("*") if p.is_file())
    assert second[0].encode() in stored
    assert first[1].encode() not in stored and second[1].encode() not in stored
    with Served(data=data) as server:
        key = {"AccessKeyId": second[0], "SecretAccessKey": second[1]}
        assert keyed(server, "iam", key).get_user()["User"]["UserName"].startswith("keys-Ann")
        stacks = server.client("cloudformation")
        stacks.delete_stack(StackName="keys")
        stacks.get_waiter("stack_delete_complete").wait(
            StackName="keys", WaiterConfig={"Delay": 1})
        assert server.client("iam").list_users()["Users"] == []
