"""Tags of a stack are on its resources, and change with it."""
import json

import pytest
from botocore.exceptions import ClientError

from served import ACCOUNT, Served, leat

TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "firehose.amazonaws.com"}}]}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"

RESOURCES = {
    "Bucket": ("AWS::S3::Bucket", {}),
    "Stream": ("AWS::Kinesis::Stream", {"ShardCount": 1}),
    "Function": ("AWS::Lambda::Function", {
        "Handler": "index.handler", "Runtime": "python3.12", "Role": ROLE,
        "Code": {"ZipFile": "def handler(e, c): pass"}}),
    "Parameter": ("AWS::SSM::Parameter", {"Type": "String", "Value": "1", "Name": "/tagged"}),
    "Secret": ("AWS::SecretsManager::Secret", {"SecretString": "s"}),
    "Group": ("AWS::Logs::LogGroup", {}),
    "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST}),
    "Delivery": ("AWS::KinesisFirehose::DeliveryStream", {"ExtendedS3DestinationConfiguration": {
        "BucketARN": {"Fn::GetAtt": ["Bucket", "Arn"]}, "RoleARN": {"Fn::GetAtt": ["Role", "Arn"]}}}),
}
# The public schemas say of these that CloudFormation adds no tags of its own.
WITHOUT_SYSTEM_TAGS = {"Role", "Delivery"}


def body(own=None):
    resources = {}
    for name, (kind, properties) in RESOURCES.items():
        properties = dict(properties)
        if own:
            properties["Tags"] = (
                own if name == "Parameter"
                else [{"Key": key, "Value": value} for key, value in own.items()])
        resources[name] = {"Type": kind, "Properties": properties}
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def table(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def live(server, ids):
    """Tags of each resource, as its service tells them."""
    client = server.client
    arn = client("lambda").get_function(FunctionName=ids["Function"])["Configuration"]["FunctionArn"]
    return {
        "Bucket": table(client("s3").get_bucket_tagging(Bucket=ids["Bucket"])["TagSet"]),
        "Stream": table(client("kinesis").list_tags_for_stream(StreamName=ids["Stream"])["Tags"]),
        "Function": client("lambda").list_tags(Resource=arn)["Tags"],
        "Parameter": table(client("ssm").list_tags_for_resource(
            ResourceType="Parameter", ResourceId=ids["Parameter"])["TagList"]),
        "Secret": table(client("secretsmanager").describe_secret(
            SecretId=ids["Secret"])["Tags"]),
        "Group": client("logs").list_tags_log_group(logGroupName=ids["Group"])["tags"],
        "Role": table(client("iam").list_role_tags(RoleName=ids["Role"])["Tags"]),
        "Delivery": table(client("firehose").list_tags_for_delivery_stream(
            DeliveryStreamName=ids["Delivery"])["Tags"]),
    }


def physical(server, stack):
    found = server.client("cloudformation").describe_stack_resources(StackName=stack)
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found["StackResources"]}


def expected(stack_id, name, tags):
    if name in WITHOUT_SYSTEM_TAGS:
        return tags
    return {**tags, "aws:cloudformation:stack-name": "tagged",
            "aws:cloudformation:stack-id": stack_id, "aws:cloudformation:logical-id": name}


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_a_stack_s_tags_are_on_every_resource(server):
    cloudformation = server.client("cloudformation")

    def wait(kind):
        cloudformation.get_waiter(f"stack_{kind}_complete").wait(StackName="tagged")

    made = cloudformation.create_stack(
        StackName="tagged", TemplateBody=body({"own": "1", "team": "mine"}),
        Tags=tags(team="ours", stage="dev"), Capabilities=["CAPABILITY_IAM"])["StackId"]
    wait("create")
    ids = physical(server, "tagged")
    for name, found in live(server, ids).items():
        assert found == expected(made, name, {"own": "1", "team": "mine", "stage": "dev"}), name

    # Tags alone change; what the template says stays.
    cloudformation.update_stack(
        StackName="tagged", UsePreviousTemplate=True, Tags=tags(stage="prod", cost="7"),
        Capabilities=["CAPABILITY_IAM"])
    wait("update")
    assert physical(server, "tagged") == ids, "nothing is replaced"
    for name, found in live(server, ids).items():
        want = {"own": "1", "team": "mine", "stage": "prod", "cost": "7"}
        assert found == expected(made, name, want), name

    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(
            StackName="tagged", UsePreviousTemplate=True, Capabilities=["CAPABILITY_IAM"])

    cloudformation.update_stack(
        StackName="tagged", TemplateBody=body(), Tags=[], Capabilities=["CAPABILITY_IAM"])
    wait("update")
    for name, found in live(server, ids).items():
        assert found == expected(made, name, {}), name


def test_clients_leave_cloudformation_s_tags_alone(server):
    cloudformation, client = server.client("cloudformation"), server.client
    cloudformation.create_stack(
        StackName="kept", TemplateBody=body().replace("/tagged", "/kept"),
        Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="kept")
    ids = physical(server, "kept")
    arn = client("lambda").get_function(FunctionName=ids["Function"])["Configuration"]["FunctionArn"]
    key = "aws:cloudformation:stack-name"
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{ids['Group']}"
    before = live(server, ids)
    refused = [
        lambda: client("kinesis").remove_tags_from_stream(StreamName=ids["Stream"], TagKeys=[key]),
        lambda: client("kinesis").add_tags_to_stream(StreamName=ids["Stream"], Tags={key: "x"}),
        lambda: client("lambda").untag_resource(Resource=arn, TagKeys=[key]),
        lambda: client("lambda").tag_resource(Resource=arn, Tags={key: "x"}),
        lambda: client("ssm").remove_tags_from_resource(
            ResourceType="Parameter", ResourceId=ids["Parameter"], TagKeys=[key]),
        lambda: client("ssm").add_tags_to_resource(
            ResourceType="Parameter", ResourceId=ids["Parameter"], Tags=tags(**{key: "x"})),
        lambda: client("secretsmanager").untag_resource(SecretId=ids["Secret"], TagKeys=[key]),
        lambda: client("secretsmanager").tag_resource(
            SecretId=ids["Secret"], Tags=tags(**{key: "x"})),
        lambda: client("logs").untag_log_group(logGroupName=ids["Group"], tags=[key]),
        lambda: client("logs").untag_resource(resourceArn=group, tagKeys=[key]),
        lambda: client("logs").tag_log_group(logGroupName=ids["Group"], tags={key: "x"}),
        lambda: client("s3").put_bucket_tagging(
            Bucket=ids["Bucket"], Tagging={"TagSet": tags(**{key: "x"})}),
    ]
    refused += [
        lambda: client("kinesis").create_stream(
            StreamName="new", ShardCount=1, Tags={"aws:x": "1"}),
        lambda: client("kinesis").add_tags_to_stream(StreamName=ids["Stream"], Tags={"AWS:x": "1"}),
        lambda: client("ssm").put_parameter(
            Name="/new", Value="1", Type="String", Tags=tags(**{"aws:x": "1"})),
        lambda: client("secretsmanager").create_secret(
            Name="new", SecretString="s", Tags=tags(**{"aws:x": "1"})),
        lambda: client("logs").create_log_group(logGroupName="new", tags={"aws:x": "1"}),
        lambda: client("lambda").create_function(
            FunctionName="new", Runtime="python3.12", Handler="a.b", Role=ROLE,
            Code={"ZipFile": b"x"}, Tags={"aws:x": "1"}),
        lambda: client("iam").create_role(
            RoleName="new", AssumeRolePolicyDocument=json.dumps(TRUST),
            Tags=tags(**{"aws:x": "1"})),
    ]
    for call in refused:
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert live(server, ids) == before

    # Tags of one's own go beside them; the set that a bucket shows may be put again.
    client("kinesis").add_tags_to_stream(StreamName=ids["Stream"], Tags={"a": "1"})
    client("secretsmanager").tag_resource(SecretId=ids["Secret"], Tags=tags(a="1"))
    client("ssm").add_tags_to_resource(
        ResourceType="Parameter", ResourceId=ids["Parameter"], Tags=tags(a="1"))
    client("lambda").tag_resource(Resource=arn, Tags={"a": "1"})
    shown = client("s3").get_bucket_tagging(Bucket=ids["Bucket"])["TagSet"]
    client("s3").put_bucket_tagging(
        Bucket=ids["Bucket"], Tagging={"TagSet": shown + tags(a="1")})
    after = live(server, ids)
    for name in ("Stream", "Secret", "Parameter", "Function", "Bucket"):
        assert after[name] == {**before[name], "a": "1"}, name
    client("s3").delete_bucket_tagging(Bucket=ids["Bucket"])
    assert live(server, ids)["Bucket"] == before["Bucket"]


@pytest.mark.parametrize("given, words", [
    ({"aws:cloudformation:stack-name": "fake"}, "keys that begin with aws: are AWS's"),
    ({f"k{number}": "v" for number in range(51)}, "less than or equal to 50"),
])
def test_a_stack_s_own_tags_are_checked_first(server, given, words):
    cloudformation = server.client("cloudformation")
    with pytest.raises(ClientError) as caught:
        cloudformation.create_stack(
            StackName="reserved", TemplateBody=body(), Tags=tags(**given),
            Capabilities=["CAPABILITY_IAM"])
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError" and words in error["Message"], error
    assert all(stack["StackName"] != "reserved"
               for stack in cloudformation.describe_stacks()["Stacks"])


def test_nested_stacks_hand_tags_on(server):
    s3, cloudformation = server.client("s3"), server.client("cloudformation")
    s3.create_bucket(Bucket="tag-templates")
    s3.put_object(Bucket="tag-templates", Key="leaf", Body=json.dumps({"Resources": {
        "S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "leaf", "ShardCount": 1}}}}))
    cloudformation.create_stack(
        StackName="outer", Tags=tags(team="ours"), TemplateBody=json.dumps({"Resources": {"Child": {
            "Type": "AWS::CloudFormation::Stack", "Properties": {
                "TemplateURL": "https://tag-templates.s3.amazonaws.com/leaf",
                "Tags": tags(own="1")}}}}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="outer")
    found = table(server.client("kinesis").list_tags_for_stream(StreamName="leaf")["Tags"])
    assert found["team"] == "ours" and found["own"] == "1"
    assert found["aws:cloudformation:logical-id"] == "S"
    cloudformation.update_stack(
        StackName="outer", UsePreviousTemplate=True, Tags=tags(team="theirs"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="outer")
    found = table(server.client("kinesis").list_tags_for_stream(StreamName="leaf")["Tags"])
    assert found["team"] == "theirs"


def test_a_plan_shows_what_a_stack_s_tags_change(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {
        "S": {"Type": "AWS::Kinesis::Stream", "Properties": {
            "ShardCount": 1, "Tags": tags(own="1")}},
        "P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}}}}))

    def run(*arguments):
        return leat(arguments[0], tmp_path / "t.json", "--stack-name", "shown", *arguments[1:],
                    data=tmp_path / "data")

    run("deploy", "--yes", "--tags", "team=ours")
    kept = json.loads(run("plan", "--json").stdout)
    assert kept["changes"] == [], "without --tags the stack keeps those that it has"
    planned = json.loads(run("plan", "--json", "--tags", "team=theirs").stdout)
    assert [change["logicalId"] for change in planned["changes"]] == ["S"]
    property, = planned["changes"][0]["properties"]
    assert property["path"] == "Tags[1].Value" and property["stackTags"] == ["team"]
    assert (property["before"], property["after"]) == ("ours", "theirs")
    text = run("plan", "--tags", "team=theirs").stdout
    assert "Tags[1].Value: ours → theirs  follows the stack's tag team" in text
    both = (tmp_path / "t.json").read_text()
    (tmp_path / "t.json").write_text(both.replace('"Value": "1"', '"Value": "2"'))
    properties = json.loads(
        run("plan", "--json", "--tags", "team=theirs").stdout)["changes"][0]["properties"]
    assert {one["path"]: one.get("stackTags") for one in properties} == {
        "Tags[0].Value": None, "Tags[1].Value": ["team"]}, "each path has its own reason"
    (tmp_path / "t.json").write_text(both)
    run("deploy", "--yes", "--tags", "team=theirs")
    assert json.loads(run("plan", "--json", "--tags", "team=theirs").stdout)["changes"] == []
