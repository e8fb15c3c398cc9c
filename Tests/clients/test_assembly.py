"""Local code and CDK's cloud assemblies: packaged, published, run, and gone without a trace."""
import json
import random
import shutil

import pytest

from served import ACCOUNT, ROOT, Served, leat
from test_crash import every_boundary

ASSEMBLY = "Tests/assemblies/two-stacks"
BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-us-east-1"
CODE = "4f1d0c8a2b7e4f55a1c6d7e8f9021314.zip"
WORDS = "0b1c2d3e4f5061728394a5b6c7d8e9f0.txt"
NESTED = "5c6d7e8f90a1b2c3d4e5f60718293a4b.json"
ASSETS = {CODE, WORDS, NESTED}


def outputs(stack, data):
    return json.loads(leat("outputs", stack, "--json", data=data).stdout)


def keys(server, bucket):
    return {o["Key"] for o in server.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])}


def buckets(server):
    return [b["Name"] for b in server.client("s3").list_buckets()["Buckets"]]


def invoke(server, name, event):
    answer = server.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


@pytest.fixture(params=["embedded", "served"])
def place(request, tmp_path):
    """A data directory, alone or with a server on it; `serve` looks at what is in it."""
    data = tmp_path / "data"

    class Place:
        def __init__(self):
            self.data = data
            self.server = Served(data=data) if request.param == "served" else None

        def look(self, body):
            if self.server:
                return body(self.server)
            with Served(data=data) as server:
                return body(server)

    place = Place()
    yield place
    if place.server:
        place.server.stop()


def test_an_assembly_comes_and_goes(place):
    data = place.data
    plan = leat("plan", ASSEMBLY, "--detailed-exitcode", data=data, check=False)
    assert plan.returncode == 2
    assert "Tides-Store (new stack" in plan.stdout
    assert "Tides-Service: can be planned when Tides-Store is deployed" in plan.stdout

    states = json.loads(leat("deploy", ASSEMBLY, "--yes", "--json", data=data).stdout)
    names = [state["environment"]["stackName"] for state in states]
    assert names == ["Tides-Store", "Tides-Service"]
    assert {state["status"] for state in states} == {"CREATE_COMPLETE"}
    assert all(state["tags"] == {"project": "tides"} for state in states)

    def check(server):
        reply = invoke(server, outputs("Tides-Service", data)["GreeterName"], {"name": "Ada"})
        assert reply["greeting"] == "Good day, Ada"
        assert reply["stream"].startswith("arn:aws:kinesis:us-east-1:")
        assert reply["words"] == f"s3://{BUCKET}/{WORDS}"
        assert keys(server, BUCKET) == ASSETS
        nested = outputs("Tides-Service", data)
        assert nested["ArchiveName"] in buckets(server)
        reply = invoke(server, nested["KeeperName"], {"name": "Bo"})
        assert reply["words"] == f"s3://{nested['ArchiveName']}/nested"
        stacks = server.client("cloudformation").describe_stacks()["Stacks"]
        assert sum("NestedNestedStack" in stack["StackName"] for stack in stacks) == 1
        body = server.client("s3").get_object(Bucket=BUCKET, Key=WORDS)["Body"].read()
        assert body == (ROOT / ASSEMBLY / f"asset.{WORDS}").read_bytes()

    place.look(check)
    again = leat("plan", ASSEMBLY, "--detailed-exitcode", data=data)
    assert again.stdout.count("No changes") == 2

    destroyed = leat("destroy", ASSEMBLY, "--yes", data=data).stdout
    assert destroyed.index("Tides-Service: DELETE_COMPLETE") < destroyed.index(
        "Tides-Store: DELETE_COMPLETE")
    assert "No stacks." in leat("list", data=data).stdout

    def nothing(server):
        assert buckets(server) == []
        assert server.client("lambda").list_functions()["Functions"] == []
        assert server.client("kinesis").list_streams()["StreamNames"] == []

    place.look(nothing)


def nested_assembly(tmp_path, key, change):
    """A copy of the assembly with another template for the nested stack."""
    folder = tmp_path / key
    shutil.copytree(ROOT / ASSEMBLY, folder)
    for name in ["Tides-Service.template.json", "Tides-Service.assets.json"]:
        (folder / name).write_text((folder / name).read_text().replace(NESTED[:-5], key))
    file = folder / "TidesServiceNested1F2E3D4C.nested.template.json"
    template = json.loads(file.read_text())
    change(template)
    file.write_text(json.dumps(template))
    return folder


def test_a_nested_stack_changes_in_place(tmp_path):
    data = tmp_path / "data"
    leat("deploy", ASSEMBLY, "--yes", data=data)
    before = outputs("Tides-Service", data)

    def change(template):
        keeper = template["Resources"]["Keeper6C7D8E9F"]["Properties"]
        keeper["Environment"]["Variables"]["WORDS_KEY"] = "changed"

    folder = nested_assembly(tmp_path, "e" * 32, change)
    plan = leat("plan", folder, data=data).stdout
    assert "~ Keeper6C7D8E9F" in plan and "Archive8A9B0C1D" not in plan
    leat("deploy", folder, "--yes", data=data)
    assert outputs("Tides-Service", data) == before
    assert leat("plan", folder, "--detailed-exitcode", data=data).returncode == 0
    with Served(data=data) as server:
        assert invoke(server, before["KeeperName"], {"name": "Bo"})["words"].endswith("/changed")
        assert keys(server, BUCKET) == {CODE, WORDS, "e" * 32 + ".json"}


def test_a_nested_stack_that_fails_leaves_everything_as_it_was(tmp_path):
    data = tmp_path / "data"

    def change(template):
        template["Resources"]["Broken"] = {
            **template["Resources"]["Keeper6C7D8E9F"], "DependsOn": "Keeper6C7D8E9F"}
        template["Resources"]["Broken"]["Properties"] = {
            **template["Resources"]["Keeper6C7D8E9F"]["Properties"],
            "Code": {"S3Bucket": "nowhere-to-be-found", "S3Key": "x.zip"}}

    folder = nested_assembly(tmp_path, "d" * 32, change)
    run = leat("deploy", folder, "--yes", data=data, check=False)
    assert run.returncode == 1 and "Embedded stack" in run.stdout
    assert "Tides-Service: ROLLBACK_COMPLETE" in run.stdout
    with Served(data=data) as server:
        assert buckets(server) == [] and object_files(data) == []
        assert server.client("lambda").list_functions()["Functions"] == []
    leat("deploy", ASSEMBLY, "--yes", data=data)
    run = leat("deploy", folder, "--yes", data=data, check=False)
    assert run.returncode == 1 and "Tides-Service: UPDATE_ROLLBACK_COMPLETE" in run.stdout
    assert leat("plan", ASSEMBLY, "--detailed-exitcode", data=data).returncode == 0
    with Served(data=data) as server:
        assert keys(server, BUCKET) == ASSETS


def test_a_template_that_nests_itself_is_refused(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="templates")
        body = json.dumps({"Resources": {name: {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "https://templates.s3.amazonaws.com/t.json"}}
            for name in ["One", "Two", "Three"]}})
        s3.put_object(Bucket="templates", Key="t.json", Body=body)
        (tmp_path / "t.json").write_text(body)
        run = leat("plan", tmp_path / "t.json", data=data, check=False)
        assert run.returncode == 1 and "nested deeper than 8" in run.stderr


def test_a_selection_takes_what_it_needs_along(tmp_path):
    data = tmp_path / "data"
    leat("deploy", ASSEMBLY, "Tides-Service", "--yes", data=data)
    listed = leat("list", data=data).stdout
    assert "Tides-Store" in listed and "Tides-Service" in listed
    leat("destroy", ASSEMBLY, "Tides-Store", "--yes", data=data)
    assert "No stacks." in leat("list", data=data).stdout


def test_a_bucket_that_was_there_stays(tmp_path):
    with Served(data=tmp_path / "data") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key=WORDS, Body=b"mine")
        leat("deploy", ASSEMBLY, "--yes", data=tmp_path / "data")
        leat("destroy", ASSEMBLY, "--yes", data=tmp_path / "data")
        assert keys(server, BUCKET) == {WORDS}
        assert s3.get_object(Bucket=BUCKET, Key=WORDS)["Body"].read() == b"mine"


@pytest.mark.parametrize("change, message", [
    ({"missing": [{"key": "vpc-provider:x", "provider": "vpc", "props": {}}]}, "vpc-provider:x"),
    ({"artifacts": {"A": {"type": "aws:cloudformation:stack",
                          "properties": {"templateFile": "../t.json"}}}}, "`A` no file"),
    ({"artifacts": {"A": {"type": "cdk:novelty"}}}, "cdk:novelty"),
])
def test_what_cannot_be_deployed_is_refused_by_name(tmp_path, change, message):
    folder = tmp_path / "cdk.out"
    shutil.copytree(ROOT / ASSEMBLY, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **change}))
    run = leat("deploy", folder, "--yes", data=tmp_path / "data", check=False)
    assert run.returncode == 1 and message in run.stderr


def test_container_images_are_refused(tmp_path):
    folder = tmp_path / "cdk.out"
    shutil.copytree(ROOT / ASSEMBLY, folder)
    file = folder / "Tides-Service.assets.json"
    assets = json.loads(file.read_text())
    assets["dockerImages"] = {"x": {"source": {"directory": "x"}, "destinations": {}}}
    file.write_text(json.dumps(assets))
    run = leat("plan", folder, data=tmp_path / "data", check=False)
    assert run.returncode == 1 and "container images" in run.stderr


def test_local_code_is_packaged_when_planned(place, tmp_path):
    data, folder = place.data, tmp_path / "tally"
    shutil.copytree(ROOT / "stacks/local-code", folder)
    template = folder / "template.yaml"
    bucket = f"leat-assets-{ACCOUNT}-us-east-1"
    leat("deploy", template, "--yes", data=data)
    name = outputs("local-code", data)["FunctionName"]

    def first(server):
        assert invoke(server, name, {"text": "Sea sea sky"}) == {"sea": 2, "sky": 1}
        assert len(keys(server, bucket)) == 1
        return keys(server, bucket)

    old = place.look(first)
    # A cache of the interpreter and a touched file change nothing.
    (folder / "functions/tally/__pycache__").mkdir()
    (folder / "functions/tally/__pycache__/x.pyc").write_bytes(b"x")
    (folder / "functions/tally/app.py").touch()
    assert leat("plan", template, "--detailed-exitcode", data=data).returncode == 0

    source = folder / "functions/tally/words.py"
    source.write_text(source.read_text().replace("lower()", "upper()"))
    kept = tmp_path / "change.plan"
    plan = leat("plan", template, "--detailed-exitcode", "--out", kept, data=data, check=False)
    assert plan.returncode == 2 and "~ Tally" in plan.stdout and "Code.S3Key" in plan.stdout
    # A kept plan brings its code along.
    shutil.rmtree(folder)
    leat("apply", kept, "--yes", data=data)

    def second(server):
        assert invoke(server, name, {"text": "Sea sea sky"}) == {"SEA": 2, "SKY": 1}
        assert len(keys(server, bucket)) == 1 and keys(server, bucket) != old

    place.look(second)
    leat("destroy", "local-code", "--yes", data=data)
    place.look(lambda server: buckets(server) == [] or pytest.fail("a bucket is left"))


@pytest.mark.parametrize("make, message", [
    (lambda folder: None, "does not exist"),
    (lambda folder: folder.mkdir(), "holds no files"),
    (lambda folder: (folder.mkdir(), (folder / "out").symlink_to("/etc")), "leaves the folder"),
])
def test_code_that_cannot_be_packaged_is_shown_in_its_place(tmp_path, make, message):
    shutil.copy(ROOT / "stacks/local-code/template.yaml", tmp_path / "template.yaml")
    (tmp_path / "functions").mkdir()
    make(tmp_path / "functions/tally")
    run = leat("deploy", tmp_path, "--yes", data=tmp_path / "data", check=False)
    assert run.returncode == 1
    assert "error[LT5001]" in run.stderr and message in run.stderr and "template.yaml:23:13" in run.stderr


def test_a_rollback_brings_the_old_code_back(tmp_path):
    data, folder = tmp_path / "data", tmp_path / "tally"
    shutil.copytree(ROOT / "stacks/local-code", folder)
    template = folder / "template.yaml"
    leat("deploy", template, "--yes", data=data)
    name = outputs("local-code", data)["FunctionName"]
    source = folder / "functions/tally/words.py"
    source.write_text(source.read_text().replace("lower()", "upper()"))
    template.write_text(template.read_text().replace("Outputs:", """\
  Broken:
    Type: AWS::Lambda::Function
    DependsOn: Tally
    Properties:
      Runtime: python3.12
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Code: { S3Bucket: nowhere-to-be-found, S3Key: x.zip }
Outputs:"""))
    run = leat("deploy", template, "--yes", data=data, check=False)
    assert run.returncode == 1 and "UPDATE_ROLLBACK_COMPLETE" in run.stdout
    assert "NoSuchBucket" in run.stdout
    with Served(data=data) as server:
        assert invoke(server, name, {"text": "Sea"}) == {"sea": 1}
        assert len(keys(server, f"leat-assets-{ACCOUNT}-us-east-1")) == 1


def test_large_code_goes_through_a_server(tmp_path):
    folder = tmp_path / "tally"
    shutil.copytree(ROOT / "stacks/local-code", folder)
    (folder / "functions/tally/noise").write_bytes(random.Random(7).randbytes(24 << 20))
    with Served(data=tmp_path / "data") as server:
        leat("deploy", folder, "--yes", data=tmp_path / "data")
        name = outputs("local-code", tmp_path / "data")["FunctionName"]
        assert invoke(server, name, {"text": "Sea"}) == {"sea": 1}


SERVERLESS = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Tally:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: functions/tally/
Outputs:
  Name: { Value: !Ref Tally }
"""


def test_serverless_functions_name_local_code(tmp_path):
    shutil.copytree(ROOT / "stacks/local-code", tmp_path / "sam")
    template = tmp_path / "sam/template.yaml"
    template.write_text(SERVERLESS)
    data = tmp_path / "data"
    leat("deploy", template, "--yes", data=data)
    assert leat("plan", template, "--detailed-exitcode", data=data).returncode == 0
    with Served(data=data) as server:
        assert invoke(server, outputs("sam", data)["Name"], {"text": "Sea"}) == {"sea": 1}
    leat("destroy", template, "--yes", data=data)
    assert object_files(data) == []


def test_functions_load_code_from_buckets(tmp_path):
    import io
    import zipfile

    def archive(text):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("index.py", f"def handler(event, context):\n    return {text!r}\n")
        return out.getvalue()

    with Served(data=tmp_path / "data") as server:
        s3, functions = server.client("s3"), server.client("lambda")
        s3.create_bucket(Bucket="code")
        s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
        old = s3.put_object(Bucket="code", Key="f.zip", Body=archive("old"))["VersionId"]
        s3.put_object(Bucket="code", Key="f.zip", Body=archive("new"))
        functions.create_function(
            FunctionName="f", Runtime="python3.12", Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/r", Code={"S3Bucket": "code", "S3Key": "f.zip"})
        assert invoke(server, "f", {}) == "new"
        functions.update_function_code(
            FunctionName="f", S3Bucket="code", S3Key="f.zip", S3ObjectVersion=old)
        assert invoke(server, "f", {}) == "old"
        with pytest.raises(functions.exceptions.InvalidParameterValueException, match="NoSuchKey"):
            functions.update_function_code(FunctionName="f", S3Bucket="code", S3Key="g.zip")
        assert invoke(server, "f", {}) == "old"


def object_files(data):
    return [p for p in (data / "s3").rglob("*") if p.is_file()]


def published(data):
    """The published keys; each is used by a stack that exists, and what functions name is there."""
    recorded = {stack["name"] for stack in json.loads(leat("list", "--json", data=data).stdout)
                if stack["resources"]}
    with Served(data=data) as server:
        found = keys(server, BUCKET) if BUCKET in buckets(server) else set()
        functions = server.client("lambda").list_functions()["Functions"]
        for function in functions:
            assert invoke(server, function["FunctionName"], {"name": "x"})["greeting"]
        assert found == (ASSETS if "Tides-Service" in recorded else set())
        assert len(object_files(data)) == len(found)
    return found


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_killed_anywhere_assets_are_whole_or_gone(tmp_path, command):
    def prepare(data):
        if command == "destroy":
            leat("deploy", ASSEMBLY, "--yes", data=data)

    for data in every_boundary(tmp_path, prepare, [command, ASSEMBLY, "--yes"]):
        published(data)
        leat(command, ASSEMBLY, "--yes", data=data)
        assert len(object_files(data)) == (len(ASSETS) if command == "deploy" else 0)
