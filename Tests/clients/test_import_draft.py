"""Templates written for resources that are there, and the stacks that they become."""
import base64
import io
import json
import zipfile

import pytest

from served import ROOT, Served, leat

ROLE = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


def code(body):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.py", body)
    return file.getvalue()


def made_by_hand(server):
    """A stream, a bucket, a role, a function and a mapping that no template says."""
    kinesis, s3 = server.client("kinesis"), server.client("s3")
    kinesis.create_stream(StreamName="order-events", ShardCount=2)
    stream = "arn:aws:kinesis:us-east-1:000000000000:stream/order-events"
    kinesis.add_tags_to_stream(StreamName="order-events", Tags={"team": "blue ${x}"})
    s3.create_bucket(Bucket="landing-2026")
    s3.put_object(Bucket="landing-2026", Key="kept", Body=b"kept")
    iam = server.client("iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=ROLE)["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="reads", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["kinesis:Get*", "s3:PutObject"],
            "Resource": [stream, "arn:aws:s3:::landing-2026/*"]}]}))
    functions = server.client("lambda")
    functions.create_function(
        FunctionName="clean", Runtime="python3.11", Handler="index.handler", Role=role,
        Code={"ZipFile": code("def handler(event, context):\n    return {'answer': 42}\n")})
    functions.create_event_source_mapping(
        FunctionName="clean", EventSourceArn=stream, StartingPosition="TRIM_HORIZON")


def test_what_was_made_by_hand_becomes_a_stack(tmp_path):
    data, file = tmp_path / "data", tmp_path / "shop.yaml"
    with Served(data=data) as server:
        made_by_hand(server)
        out = leat("import", "shop", "--out", file, "--yes", data=data).stdout
        assert "Plan: 5 to import." in out and "IMPORT_COMPLETE" in out
        assert "Not looked for" in out
        text = file.read_text()
        assert "OrderEventsStream:" in text and '"blue ${x}"' in text
        assert "Fn::GetAtt:" in text and '"${Landing2026Bucket.Arn}/*"' in text
        assert (tmp_path / "code" / "CleanFunction.zip").exists()
        plan = json.loads(leat("plan", file, "--json", data=data).stdout)
        assert plan["hasChanges"] is False and plan["stack"]["name"] == "shop"
        # The stack goes on from there: a change changes what was there.
        file.write_text(text.replace("ShardCount: 2", "ShardCount: 4"))
        leat("deploy", file, "--yes", data=data)
        kinesis = server.client("kinesis")
        assert kinesis.describe_stream_summary(StreamName="order-events")[
            "StreamDescriptionSummary"]["OpenShardCount"] == 4
        assert server.client("s3").get_object(
            Bucket="landing-2026", Key="kept")["Body"].read() == b"kept"
        answer = server.client("lambda").invoke(FunctionName="clean", Payload=b"{}")
        assert json.loads(answer["Payload"].read()) == {"answer": 42}
        nothing = leat("import", "more", "--out", tmp_path / "more.yaml", "--yes", data=data,
                       check=False)
        assert nothing.returncode == 1 and "nothing is there that belongs to no stack" in nothing.stderr
        assert not (tmp_path / "more.yaml").exists()
        leat("destroy", "shop", "--empty-buckets", "--yes", data=data)
        assert kinesis.list_streams()["StreamNames"] == []


def test_what_no_template_can_say_is_left_out_by_name(tmp_path):
    data, file = tmp_path / "data", tmp_path / "found.yaml"
    with Served(data=data) as server:
        server.client("ssm").put_parameter(Name="word", Value="correct-horse", Type="SecureString")
        server.client("kinesis").create_stream(StreamName="events", ShardCount=1)
        out = leat("import", "shop", "--out", file, "--yes", data=data).stdout
        assert "Left out: AWS::SSM::Parameter `word`: no template can have a SecureString" in out
        assert "Plan: 1 to import." in out and "correct-horse" not in out + file.read_text()
        named = leat("import", "more", "--out", tmp_path / "more.yaml", "--resource",
                     "AWS::SSM::Parameter=word", data=data, check=False)
        assert named.returncode == 1 and "no template can have a SecureString" in named.stderr


def test_files_of_others_are_not_written_over(tmp_path):
    data, theirs = tmp_path / "data", tmp_path / "code" / "CleanFunction.zip"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    with Served(data=data) as server:
        made_by_hand(server)
        refused = leat("import", "shop", "--out", tmp_path / "shop.yaml", "--yes", data=data,
                       check=False)
    assert refused.returncode == 1 and "CleanFunction.zip is there already" in refused.stderr
    assert theirs.read_text() == "theirs" and not (tmp_path / "shop.yaml").exists()


def test_a_template_alone_and_named_resources(tmp_path):
    data, file = tmp_path / "data", tmp_path / "found.yaml"
    with Served(data=data) as server:
        made_by_hand(server)
    drafted = json.loads(leat(
        "import", "shop", "--template-only", "--out", file, "--json", "--resource",
        "AWS::Kinesis::Stream=order-events", "AWS::S3::Bucket=landing-2026", data=data).stdout)
    assert drafted["imports"] == {
        "OrderEventsStream": "order-events", "Landing2026Bucket": "landing-2026"}
    assert leat("list", data=data).stdout.strip() == "No stacks."
    again = leat("import", "shop", "--out", file, data=data, check=False)
    assert again.returncode == 1 and "is there already" in again.stderr
    leat("deploy", file, "--stack-name", "shop", "--yes", "--import",
         *(f"{k}={v}" for k, v in drafted["imports"].items()), data=data)
    owned = leat("import", "other", "--out", tmp_path / "o.yaml", "--resource",
                 "AWS::S3::Bucket=landing-2026", data=data, check=False)
    assert owned.returncode == 1 and "belongs to the stack" in owned.stderr


@pytest.mark.parametrize("arguments, message", [
    (["--resource", "AWS::S3::Bukket=x"], "did you mean `AWS::S3::Bucket`"),
    (["--resource", "AWS::Kinesis::Stream=order-event"], "there is no `AWS::Kinesis::Stream`"),
    (["--resource", "AWS::CloudFormation::Stack=x"], "can't be imported"),
    (["--resource", "AWS::Lambda::Version=clean:1"], "AWS::Lambda::Version"),
])
def test_what_can_not_be_imported_is_refused(arguments, message, tmp_path):
    refused = leat("import", "shop", *arguments, "--out", tmp_path / "x.yaml",
                   data=tmp_path / "data", check=False)
    assert refused.returncode == 1 and message in refused.stderr
    assert not (tmp_path / "x.yaml").exists()


STACKS = ["kinesis-workshop", "stream-to-bucket", "stream-to-two-buckets", "flatten-python"]


@pytest.mark.parametrize("name", STACKS)
def test_a_deployed_stack_that_is_forgotten_is_drafted_with_an_empty_plan(name, tmp_path):
    data, file = tmp_path / "data", tmp_path / "again.yaml"
    leat("deploy", name, "--yes", data=data)
    stack = json.loads(leat("list", "--json", data=data).stdout)[0]["name"]
    records = json.loads(leat("state", "list", "--json", data=data).stdout)
    importable = [r for r in records if not r["type"].endswith("::Policy")]
    leat("state", "forget", stack, *[r["logicalId"] for r in importable], "--yes", data=data)
    leat("import", "again", "--out", file, "--yes", "--resource",
         *(f"{r['type']}={r['physicalId']}" for r in importable), data=data)
    plan = json.loads(leat("plan", file, "--json", data=data).stdout)
    assert plan["hasChanges"] is False, plan["changes"]
    assert len(plan["unchanged"]) == len(importable)
