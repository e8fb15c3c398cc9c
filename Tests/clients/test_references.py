"""Templates that refer to parameters and secrets, through the CloudFormation API and commands."""
import json
import pathlib
import signal
import textwrap

import pytest
from botocore.exceptions import ClientError, WaiterError

from served import Served, leat

FUNCTION = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): return 1"}
      Environment: {Variables: {PASSWORD: %s}}
"""


@pytest.fixture
def server(tmp_path):
    with Served(data=tmp_path / "data") as server:
        server.data = tmp_path / "data"
        yield server


def deploy(server, body, name="s", change="create", **parameters):
    cloudformation = server.client("cloudformation")
    call = {"create": cloudformation.create_stack, "update": cloudformation.update_stack}[change]
    call(StackName=name, TemplateBody=textwrap.dedent(body), Capabilities=["CAPABILITY_IAM"],
         Parameters=[{"ParameterKey": k, "UsePreviousValue": True} if v is None else
                     {"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()])
    cloudformation.get_waiter(f"stack_{change}_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1})
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def refusal(server, body, **more):
    with pytest.raises(ClientError) as caught:
        deploy(server, body, **more)
    return caught.value.response["Error"]["Message"]


def on_disk(data, text):
    """The files of a data directory that hold the text."""
    return [str(f) for f in pathlib.Path(data).rglob("*")
            if f.is_file() and text.encode() in f.read_bytes()]


def put(server, name, value, type="String"):
    server.client("ssm").put_parameter(Name=name, Value=value, Type=type, Overwrite=True)


PARAMETER = """
    Parameters:
      Size: {Type: "AWS::SSM::Parameter::Value<String>", Default: /app/size}
      Names: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /app/names}
      Key: {Type: "AWS::SSM::Parameter::Name", Default: /app/size}
    Resources:
      Copy:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Name: copy, Value: !Sub "${Size}-${Key}", Description: !Select [1, !Ref Names]}
"""


def test_parameter_types_are_looked_up_at_each_deployment(server):
    put(server, "/app/size", "1")
    put(server, "/app/names", "x,y", "StringList")
    stack = deploy(server, PARAMETER)
    shown = {p["ParameterKey"]: (p["ParameterValue"], p.get("ResolvedValue"))
             for p in stack["Parameters"]}
    assert shown == {"Size": ("/app/size", "1"), "Names": ("/app/names", "x,y"),
                     "Key": ("/app/size", None)}
    ssm = server.client("ssm")
    assert ssm.get_parameter(Name="copy")["Parameter"]["Value"] == "1-/app/size"
    assert ssm.describe_parameters()["Parameters"][-1]["Description"] == "y"
    assert "No updates" in refusal(server, PARAMETER, change="update")
    put(server, "/app/size", "2")
    stack = deploy(server, PARAMETER, change="update", Size=None)
    assert ssm.get_parameter(Name="copy")["Parameter"]["Value"] == "2-/app/size"
    assert [p["ResolvedValue"] for p in stack["Parameters"] if p["ParameterKey"] == "Size"] == ["2"]


def test_a_missing_parameter_is_named(server):
    put(server, "/app/names", "x,y", "StringList")
    put(server, "/app/sise", "1")
    message = refusal(server, PARAMETER)
    assert "`Size`" in message and "`/app/size`" in message
    (server.data.parent / "t.yaml").write_text(textwrap.dedent(PARAMETER))
    plan = leat("plan", server.data.parent / "t.yaml", data=server.data, check=False)
    assert plan.returncode == 1
    assert "LT2018" in plan.stderr and "did you mean `/app/sise`?" in plan.stderr
    assert leat("validate", server.data.parent / "t.yaml", data=server.data).returncode == 0


def test_a_secure_parameter_is_no_parameter_of_a_template(server):
    put(server, "/app/names", "x,y", "StringList")
    put(server, "/app/size", "hunter2", "SecureString")
    message = refusal(server, PARAMETER)
    assert "SecureString" in message and "hunter2" not in message


REFERENCE = """
    Resources:
      Copy:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Name: "{{resolve:ssm:/app/name}}", Value: "a-{{resolve:ssm:/app/value%s}}", Description: %s}
    Outputs:
      Name: {Value: !Ref Copy}
      Read: {Value: "{{resolve:ssm:/app/value%s}}"}
"""


def test_a_plain_reference_is_read_when_its_resource_changes(server):
    put(server, "/app/name", "copy")
    put(server, "/app/value", "1")
    stack = deploy(server, REFERENCE % ("", "one", ""))
    assert {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]} == {
        "Name": "copy", "Read": "1"}
    ssm = server.client("ssm")
    value = lambda: ssm.get_parameter(Name="copy")["Parameter"]["Value"]
    assert value() == "a-1"
    state = json.loads(leat("show", "s", "--json", data=server.data).stdout)
    assert state["resources"][0]["properties"]["Value"] == "a-{{resolve:ssm:/app/value}}"
    put(server, "/app/value", "2")
    deploy(server, REFERENCE % ("", "two", ""), change="update")
    assert value() == "a-2"
    deploy(server, REFERENCE % (":1", "two", ":1"), change="update")
    assert value() == "a-1"
    assert "ersion 9" in refusal(server, REFERENCE % (":9", "two", ""), change="update")


def test_a_changed_value_alone_is_no_update(server):
    put(server, "/app/value", "1")
    body = """
    Resources:
      Copy:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Name: copy, Value: "{{resolve:ssm:/app/value}}"}
    """
    deploy(server, body)
    put(server, "/app/value", "2")
    assert "No updates" in refusal(server, body, change="update")


GENERATED = """
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      Description: %s
      GenerateSecretString:
        SecretStringTemplate: '{"user": "admin"}'
        GenerateStringKey: password
        PasswordLength: 40
        ExcludeCharacters: '"\\\\'
""" + FUNCTION % "!Sub '{{resolve:secretsmanager:${Secret}:SecretString:password}}'" + """
Outputs:
  Secret: {Value: !Ref Secret}
"""


def generated(server, stack):
    arn = stack["Outputs"][0]["OutputValue"]
    value = server.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return arn, json.loads(value)


def variables(server):
    functions = server.client("lambda").list_functions()["Functions"]
    return functions[0]["Environment"]["Variables"]


def test_a_secret_of_the_same_stack_reaches_a_function_and_no_file(server):
    body = server.data.parent / "t.yaml"
    body.write_text(GENERATED % "one")
    plan = leat("plan", body, "--json", data=server.data).stdout
    assert "{{resolve:secretsmanager:arn:aws:secretsmanager:" in plan
    stack = deploy(server, GENERATED % "one")
    arn, secret = generated(server, stack)
    assert secret["user"] == "admin" and len(secret["password"]) == 40
    assert len(arn.rsplit("-", 1)[1]) == 6
    assert variables(server)["PASSWORD"] == secret["password"]
    shown = leat("show", "s", "--json", data=server.data).stdout
    assert secret["password"] not in shown and f"{{{{resolve:secretsmanager:{arn}" in shown
    # A change of something else keeps the value.
    stack = deploy(server, GENERATED % "two", change="update")
    assert generated(server, stack) == (arn, secret)
    server.kill()
    assert on_disk(server.data, secret["password"]) == []
    assert on_disk(server.data, "{{resolve:secretsmanager") != []
    key = server.data / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_size == 32
    with Served(data=server.data) as again:
        assert generated(again, stack) == (arn, secret)
        assert variables(again)["PASSWORD"] == secret["password"]
        again.client("cloudformation").delete_stack(StackName="s")
        again.client("cloudformation").get_waiter("stack_delete_complete").wait(
            StackName="s", WaiterConfig={"Delay": 1})
        assert again.client("secretsmanager").list_secrets(
            IncludePlannedDeletion=True)["SecretList"] == []


def test_sealed_values_are_in_no_file(server):
    ssm = server.client("ssm")
    for version in "12":
        ssm.put_parameter(Name="/s", Value=f"open-sesame-{version}", Type="SecureString",
                          Overwrite=version == "2")
    secrets = server.client("secretsmanager")
    secrets.create_secret(Name="a", SecretString="open-sesame-3")
    secrets.put_secret_value(SecretId="a", SecretBinary=b"open-sesame-4")
    body = "Parameters:\n  P: {Type: String, NoEcho: true}\nResources:" + FUNCTION % "!Ref P"
    stack = deploy(server, body, P="open-sesame-5")
    assert stack["Parameters"][0]["ParameterValue"] == "****"
    server.client("cloudformation").create_change_set(
        StackName="s", ChangeSetName="c", TemplateBody=body, Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "P", "ParameterValue": "open-sesame-6"}])
    server.kill()
    assert on_disk(server.data, "open-sesame") == []
    with Served(data=server.data) as again:
        assert again.client("ssm").get_parameter(
            Name="/s:1", WithDecryption=True)["Parameter"]["Value"] == "open-sesame-1"
        again.client("cloudformation").execute_change_set(StackName="s", ChangeSetName="c")
        again.client("cloudformation").get_waiter("stack_update_complete").wait(
            StackName="s", WaiterConfig={"Delay": 1})
        assert variables(again) == {"PASSWORD": "open-sesame-6"}


def test_another_key_opens_nothing(server):
    server.client("ssm").put_parameter(Name="/s", Value="x", Type="SecureString")
    server.stop()
    (server.data / "secret.key").write_bytes(b"k" * 32)
    with Served(data=server.data) as again:
        with pytest.raises(ClientError) as caught:
            again.client("ssm").get_parameter(Name="/s", WithDecryption=True)
    assert "secret.key" in caught.value.response["Error"]["Message"]


def queue(value, more=""):
    return f"""
    Resources:
      Copy:
        Type: AWS::SSM::Parameter
        {more}
        Properties: {{Type: String, Name: copy, Value: "{value}"}}
      Secret:
        Type: AWS::SecretsManager::Secret
        Properties: {{Name: mine, SecretString: '{{"k": "v", "n": 5}}'}}
    """


def test_what_can_not_be_read_is_refused_by_name(server):
    server.client("secretsmanager").create_secret(Name="app", SecretString='{"key": "v"}')
    message = refusal(server, queue("{{resolve:secretsmanager:ap}}"))
    assert "{{resolve:secretsmanager:ap}}" in message
    assert "JSONKey" in refusal(server, queue("{{resolve:secretsmanager:app:SecretString:none}}"))
    assert "ssm-secure" in refusal(server, queue("{{resolve:ssm-secure:/app/x}}"))
    message = refusal(server, queue("{{resolve:secretsmanager:mine}}"))
    assert "there is no secret" in message
    template = server.data.parent / "t.yaml"
    template.write_text(textwrap.dedent(queue("{{resolve:secretsmanager:mine}}")))
    plan = leat("plan", template, data=server.data, check=False)
    assert "add `DependsOn: Secret`" in plan.stderr
    ordered = queue("{{resolve:secretsmanager:mine:SecretString:n}}", "DependsOn: Secret")
    deploy(server, ordered)
    assert server.client("ssm").get_parameter(Name="copy")["Parameter"]["Value"] == "5"


def test_a_key_that_the_new_secret_lacks_rolls_the_stack_back(server):
    body = queue("{{resolve:secretsmanager:mine:SecretString:none}}", "DependsOn: Secret")
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(StackName="s", TemplateBody=textwrap.dedent(body))
    with pytest.raises(WaiterError):
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="s", WaiterConfig={"Delay": 1})
    assert cloudformation.describe_stacks()["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName="s")["StackEvents"]
    reasons = [e.get("ResourceStatusReason", "") for e in events]
    assert any("JSONKey" in reason for reason in reasons)
    assert server.client("secretsmanager").list_secrets()["SecretList"] == []


def test_secrets_stay_out_of_names_and_outputs(server):
    server.client("secretsmanager").create_secret(Name="app", SecretString="hunter2")
    body = """
    Resources:
      Copy:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Name: "{{resolve:secretsmanager:app}}", Value: "1"}
    """
    message = refusal(server, body)
    assert "names the resource" in message and "hunter2" not in message
    body = """
    Resources:
      Copy: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: "1"}}
    Outputs:
      O: {Value: "{{resolve:secretsmanager:app}}"}
    """
    assert "outputs are shown" in refusal(server, body)


def test_a_reference_passes_into_a_nested_stack_unread(server):
    server.client("secretsmanager").create_secret(Name="app", SecretString="hunter2-hunter2")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="templates")
    inner = "Parameters:\n  P: {Type: String}\nResources:" + FUNCTION % "!Ref P"
    s3.put_object(Bucket="templates", Key="inner.yaml", Body=inner.encode())
    body = """
    Resources:
      Inner:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: https://s3.amazonaws.com/templates/inner.yaml
          Parameters: {P: "{{resolve:secretsmanager:app}}"}
    """
    deploy(server, body)
    assert variables(server) == {"PASSWORD": "hunter2-hunter2"}
    server.kill()
    assert on_disk(server.data, "hunter2-hunter2") == []


def test_kill_9_anywhere_leaves_no_secret_behind(tmp_path):
    template = tmp_path / "t.yaml"
    given = "  Given: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: !Ref P}}\n"
    template.write_text("Parameters:\n  P: {Type: String, NoEcho: true}\n" + (
        GENERATED % "one").replace("Outputs:", given + "Outputs:"))
    command = ["deploy", template, "--yes", "--parameters", "P=open-sesame"]
    for number in range(1, 200):
        data = tmp_path / str(number)
        run = leat(*command, data=data, check=False, LEAT_CRASH_AT=f"*:{number}")
        assert on_disk(data, "open-sesame") == []
        if run.returncode != -signal.SIGKILL:
            break
        with Served(data=data) as server:
            names = server.client("secretsmanager").list_secrets()["SecretList"]
            stacks = server.client("cloudformation").list_stacks()["StackSummaries"]
            done = [s for s in stacks if s["StackStatus"] == "CREATE_COMPLETE"]
            assert len(names) == 2 * len(done), (number, stacks)
            if done:
                stack = server.client("cloudformation").describe_stacks()["Stacks"][0]
                password = generated(server, stack)[1]["password"]
                assert variables(server) == {"PASSWORD": password}
                assert on_disk(data, password) == []
    assert run.returncode == 0, run.stderr
