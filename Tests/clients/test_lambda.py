"""Functions through boto3: made, called, timed out, logged, kept over a restart."""
import base64
import io
import json
import os
import subprocess
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError

from served import ROOT, Served

ROLE = "arn:aws:iam::000000000000:role/r"
PYTHON = """
import json, os, time, boto3

def handler(event, context):
    print("called with", json.dumps(event))
    if event.get("hang"):
        while True: time.sleep(60)
    if event.get("child"):
        open(event["child"], "w").write(str(os.getpid()))
    if event.get("list"):
        return [f["FunctionName"] for f in boto3.client("lambda").list_functions()["Functions"]]
    if event.get("fails"): raise LookupError("nothing there")
    return {"pid": os.getpid(), "event": event}
"""
NODE = "exports.handler = async (event) => ({ sum: event.values.reduce((a, b) => a + b, 0) });"


def archive(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("_", "."), text)
    return out.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(data=tmp_path_factory.mktemp("lambda") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def functions(server):
    client = server.client("lambda")
    client.create_function(
        FunctionName="py", Runtime="python3.11", Role=ROLE, Handler="index.handler", Timeout=20,
        Code={"ZipFile": archive(index_py=PYTHON)}, Tags={"team": "data"})
    client.create_function(
        FunctionName="js", Runtime="nodejs20.x", Role=ROLE, Handler="index.handler", Timeout=20,
        Code={"ZipFile": archive(index_js=NODE)}, Environment={"Variables": {"MODE": "fast"}})
    return client


def call(client, name, event, **more):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return answer, json.loads(answer["Payload"].read())


def test_functions_run_where_the_data_directory_is_given_relatively(tmp_path):
    relative = os.path.relpath(tmp_path / "data", ROOT)
    with Served(data=f"./{relative}") as server:
        client = server.client("lambda")
        client.create_function(
            FunctionName="py", Runtime="python3.11", Role=ROLE, Handler="index.handler",
            Code={"ZipFile": archive(index_py=PYTHON)})
        answer = client.invoke(FunctionName="py", Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        assert (tmp_path / "data" / "leat.db").exists()


def test_both_languages_answer(functions):
    answer, result = call(functions, "js", {"values": [1, 2, 3]})
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert result == {"sum": 6}
    answer, result = call(functions, "py", {"a": "é"}, LogType="Tail")
    assert result["event"] == {"a": "é"}
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert 'called with {"a": "\\u00e9"}\n' in tail
    assert tail.splitlines()[-1].startswith("REPORT RequestId: ")


def test_a_warm_process_is_used_again(functions):
    assert len({call(functions, "py", {})[1]["pid"] for _ in range(5)}) == 1


def test_errors_have_the_exceptions_name(functions):
    answer, result = call(functions, "py", {"fails": True})
    assert answer["FunctionError"] == "Unhandled"
    assert (result["errorType"], result["errorMessage"]) == ("LookupError", "nothing there")
    assert "in handler" in result["stackTrace"][0]


def test_a_function_reaches_its_own_account(functions):
    assert {"js", "py"} <= set(call(functions, "py", {"list": True})[1])


def test_its_shape_is_the_apis(functions):
    got = functions.get_function(FunctionName="py")
    assert got["Tags"] == {"team": "data"}
    with urllib.request.urlopen(got["Code"]["Location"]) as answer:
        code = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert code.read("index.py").decode() == PYTHON
    shown = functions.get_function_configuration(
        FunctionName="arn:aws:lambda:us-east-1:000000000000:function:js")
    assert shown["Environment"]["Variables"] == {"MODE": "fast"}
    assert shown["State"] == "Active" and shown["LastUpdateStatus"] == "Successful"
    names = [f["FunctionName"] for page in functions.get_paginator("list_functions").paginate(
        PaginationConfig={"PageSize": 1}) for f in page["Functions"]]
    assert {"js", "py"} <= set(names)
    functions.get_waiter("function_active_v2").wait(FunctionName="py")
    versions = functions.list_versions_by_function(FunctionName="py")["Versions"]
    assert [v["Version"] for v in versions] == ["$LATEST"]


@pytest.mark.parametrize("arguments, code, status", [
    ({"FunctionName": "none"}, "ResourceNotFoundException", 404),
    ({"FunctionName": "py", "Qualifier": "3"}, "ResourceNotFoundException", 404),
    ({"FunctionName": "py", "Payload": "{"}, "InvalidRequestContentException", 400),
    ({"FunctionName": "py", "Payload": b'"' + b"x" * 6_300_000 + b'"'},
     "RequestEntityTooLargeException", 413),
])
def test_refused_calls(functions, arguments, code, status):
    with pytest.raises(ClientError) as raised:
        functions.invoke(**arguments)
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_new_code_replaces_the_process(functions):
    functions.create_function(
        FunctionName="v", Runtime="nodejs20.x", Role=ROLE, Handler="index.handler", Timeout=20,
        Code={"ZipFile": archive(index_js="exports.handler = async () => 1")})
    assert call(functions, "v", {})[1] == 1
    functions.update_function_code(
        FunctionName="v", ZipFile=archive(index_mjs="export const handler = async () => 2"))
    assert call(functions, "v", {})[1] == 2
    functions.update_function_configuration(FunctionName="v", Timeout=1)
    assert call(functions, "v", {})[1] == 2
    functions.delete_function(FunctionName="v")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(FunctionName="v")


def test_a_timeout_ends_the_call(functions):
    functions.update_function_configuration(FunctionName="py", Timeout=1)
    answer, result = call(functions, "py", {"hang": True})
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorMessage"].endswith("Task timed out after 1.00 seconds")
    functions.update_function_configuration(FunctionName="py", Timeout=20)


def test_processes_die_with_a_killed_server_and_events_survive(tmp_path):
    marker = tmp_path / "pid"
    os.mkfifo(marker)
    with Served(data=tmp_path / "data") as first:
        client = first.client("lambda")
        client.create_function(
            FunctionName="py", Runtime="python3.11", Role=ROLE, Handler="index.handler",
            Timeout=20, Code={"ZipFile": archive(index_py=PYTHON)})
        pid = call(client, "py", {})[1]["pid"]
        assert client.invoke(
            FunctionName="py", InvocationType="Event",
            Payload=json.dumps({"child": str(marker), "hang": False}))["StatusCode"] == 202
        first.kill()
    subprocess.run(["tail", "--pid", str(pid), "-f", "/dev/null"], timeout=20, check=True)
    with Served(data=tmp_path / "data"):
        # A pipe: reading it waits for the function, which waits for a reader.
        told = subprocess.run(["cat", marker], timeout=20, capture_output=True, check=True)
        assert int(told.stdout) != pid


def test_concurrency_that_is_not_set_is_deleted(functions):
    answer = functions.delete_function_concurrency(FunctionName="py")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    got = functions.get_function_concurrency(FunctionName="py")
    assert "ReservedConcurrentExecutions" not in got
    for name in ["delete_function_concurrency", "get_function_concurrency"]:
        with pytest.raises(ClientError) as caught:
            getattr(functions, name)(FunctionName="none")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    functions.put_function_concurrency(FunctionName="py", ReservedConcurrentExecutions=1)
    got = functions.get_function_concurrency(FunctionName="py")
    assert got["ReservedConcurrentExecutions"] == 1
    functions.delete_function_concurrency(FunctionName="py")
