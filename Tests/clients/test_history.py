"""Deployments that have been: listed, compared, and gone back to."""
import json
import subprocess

import pytest

from served import LEAT, Served, clean_environment

FIRST = """
Parameters:
  Shards: {Type: Number, Default: 1}
  Password: {Type: String, NoEcho: true, Default: correct-horse}
Resources:
  Orders:
    Type: AWS::Kinesis::Stream
    Properties: {Name: orders, ShardCount: !Ref Shards}
"""
SECOND = FIRST + """
  Landing:
    Type: AWS::S3::Bucket
    Properties: {BucketName: landing}
"""


def run(*arguments, folder, check=True):
    """A command in a folder of its own."""
    return subprocess.run([LEAT, *map(str, arguments)], cwd=folder, text=True, check=check,
                          capture_output=True, env=clean_environment(USER="ada"), timeout=60)


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder,
                   check=True, capture_output=True)


def history(folder):
    return json.loads(run("history", "shop", "--json", folder=folder).stdout)


@pytest.fixture
def shop(tmp_path):
    """A folder with a template that was deployed twice."""
    template = tmp_path / "shop.yaml"
    template.write_text(FIRST)
    run("deploy", "shop.yaml", "--yes", folder=tmp_path)
    template.write_text(SECOND)
    run("deploy", "shop.yaml", "--parameters", "Shards=2", "--tags", "team=tides", "--yes",
        folder=tmp_path)
    return tmp_path


def test_deployments_are_listed_with_who_and_when(shop):
    lines = run("history", "shop", folder=shop).stdout.splitlines()
    assert lines[0].split() == ["no.", "began", "status", "changes", "by", "commit", "with"]
    assert lines[1].split()[0] == "2" and "UPDATE_COMPLETE" in lines[1] and "+1 ~1" in lines[1]
    assert lines[2].split()[0] == "1" and "CREATE_COMPLETE" in lines[2] and "+1" in lines[2]
    assert all("ada@" in line and line.endswith("leat deploy") for line in lines[1:])
    records = history(shop)
    assert [record["number"] for record in records] == [1, 2]
    assert records[1]["parameters"] == {"Shards": "2", "Password": "****"}
    assert records[1]["tags"] == {"team": "tides"}
    assert all(record["endedAt"] >= record["startedAt"] for record in records)
    one = run("history", "shop", "2", folder=shop).stdout
    assert "ShardCount" in one and "parameter Password" in one and "correct-horse" not in one
    assert run("history", "shop", "1", "--template", folder=shop).stdout == FIRST
    assert run("history", "nobody", folder=shop).stdout == "No deployments are known.\n"
    unknown = run("history", "shop", "7", folder=shop, check=False)
    assert unknown.returncode == 1 and "there is no deployment 7 of `shop`" in unknown.stderr
    assert "1 to 2 are known" in unknown.stderr


def test_two_deployments_are_compared(shop):
    text = run("diff", "shop", "1", "2", folder=shop).stdout
    assert "- parameter Shards: 1\n+ parameter Shards: 2\n" in text
    assert "+ tag team: tides\n" in text and "+   Landing:\n" in text
    assert "correct-horse" not in text.replace("Default: correct-horse", "")
    assert "They were asked for the same." in run("diff", "shop", "2", folder=shop).stdout
    document = json.loads(run("diff", "shop", "1", "--json", folder=shop).stdout)
    assert (document["from"], document["to"]) == (1, 2)
    assert {"kind": "parameter", "name": "Shards", "before": "1", "after": "2"} in document["values"]


def test_an_earlier_deployment_comes_back(shop):
    unasked = run("rollback", "shop", folder=shop, check=False)
    assert unasked.returncode == 1 and "add --yes" in unasked.stderr
    text = run("rollback", "shop", "--to", "1", "--yes", folder=shop).stdout
    assert "Deployment 1 of " in text and "- Landing" in text and "UPDATE_COMPLETE" in text
    shown = json.loads(run("show", "shop", "--json", folder=shop).stdout)
    assert [resource["logicalID"] for resource in shown["resources"]] == ["Orders"]
    assert history(shop)[-1]["command"] == "leat rollback"
    # Without a number it is the last good one before the present, which was the second.
    run("rollback", "shop", "--yes", folder=shop)
    assert [record["tags"] for record in history(shop)] == [{}, {"team": "tides"}, {},
                                                            {"team": "tides"}]
    run("destroy", "shop", "--yes", folder=shop)
    gone = run("rollback", "shop", "--to", "5", "--yes", folder=shop, check=False)
    assert gone.returncode == 1 and "removed the stack" in gone.stderr
    run("rollback", "shop", "--to", "1", "--yes", folder=shop)
    assert history(shop)[-1]["kind"] == "create"


def test_code_that_is_not_kept_is_named(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "shop.yaml").write_text("""
Resources:
  Clean:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.11, Handler: index.handler, Code: src,
                 Role: "arn:aws:iam::000000000000:role/none"}
""")
    for number in (1, 2):
        (tmp_path / "src/index.py").write_text(f"def handler(event, context): return {number}\n")
        run("deploy", "shop.yaml", "--yes", folder=tmp_path)
    refused = run("rollback", "shop", "--to", "1", "--yes", folder=tmp_path, check=False)
    assert refused.returncode == 1
    assert "the code that deployment 1 brought along is not kept: src" in refused.stderr
    assert "run `leat deploy`" in refused.stderr
    assert run("invoke", "Clean", folder=tmp_path).stdout.strip() == "2"
    assert len(history(tmp_path)) == 2


def test_the_commit_is_that_of_the_templates_folder(tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "shop.yaml").write_text(FIRST)
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, text=True, check=True,
                          capture_output=True).stdout.strip()
    git(repository, "worktree", "add", "-q", "../beside")
    git(repository, "pack-refs", "--all")
    for number, folder in enumerate(["repository", "beside"]):
        run("deploy", f"{folder}/shop.yaml", "--stack-name", "shop", "--parameters",
            f"Shards={number + 1}", "--yes", folder=tmp_path)
    assert [record.get("commit") for record in history(tmp_path)] == [head, head]


def test_a_served_environment_has_the_same_history(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        cloud = server.client("cloudformation")
        cloud.create_stack(StackName="shop", TemplateBody=FIRST)
        cloud.get_waiter("stack_create_complete").wait(StackName="shop")
        (tmp_path / "shop.yaml").write_text(SECOND)
        run("deploy", "shop.yaml", "--data", data, "--yes", folder=tmp_path)
        records = json.loads(run("history", "shop", "--data", data, "--json", folder=tmp_path).stdout)
        assert [record["command"] for record in records] == ["CloudFormation's API", "leat deploy"]
        assert "user" not in records[0]
