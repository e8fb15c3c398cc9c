"""Local templates, files and code that a template names: packaged, deployed and checked."""
import json
import textwrap

import pytest

from served import ACCOUNT, Served, leat
from test_assembly import buckets, invoke, keys, object_files, outputs, place  # noqa: F401
from test_crash import every_boundary

BUCKET = f"leat-assets-{ACCOUNT}-us-east-1"

TOP = """\
Parameters:
  Greeting: { Type: String, Default: Hello }
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./nested/child.yaml
      Parameters:
        Greeting: !Ref Greeting
Outputs:
  GreeterName: { Value: !GetAtt Child.Outputs.GreeterName }
  StreamName: { Value: !GetAtt Child.Outputs.StreamName }
"""

CHILD = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: { Type: String, AllowedValues: [Hello, Good day] }
Globals:
  Function:
    CodeUri: code   # relative to this file
Resources:
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      Environment: { Variables: { GREETING: !Ref Greeting } }
  Deep:
    Type: AWS::Serverless::Application
    Properties: { Location: deep/child.json }
Outputs:
  GreeterName: { Value: !Ref Greeter }
  StreamName: { Value: !GetAtt Deep.Outputs.Name }
"""

DEEP = {
    "Resources": {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}},
    "Outputs": {"Name": {"Value": {"Ref": "Stream"}}},
}

CODE = """\
import os

def handler(event, context):
    return {"text": f"{os.environ['GREETING']}, {event['name']}"}
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "nested/code").mkdir(parents=True)
    (folder / "nested/deep").mkdir()
    (folder / "template.yaml").write_text(TOP)
    (folder / "nested/child.yaml").write_text(CHILD)
    (folder / "nested/code/app.py").write_text(CODE)
    (folder / "nested/deep/child.json").write_text(json.dumps(DEEP))
    return folder


def deploy(project, data, *more, **kw):
    return leat("deploy", project / "template.yaml", "--stack-name", "top", "--yes", *more,
                data=data, **kw)


def plan(project, data, *more, **kw):
    return leat("plan", project / "template.yaml", "--stack-name", "top", "--detailed-exitcode",
                *more, data=data, check=False, **kw)


def nothing_is_left(server, data):
    assert buckets(server) == [] and object_files(data) == []
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("kinesis").list_streams()["StreamNames"] == []
    assert server.client("cloudformation").describe_stacks()["Stacks"] == []


def test_a_local_template_is_a_nested_stack(place, project):
    data = place.data
    assert leat("validate", project / "template.yaml", data=data).returncode == 0
    first = plan(project, data)
    assert first.returncode == 2
    for line in ["+ Child", "    + Greeter", "    + Deep", "        + Stream"]:
        assert line in first.stdout
    deploy(project, data)
    made = outputs("top", data)

    def check(server):
        assert invoke(server, made["GreeterName"], {"name": "Ada"}) == {"text": "Hello, Ada"}
        assert server.client("kinesis").list_streams()["StreamNames"] == [made["StreamName"]]
        stacks = server.client("cloudformation").describe_stacks()["Stacks"]
        assert len(stacks) == 3 and {s["StackStatus"] for s in stacks} == {"CREATE_COMPLETE"}
        # Two templates and the code.
        assert len(keys(server, BUCKET)) == 3

    place.look(check)
    assert plan(project, data).returncode == 0
    leat("destroy", "top", "--yes", data=data)
    place.look(lambda server: nothing_is_left(server, data))


def test_changes_below_show_where_they_are(place, project):
    data = place.data
    deploy(project, data)
    before = outputs("top", data)
    code = project / "nested/code/app.py"
    code.write_text(CODE.replace("}, {event", "} and welcome, {event"))
    changed = plan(project, data).stdout
    assert "~ Child" in changed and "~ Greeter" in changed and "Code.S3Key" in changed
    assert "nested/child.yaml:6:14" in changed and "Stream" not in changed
    grown = {**DEEP["Resources"]["Stream"], "Properties": {"ShardCount": 2}}
    (project / "nested/deep/child.json").write_text(
        json.dumps({**DEEP, "Resources": {"Stream": grown}}))
    changed = plan(project, data).stdout
    assert "~ Deep" in changed and "~ Stream" in changed and "ShardCount: 1 → 2" in changed
    deploy(project, data, "--parameters", "Greeting=Good day")
    assert outputs("top", data) == before

    def check(server):
        text = invoke(server, before["GreeterName"], {"name": "Bo"})["text"]
        assert text == "Good day and welcome, Bo"
        summary = server.client("kinesis").describe_stream_summary(
            StreamName=before["StreamName"])["StreamDescriptionSummary"]
        assert summary["OpenShardCount"] == 2
        assert len(keys(server, BUCKET)) == 3

    place.look(check)


def test_killed_anywhere(project, tmp_path):
    """Deployed, changed and destroyed, killed at each boundary: whole before and whole after."""
    command = ["deploy", project / "template.yaml", "--stack-name", "top", "--yes"]
    (tmp_path / "new").mkdir()
    for data in every_boundary(tmp_path / "new", lambda data: None, command):
        deploy(project, data)
        assert plan(project, data).returncode == 0
        with Served(data=data) as server:
            assert len(keys(server, BUCKET)) == 3
            assert len(server.client("kinesis").list_streams()["StreamNames"]) == 1

    (tmp_path / "gone").mkdir()
    for data in every_boundary(
            tmp_path / "gone", lambda data: deploy(project, data), ["destroy", "top", "--yes"]):
        leat("destroy", "top", "--yes", data=data, check=False)
        with Served(data=data) as server:
            nothing_is_left(server, data)


def test_a_change_killed_anywhere(project, tmp_path):
    old, new = CHILD, CHILD.replace("Hello, Good day", "Hello, Hi") + "  More: { Value: x }\n"

    def prepare(data):
        (project / "nested/child.yaml").write_text(old)
        deploy(project, data)
        (project / "nested/child.yaml").write_text(new)

    command = ["deploy", project / "template.yaml", "--stack-name", "top", "--yes"]
    (tmp_path / "changed").mkdir()
    for data in every_boundary(tmp_path / "changed", prepare, command):
        deploy(project, data)
        assert plan(project, data).returncode == 0
        with Served(data=data) as server:
            stacks = server.client("cloudformation").describe_stacks()["Stacks"]
            child = [s for s in stacks if "-Child-" in s["StackName"] and "Deep" not in s["StackName"]]
            assert {o["OutputKey"] for o in child[0]["Outputs"]} == {
                "GreeterName", "StreamName", "More"}
            assert len(keys(server, BUCKET)) == 3


def validate(folder, data):
    return leat("validate", folder / "template.yaml", data=data, check=False).stderr


@pytest.mark.parametrize("old, new, message, places", [
    ("        Greeting: !Ref Greeting\n", "        Greeting: Hello\n        Greting: x\n",
     "has no parameter `Greting`", ["template.yaml:10:", "did you mean `Greeting`?"]),
    ("      Parameters:\n        Greeting: !Ref Greeting\n", "",
     "gives its parameter `Greeting` no value",
     ["template.yaml:7:20", "nested/child.yaml:3:3", "declared here"]),
    ("!Ref Greeting", "Salut", "`Greeting`",
     ["template.yaml:9:", "nested/child.yaml:3:3", "declared here"]),
    ("Outputs.StreamName }", "Outputs.Streamname }",
     "the nested stack `Child` has no output `Streamname`",
     ["template.yaml:12:", "did you mean `StreamName`?", "nested/child.yaml:18:3",
      "its outputs are declared here"]),
    ("./nested/child.yaml", "nested/chidl.yaml", "the nested template `nested/chidl.yaml` does not exist",
     ["template.yaml:7:20"]),
    ("./nested/child.yaml", "nested", "is a folder, and a file is needed here",
     ["template.yaml:7:20"]),
    ("./nested/child.yaml", "template.yaml", "nests itself: template.yaml → template.yaml",
     ["template.yaml:7:20"]),
])
def test_mistakes_across_templates(project, tmp_path, old, new, message, places):
    text = (project / "template.yaml").read_text()
    assert old in text
    (project / "template.yaml").write_text(text.replace(old, new))
    found = validate(project, tmp_path / "data")
    assert message in found
    for place_ in places:
        assert place_ in found
    assert "1 error" in found
    run = deploy(project, tmp_path / "data", check=False)
    assert run.returncode == 1 and message in run.stderr
    assert "No stacks." in leat("list", data=tmp_path / "data").stdout


@pytest.mark.parametrize("old, new, message, where", [
    ("CodeUri: code ", "CodeUri: cod ", "the local code `cod` does not exist", "child.yaml:6:14"),
    ("    CodeUri: code   # relative to this file\n", "", "names no code", "child.yaml:7:3"),
    ("deep/child.json", "child.yaml", "child.yaml → child.yaml", "child.yaml:16:29"),
    ("Handler: app.handler", "Hander: app.handler", "`Hander`", "child.yaml:12:7"),
    ("Outputs:\n", "Mappings:\n  Fn::Transform:\n    Name: AWS::Include\n    Parameters:\n"
     "      Location: maps.yaml\nOutputs:\n", "can't include the local file `maps.yaml`",
     "child.yaml:21:17"),
])
def test_mistakes_in_a_nested_template(project, tmp_path, old, new, message, where):
    text = (project / "nested/child.yaml").read_text()
    assert old in text
    (project / "nested/child.yaml").write_text(text.replace(old, new))
    found = validate(project, tmp_path / "data")
    assert message in found and where in found


def test_grandchildren_that_nest_the_first_are_refused(project, tmp_path):
    (project / "nested/deep/child.json").write_text(json.dumps({"Resources": {"Up": {
        "Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "../child.yaml"}}}}))
    assert "nests itself: child.yaml → child.json → child.yaml" in validate(
        project, tmp_path / "data")


def test_depth_is_bounded(tmp_path):
    levels = tmp_path / "levels"
    levels.mkdir()
    for level in range(12):
        (levels / f"{level}.yaml").write_text(
            "Resources:\n  Next:\n    Type: AWS::CloudFormation::Stack\n"
            f"    Properties: {{ TemplateURL: {level + 1}.yaml }}\n")
    (levels / "12.yaml").write_text("Resources: { B: { Type: AWS::S3::Bucket } }\n")
    run = leat("validate", levels / "0.yaml", "--stack-name", "deep", data=tmp_path / "data", check=False)
    assert run.returncode == 1 and "nested deeper than 8" in run.stderr
    (levels / "7.yaml").write_text("Resources: { B: { Type: AWS::S3::Bucket } }\n")
    leat("deploy", levels / "0.yaml", "--stack-name", "deep", "--yes", data=tmp_path / "data")


def test_one_template_nested_twice(project, tmp_path):
    text = (project / "template.yaml").read_text()
    second = textwrap.indent(textwrap.dedent("""\
        Twin:
          Type: AWS::CloudFormation::Stack
          Properties:
            TemplateURL: ./nested/child.yaml
            Parameters: { Greeting: Good day }
        """), "  ")
    (project / "template.yaml").write_text(text.replace("Outputs:\n", second + "Outputs:\n", 1))
    data = tmp_path / "data"
    deploy(project, data)
    with Served(data=data) as server:
        assert len(server.client("kinesis").list_streams()["StreamNames"]) == 2
        assert len(keys(server, BUCKET)) == 3
    leat("destroy", "top", "--yes", data=data)
    with Served(data=data) as server:
        nothing_is_left(server, data)


FILES = [
    ("AWS::Lambda::LayerVersion", "Content: {}", True),
    ("AWS::Serverless::LayerVersion", "ContentUri: {}", True),
    ("AWS::Serverless::Api", "StageName: x\n      DefinitionUri: {}", False),
    ("AWS::Serverless::HttpApi", "DefinitionUri: {}", False),
    ("AWS::Serverless::StateMachine", "DefinitionUri: {}", False),
    ("AWS::ApiGateway::RestApi", "BodyS3Location: {}", False),
    ("AWS::ApiGatewayV2::Api", "BodyS3Location: {}", False),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location: {}", False),
    ("AWS::Glue::Job", "Command: {{ Name: job, ScriptLocation: {} }}", False),
    ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location: {}", False),
    ("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location: {}", False),
    ("AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location: {}", False),
    ("AWS::AppSync::Resolver", "CodeS3Location: {}", False),
    ("AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location: {}", False),
    ("AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location: {}", False),
    ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle: {}", True),
    ("AWS::CodeCommit::Repository", "Code: {{ S3: {} }}", True),
    ("AWS::CloudFormation::ModuleVersion", "ModulePackage: {}", True),
    ("AWS::CloudFormation::ResourceVersion", "SchemaHandlerPackage: {}", True),
    ("AWS::CloudFormation::StackSet", "TemplateURL: {}", False),
]


@pytest.mark.parametrize("kind, properties, takes_folders", FILES)
def test_files_of_all_types_are_looked_for(tmp_path, kind, properties, takes_folders):
    """Types that Leat doesn't provision are refused, and their files are checked nevertheless."""
    project = tmp_path / "project"
    (project / "folder").mkdir(parents=True)
    (project / "folder/file.txt").write_text("x")
    (project / "there.json").write_text('{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}')

    def found(path):
        (project / "template.yaml").write_text(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  R:\n"
            f"    Type: {kind}\n    Properties:\n      {properties.format(path)}\n")
        return validate(project, tmp_path / "data")

    assert "`missing.json` does not exist" in found("missing.json")
    assert "LT5001" not in found("there.json") and "local path" not in found("there.json")
    assert ("is a folder, and a file is needed" in found("folder")) == (not takes_folders)
    assert "LT5001" not in found("s3://bucket/key")
