"""Systems Manager's Parameter Store through boto3."""
import json

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture
def ssm(server, request):
    """A client in an account of the test's own."""
    account = str(200000000000 + sum(map(ord, request.node.name)))
    client = server.client("ssm", account=account)
    client.account = account
    return client


def fault(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def put(ssm, name, value, type="String", **more):
    return ssm.put_parameter(Name=name, Value=value, Type=type, **more)


def test_a_parameter_comes_back_as_it_was_put(ssm):
    made = put(ssm, "/app/name", "orders", Description="what it is called", AllowedPattern="^[a-z]+$",
               Tags=[{"Key": "team", "Value": "data"}])
    assert (made["Version"], made["Tier"]) == (1, "Standard")
    got = ssm.get_parameter(Name="/app/name")["Parameter"]
    assert got.pop("LastModifiedDate")
    assert got == {
        "Name": "/app/name", "Type": "String", "Value": "orders", "Version": 1,
        "ARN": f"arn:aws:ssm:us-east-1:{ssm.account}:parameter/app/name", "DataType": "text"}
    assert ssm.get_parameter(Name=got["ARN"])["Parameter"]["Value"] == "orders"
    described = ssm.describe_parameters()["Parameters"][0]
    assert described["Description"] == "what it is called"
    assert described["AllowedPattern"] == "^[a-z]+$"
    assert "Value" not in described
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/name")["TagList"]
    assert tags == [{"Key": "team", "Value": "data"}]


def test_a_plain_name_has_no_slash_in_its_arn_twice(ssm):
    put(ssm, "plain", "1")
    arn = ssm.get_parameter(Name="plain")["Parameter"]["ARN"]
    assert arn.endswith(":parameter/plain")
    assert ssm.get_parameter(Name=arn)["Parameter"]["Name"] == "plain"


def test_versions_and_labels(ssm):
    put(ssm, "v", "one")
    assert fault(put, ssm=ssm, name="v", value="two") == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name="v", Value="two", Overwrite=True)["Version"] == 2
    assert ssm.get_parameter(Name="v:1")["Parameter"]["Value"] == "one"
    assert ssm.get_parameter(Name="v:1")["Parameter"]["Selector"] == ":1"
    assert fault(ssm.get_parameter, Name="v:7") == "ParameterVersionNotFound"
    answer = ssm.label_parameter_version(Name="v", ParameterVersion=1, Labels=["stable", "1st", "awsx"])
    assert answer["InvalidLabels"] == ["1st", "awsx"]
    assert ssm.get_parameter(Name="v:stable")["Parameter"]["Value"] == "one"
    ssm.label_parameter_version(Name="v", Labels=["stable"])
    assert ssm.get_parameter(Name="v:stable")["Parameter"]["Value"] == "two"
    history = ssm.get_parameter_history(Name="v")["Parameters"]
    assert [(h["Version"], h["Value"], h["Labels"]) for h in history] == [
        (1, "one", []), (2, "two", ["stable"])]
    gone = ssm.unlabel_parameter_version(Name="v", ParameterVersion=2, Labels=["stable", "none"])
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["stable"], ["none"])
    assert fault(ssm.get_parameter, Name="v:stable") == "ParameterVersionNotFound"
    assert fault(ssm.label_parameter_version, Name="v", Labels=[f"l{i}" for i in range(11)]) == (
        "ValidationException")
    ssm.label_parameter_version(Name="v", Labels=[f"l{i}" for i in range(10)])
    assert fault(ssm.label_parameter_version, Name="v", Labels=["more"]) == (
        "ParameterVersionLabelLimitExceeded")


def test_only_a_hundred_versions_are_kept(ssm):
    for number in range(100):
        ssm.put_parameter(Name="many", Value=str(number), Type="String", Overwrite=True)
    ssm.label_parameter_version(Name="many", ParameterVersion=1, Labels=["first"])
    assert fault(ssm.put_parameter, Name="many", Value="x", Overwrite=True) == (
        "ParameterMaxVersionLimitExceeded")
    ssm.label_parameter_version(Name="many", ParameterVersion=2, Labels=["first"])
    assert ssm.put_parameter(Name="many", Value="x", Overwrite=True)["Version"] == 101
    assert fault(ssm.get_parameter, Name="many:1") == "ParameterVersionNotFound"
    pages = ssm.get_paginator("get_parameter_history").paginate(
        Name="many", PaginationConfig={"PageSize": 30})
    assert [h["Version"] for page in pages for h in page["Parameters"]] == list(range(2, 102))


def test_secure_strings(ssm):
    put(ssm, "/s", "hunter2", "SecureString")
    sealed = ssm.get_parameter(Name="/s")["Parameter"]
    assert sealed["Type"] == "SecureString" and "hunter2" not in sealed["Value"]
    opened = ssm.get_parameter(Name="/s", WithDecryption=True)["Parameter"]
    assert opened["Value"] == "hunter2"
    assert ssm.get_parameters(Names=["/s"], WithDecryption=True)["Parameters"][0]["Value"] == "hunter2"
    assert ssm.get_parameter_history(Name="/s", WithDecryption=True)["Parameters"][0]["Value"] == (
        "hunter2")
    assert ssm.describe_parameters()["Parameters"][0]["KeyId"] == "alias/aws/ssm"
    assert fault(put, ssm=ssm, name="/t", value="x", type="SecureString", KeyId="alias/mine") == (
        "UnsupportedOperation")
    assert fault(ssm.put_parameter, Name="/s", Value="x", Type="String", Overwrite=True) == (
        "HierarchyTypeMismatchException")


def test_many_at_once(ssm):
    for name in "abc":
        put(ssm, name, name.upper())
    got = ssm.get_parameters(Names=["a", "c:1", "x", "b:9"])
    assert [(p["Name"], p["Value"]) for p in got["Parameters"]] == [("a", "A"), ("c", "C")]
    assert got["InvalidParameters"] == ["x", "b:9"]
    assert fault(ssm.get_parameters, Names=[str(i) for i in range(11)]) == "ValidationException"
    gone = ssm.delete_parameters(Names=["a", "x"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["a"], ["x"])
    ssm.delete_parameter(Name="b")
    assert fault(ssm.delete_parameter, Name="b") == "ParameterNotFound"
    assert fault(ssm.get_parameter, Name="b") == "ParameterNotFound"
    assert put(ssm, "b", "again")["Version"] == 1


def test_paths(ssm):
    for name in ["/p/a", "/p/b", "/p/q/c", "/pq", "/p/q/r/d", "top"]:
        put(ssm, name, name)
    names = lambda **more: [p["Name"] for p in ssm.get_parameters_by_path(**more)["Parameters"]]
    assert names(Path="/p") == ["/p/a", "/p/b"]
    assert names(Path="/p/", Recursive=True) == ["/p/a", "/p/b", "/p/q/c", "/p/q/r/d"]
    assert names(Path="/none") == []
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/p", Recursive=True, PaginationConfig={"PageSize": 3})
    assert [[p["Name"] for p in page["Parameters"]] for page in pages] == [
        ["/p/a", "/p/b", "/p/q/c"], ["/p/q/r/d"]]
    assert fault(ssm.get_parameters_by_path, Path="p") == "ValidationException"
    assert fault(ssm.get_parameters_by_path, Path="/p", MaxResults=11) == "ValidationException"
    assert fault(ssm.get_parameters_by_path, Path="/p", ParameterFilters=[
        {"Key": "Name", "Values": ["a"]}]) == "InvalidFilterKey"


def test_filters(ssm):
    put(ssm, "/f/a", "1", Tags=[{"Key": "k", "Value": "v1"}])
    put(ssm, "/f/b", "1,2", "StringList")
    put(ssm, "f2", "1", "SecureString", Tier="Advanced")
    put(ssm, "g", "1")

    def names(*filters):
        keys = ("Key", "Option", "Values")
        return [p["Name"] for p in ssm.describe_parameters(ParameterFilters=[
            {k: v for k, v in zip(keys, f) if v is not None} for f in filters])["Parameters"]]

    assert names(("Name", "BeginsWith", ["/f", "f"])) == ["/f/a", "/f/b", "f2"]
    assert names(("Name", "Equals", ["g"])) == ["g"]
    assert names(("Name", "Contains", ["2"])) == ["f2"]
    assert names(("Type", None, ["StringList", "SecureString"])) == ["/f/b", "f2"]
    assert names(("Path", None, ["/f"])) == ["/f/a", "/f/b"]
    assert names(("Path", "Recursive", ["/"])) == ["/f/a", "/f/b", "f2", "g"]
    assert names(("tag:k", None, None)) == ["/f/a"]
    assert names(("tag:k", "BeginsWith", ["v"]), ("Type", None, ["String"])) == ["/f/a"]
    assert names(("Tier", None, ["Advanced"])) == ["f2"]
    assert names(("KeyId", None, ["alias/aws/ssm"])) == ["f2"]
    describe = ssm.describe_parameters
    assert fault(describe, ParameterFilters=[{"Key": "Label", "Values": ["x"]}]) == "InvalidFilterKey"
    assert fault(describe, ParameterFilters=[{"Key": "Type", "Values": ["x"]}]) == (
        "InvalidFilterOption")
    assert fault(describe, ParameterFilters=[{"Key": "Name"}]) == "InvalidFilterValue"
    assert fault(describe, ParameterFilters=[
        {"Key": "Path", "Option": "Equals", "Values": ["/f"]}]) == "InvalidFilterOption"
    old = describe(Filters=[{"Key": "Name", "Values": ["/f"]}])["Parameters"]
    assert [p["Name"] for p in old] == ["/f/a", "/f/b", "f2"]
    pages = ssm.get_paginator("describe_parameters").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["Parameters"]) for page in pages] == [3, 1]


@pytest.mark.parametrize("arguments, code", [
    (dict(Name="aws-x", Value="1", Type="String"), "ValidationException"),
    (dict(Name="/aws/x", Value="1", Type="String"), "AccessDeniedException"),
    (dict(Name="ssmx", Value="1", Type="String"), "ValidationException"),
    (dict(Name="a/b", Value="1", Type="String"), "ValidationException"),
    (dict(Name="/a//b", Value="1", Type="String"), "ValidationException"),
    (dict(Name="a b", Value="1", Type="String"), "ValidationException"),
    (dict(Name="/1" * 16, Value="1", Type="String"), "HierarchyLevelLimitExceededException"),
    (dict(Name="a", Value="1"), "ValidationException"),
    (dict(Name="a", Value="", Type="String"), "ValidationException"),
    (dict(Name="a", Value="1", Type="Text"), "ValidationException"),
    (dict(Name="a", Value="x" * 4097, Type="String"), "ValidationException"),
    (dict(Name="a", Value="x" * 8193, Type="String", Tier="Advanced"), "ValidationException"),
    (dict(Name="a", Value="1", Type="String", AllowedPattern="^x"),
     "ParameterPatternMismatchException"),
    (dict(Name="a", Value="1", Type="String", AllowedPattern="["),
     "InvalidAllowedPatternException"),
    (dict(Name="a", Value="1", Type="String", DataType="aws:ec2:image"), "UnsupportedOperation"),
    (dict(Name="a", Value="1", Type="String", DataType="number"), "ValidationException"),
    (dict(Name="a", Value="1", Type="String", Policies="[]"), "UnsupportedOperation"),
    (dict(Name="a", Value="1", Type="String", Overwrite=True, Tags=[{"Key": "a", "Value": "b"}]),
     "ValidationException"),
])
def test_refusals(ssm, arguments, code):
    assert fault(ssm.put_parameter, **arguments) == code
    assert ssm.describe_parameters()["Parameters"] == []


def test_tiers(ssm):
    assert put(ssm, "t", "x" * 5000, Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert ssm.put_parameter(Name="t", Value="small", Overwrite=True)["Tier"] == "Advanced"
    assert fault(ssm.put_parameter, Name="t", Value="s", Overwrite=True, Tier="Standard") == (
        "ValidationException")


def test_tags(ssm):
    put(ssm, "t", "1")
    resource = dict(ResourceType="Parameter", ResourceId="t")
    ssm.add_tags_to_resource(**resource, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(**resource, TagKeys=["a", "z"])
    assert ssm.list_tags_for_resource(**resource)["TagList"] == [{"Key": "b", "Value": "2"}]
    assert fault(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="no") == (
        "InvalidResourceId")
    assert fault(ssm.list_tags_for_resource, ResourceType="Document", ResourceId="t") == (
        "UnsupportedOperation")


def test_what_is_no_parameter_is_refused_by_name(ssm):
    with pytest.raises(ClientError) as caught:
        ssm.list_documents()
    assert caught.value.response["Error"]["Code"] == "UnsupportedOperation"
    assert "ListDocuments" in caught.value.response["Error"]["Message"]


def test_a_secret_is_read_by_a_parameters_name(server, ssm):
    secrets = server.client("secretsmanager", account=ssm.account)
    made = secrets.create_secret(Name="app/db", SecretString="s3cret")
    name = "/aws/reference/secretsmanager/app/db"
    got = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (got["Name"], got["Type"], got["Value"], got["Version"]) == (
        name, "SecureString", "s3cret", 0)
    assert got["ARN"] == made["ARN"]
    assert json.loads(got["SourceResult"])["VersionId"] == made["VersionId"]
    staged = ssm.get_parameter(Name=f"{name}:AWSCURRENT", WithDecryption=True)["Parameter"]
    assert staged["Value"] == "s3cret"
    by_id = ssm.get_parameter(Name=f"{name}:{made['VersionId']}", WithDecryption=True)["Parameter"]
    assert by_id["Value"] == "s3cret"
    several = ssm.get_parameters(Names=[name, f"{name}x"], WithDecryption=True)
    assert [p["Value"] for p in several["Parameters"]] == ["s3cret"]
    assert several["InvalidParameters"] == [f"{name}x"]
    assert fault(ssm.get_parameter, Name=name) == "ValidationException"
    assert fault(ssm.get_parameter, Name=f"{name}x", WithDecryption=True) == "ParameterNotFound"


@pytest.mark.parametrize("name", ["/a//b", "//a", "a/b", "a//b"])
def test_names_that_no_parameter_has(ssm, name):
    for call, more in [(ssm.get_parameter, {}), (ssm.delete_parameter, {}),
                       (ssm.get_parameter_history, {}),
                       (ssm.put_parameter, {"Value": "v", "Type": "String"})]:
        with pytest.raises(ClientError) as caught:
            call(Name=name, **more)
        error = caught.value.response["Error"]
        assert error["Code"] == "ValidationException"
        assert "sub-paths divided by slash symbol" in error["Message"] or (
            error["Message"] == "Parameter name must be a fully qualified name.")
