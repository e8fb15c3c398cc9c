"""Functions that log as JSON: their own lines, Lambda's events, and the levels that are kept."""
import base64
import io
import json
import re
import zipfile

import pytest
from botocore.exceptions import ClientError

from served import ACCOUNT, Served

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"

PYTHON = """\
import json, logging
log = logging.getLogger("orders")

def handler(event, context):
    log.debug("hidden")
    log.info("taken %s", event["id"], extra={"order": event["id"]})
    print("as it is")
    print(json.dumps({"timestamp": "2026-11-27T00:00:00Z", "level": "DEBUG", "message": "quiet"}))
    print(json.dumps({"timestamp": "2026-11-27T00:00:00Z", "level": "WARN", "message": "loud"}))
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
    if event.get("fail"):
        raise ValueError("no such order")
    return "done"
"""

NODE = """\
exports.handler = async (event) => {
  console.debug('hidden');
  console.log('taken %s', event.id);
  console.warn({ order: event.id });
  console.error('failed', new RangeError('too far'));
  if (event.fail) throw new TypeError('no such order');
  return 'done';
};
"""


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


def archive(name, source):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, source)
    return file.getvalue()


def make(server, name, runtime, source, **logging):
    file = "index.py" if runtime.startswith("python") else "index.js"
    return server.client("lambda").create_function(
        FunctionName=name, Runtime=runtime, Handler="index.handler", Role=ROLE,
        Code={"ZipFile": archive(file, source)}, LoggingConfig=logging)


def lines(server, name):
    events = server.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"].rstrip("\n") for event in events]


def invoke(server, name, event):
    answer = server.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    return answer, base64.b64decode(answer["LogResult"]).decode()


def test_python_logs_documents(server):
    made = make(server, "python", "python3.12", PYTHON, LogFormat="JSON")
    assert made["LoggingConfig"] == {
        "LogFormat": "JSON", "LogGroup": "/aws/lambda/python", "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO"}
    answer, tail = invoke(server, "python", {"id": 7})
    request = answer["ResponseMetadata"]["RequestId"]
    written = lines(server, "python")
    assert "as it is" in written, "what is printed stays as it is"
    documents = [json.loads(line) for line in written if line.startswith("{")]
    begun, start, taken, loud, failed, report = documents
    assert begun["type"] == "platform.initStart" and begun["time"].endswith("Z")
    record = begun["record"]
    assert record["initializationType"] == "on-demand" and record["phase"] == "init"
    assert record["functionName"] == "python" and record["functionVersion"] == "$LATEST"
    assert re.fullmatch(r"python:3\.\d+\.v\d+", record["runtimeVersion"])
    assert record["runtimeVersionArn"].startswith("arn:aws:lambda:us-east-1::runtime:")
    assert start["type"] == "platform.start"
    assert start["record"] == {"requestId": request, "version": "$LATEST"}
    assert taken["message"] == "taken 7" and taken["level"] == "INFO" and taken["order"] == 7
    assert taken["logger"] == "orders" and taken["requestId"] == request
    assert taken["timestamp"].endswith("Z")
    assert loud["message"] == "loud", "documents of other libraries are held against the level"
    assert failed["errorType"] == "ZeroDivisionError" and failed["level"] == "ERROR"
    assert failed["errorMessage"] == "division by zero" and failed["stackTrace"]
    assert report["type"] == "platform.report" and report["record"]["status"] == "success"
    metrics = report["record"]["metrics"]
    assert metrics["memorySizeMB"] == 128 and metrics["billedDurationMs"] >= metrics["durationMs"]
    assert "initDurationMs" in metrics
    assert '"platform.report"' in tail and "REPORT RequestId" not in tail

    answer, tail = invoke(server, "python", {"id": 8, "fail": True})
    assert answer["FunctionError"] == "Unhandled"
    documents = [json.loads(line) for line in tail.splitlines() if line.startswith("{")]
    thrown = next(one for one in documents if one.get("errorMessage") == "no such order")
    assert thrown["errorType"] == "ValueError" and thrown["log_level"] == "ERROR"
    done, report = documents[-2:]
    assert done["type"] == "platform.runtimeDone", "failures are told at the level WARN"
    assert report["record"]["status"] == "error"
    assert report["record"]["errorType"] == "ValueError"


def test_node_logs_documents(server):
    make(server, "node", "nodejs20.x", NODE, LogFormat="JSON", SystemLogLevel="WARN")
    invoke(server, "node", {"id": 7})
    taken, order, failed = [json.loads(line) for line in lines(server, "node")]
    assert taken["message"] == "taken 7" and taken["level"] == "INFO"
    assert order["message"] == {"order": 7} and order["level"] == "WARN"
    assert failed["errorType"] == "RangeError" and failed["errorMessage"] == "too far"
    assert failed["message"].startswith("failed RangeError: too far")
    answer, tail = invoke(server, "node", {"id": 8, "fail": True})
    documents = [json.loads(line) for line in tail.splitlines()]
    thrown = next(one for one in documents if isinstance(one.get("message"), dict)
                  and "errorType" in one["message"])
    assert thrown["message"]["errorType"] == "TypeError"
    assert thrown["message"]["stackTrace"][0] == "TypeError: no such order"
    assert documents[-1]["record"]["status"] == "error"


def test_levels_and_forms_change(server):
    client = server.client("lambda")
    make(server, "changing", "python3.12", PYTHON)
    assert client.get_function_configuration(FunctionName="changing")["LoggingConfig"] == {
        "LogFormat": "Text", "LogGroup": "/aws/lambda/changing"}
    client.update_function_configuration(
        FunctionName="changing", LoggingConfig={
            "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "DEBUG"})
    _, tail = invoke(server, "changing", {"id": 1})
    assert '"hidden"' in tail and '"quiet"' in tail and '"platform.runtimeDone"' in tail
    client.update_function_configuration(
        FunctionName="changing", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "FATAL"})
    _, tail = invoke(server, "changing", {"id": 1})
    assert "failed" not in tail and "as it is" in tail
    with pytest.raises(ClientError) as caught:
        client.update_function_configuration(
            FunctionName="changing", LoggingConfig={"LogFormat": "Text", "SystemLogLevel": "WARN"})
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert "only where LogFormat is JSON" in caught.value.response["Error"]["Message"]


RAW = """
import os, subprocess, sys
def handler(event, context):
    subprocess.run(["/bin/echo", "of a child"])
    os.write(1, b"written past Python\\n")
    sys.stdout.write("buffered, ")
    sys.stdout.write("without an end")
"""
SHELL = r"""#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  head=$(mktemp)
  curl -sS -o /dev/null -D "$head" "$api/next" || exit 1
  id=$(grep -i '^lambda-runtime-aws-request-id' "$head" | tr -d '[:space:]' | cut -d: -f2)
  echo "a line of the shell"
  printf 'and half a one'
  curl -sS -o /dev/null -X POST "$api/$id/response" -d '{}'
done
"""


def kinds(tail):
    """Lines of a log, Lambda's own by their first word."""
    return [line.split(" ")[0] if line.split(" ")[0] in ("START", "END", "REPORT") else line
            for line in tail.splitlines()]


def test_all_that_was_written_stands_before_the_end(server):
    make(server, "raw", "python3.12", RAW)
    for _ in range(20):
        _, tail = invoke(server, "raw", {})
        assert kinds(tail) == [
            "START", "of a child", "written past Python", "buffered, without an end", "END",
            "REPORT"]


def test_so_it_does_with_a_runtime_of_ones_own(server):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        made.writestr(entry, SHELL)
    server.client("lambda").create_function(
        FunctionName="shell", Runtime="provided.al2023", Handler="any", Role=ROLE,
        Code={"ZipFile": file.getvalue()})
    for _ in range(10):
        _, tail = invoke(server, "shell", {})
        assert kinds(tail) == ["START", "a line of the shell", "and half a one", "END", "REPORT"]


def test_a_timeout_is_in_its_report(server):
    make(server, "slow", "python3.12", "import time\ndef handler(e, c): time.sleep(30)",
         LogFormat="JSON")
    client = server.client("lambda")
    client.update_function_configuration(FunctionName="slow", Timeout=1)
    answer, tail = invoke(server, "slow", {})
    assert "Task timed out after 1.00 seconds" in answer["Payload"].read().decode()
    report = json.loads(tail.splitlines()[-1])
    assert report["record"]["status"] == "timeout"


def test_a_template_says_how_its_functions_log(server):
    cloudformation, client = server.client("cloudformation"), server.client("lambda")

    def deploy(call, waiter, logging):
        call(StackName="logging", TemplateBody=json.dumps({"Resources": {"F": {
            "Type": "AWS::Lambda::Function", "Properties": {
                "FunctionName": "templated", "Handler": "index.handler", "Runtime": "python3.12",
                "Role": ROLE, "Code": {"ZipFile": PYTHON}, "LoggingConfig": logging}}}}))
        cloudformation.get_waiter(waiter).wait(StackName="logging")
        return client.get_function_configuration(FunctionName="templated")["LoggingConfig"]

    made = deploy(cloudformation.create_stack, "stack_create_complete",
                  {"LogFormat": "JSON", "ApplicationLogLevel": "WARN"})
    assert made["ApplicationLogLevel"] == "WARN" and made["SystemLogLevel"] == "INFO"
    changed = deploy(cloudformation.update_stack, "stack_update_complete", {"LogFormat": "Text"})
    assert changed == {"LogFormat": "Text", "LogGroup": "/aws/lambda/templated"}
    with pytest.raises(ClientError) as caught:
        deploy(cloudformation.update_stack, "stack_update_complete", {"SystemLogLevel": "WARN"})
    assert "SystemLogLevel can be set only where LogFormat is JSON" in str(caught.value)


def test_a_start_that_fails_is_reported(server):
    for form in ("Text", "JSON"):
        make(server, f"broken-{form}", "python3.12", "import nothing_of_this_name", LogFormat=form)
        answer, _ = invoke(server, f"broken-{form}", {})
        assert answer["FunctionError"] == "Unhandled"
    text = lines(server, "broken-Text")
    assert text[0].startswith("INIT_START Runtime Version: python:3.")
    assert re.fullmatch(
        r"INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: error"
        r"\tError Type: Runtime.ImportModuleError\t\n?", text[-1]), text
    documents = [json.loads(line) for line in lines(server, "broken-JSON") if line.startswith("{")]
    events = {one["type"]: one["record"] for one in documents if "type" in one}
    assert list(events) == ["platform.initStart", "platform.initRuntimeDone", "platform.initReport"]
    assert events["platform.initRuntimeDone"]["errorType"] == "Runtime.ImportModuleError"
    assert events["platform.initReport"]["status"] == "error"
    assert events["platform.initReport"]["metrics"]["durationMs"] > 0


def test_a_start_is_told_in_detail_at_the_level_debug(server):
    make(server, "detailed", "nodejs20.x", NODE, LogFormat="JSON", SystemLogLevel="DEBUG")
    invoke(server, "detailed", {"id": 1})
    kinds = [json.loads(line).get("type") for line in lines(server, "detailed")]
    kinds = [kind for kind in kinds if kind]
    assert kinds == [
        "platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.start",
        "platform.runtimeDone", "platform.report"]
