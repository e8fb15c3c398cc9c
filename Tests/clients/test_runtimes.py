"""The Runtime API under clients of others, streamed responses, and functions that misbehave."""
import base64
import concurrent.futures
import datetime
import io
import json
import os
import select
import sys
import time
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError

from served import Served

ROLE = "arn:aws:iam::000000000000:role/r"

AWSLAMBDARIC = f"""#!/bin/sh
exec {sys.executable} -m awslambdaric index.handler
"""
AWSLAMBDARIC_HANDLER = """
import os

def handler(event, context):
    if event.get("fails"): raise LookupError("nothing there")
    print("seen by awslambdaric")
    return {"event": event, "name": context.function_name, "id": context.aws_request_id,
            "left": context.get_remaining_time_in_millis(), "trace": os.environ["_X_AMZN_TRACE_ID"],
            "client": context.client_context.custom if context.client_context else None}
"""
SHELL = r"""#!/bin/sh
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  headers="$(mktemp)"
  event="$(curl -sS -LD "$headers" "$api/invocation/next")"
  id="$(grep -Fi Lambda-Runtime-Aws-Request-Id "$headers" | tr -d '[:space:]' | cut -d: -f2)"
  case "$event" in
    *streams*) printf 'one\ntwo\n' | curl -sS -X POST -H 'Transfer-Encoding: chunked' \
        -H 'Lambda-Runtime-Function-Response-Mode: streaming' --data-binary @- \
        "$api/invocation/$id/response" > /dev/null ;;
    *fails*) curl -sS -X POST "$api/invocation/$id/error" \
        -d '{"errorType":"Shell.Failure","errorMessage":"as asked"}' > /dev/null ;;
    *extends*) curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension/register" \
        -H 'Lambda-Extension-Name: e' -d '{"events":[]}' \
        | curl -sS -X POST "$api/invocation/$id/response" --data-binary @- > /dev/null ;;
    *) curl -sS -X POST "$api/invocation/$id/response" -d "{\"shell\":$event}" > /dev/null ;;
  esac
done
"""


def archive(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("_", "."), text)
    return out.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(data=tmp_path_factory.mktemp("runtimes") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    return server.client("lambda", read_timeout=120)


def make(client, name, code, runtime="python3.11", **more):
    client.create_function(
        FunctionName=name, Runtime=runtime, Role=ROLE, Handler="index.handler",
        Code={"ZipFile": code}, **{"Timeout": 20, **more})


def call(client, name, event, **more):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return answer, json.loads(answer["Payload"].read())


def tail(answer):
    return base64.b64decode(answer["LogResult"]).decode()


def test_a_trace_goes_on_where_the_caller_is_part_of_one(server):
    client = server.client("lambda")
    trace = "Root=1-65a1b2c3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"
    client.meta.events.register(
        "before-call.lambda.Invoke",
        lambda params, **_: params["headers"].update({"X-Amzn-Trace-Id": trace}))
    make(client, "traced", archive(index_py="""
import os
def handler(event, context):
    return os.environ["_X_AMZN_TRACE_ID"]
"""))
    assert call(client, "traced", {})[1] == trace


def test_a_trace_goes_on_into_events(server):
    """Asynchronous calls too, and their retries."""
    client = server.client("lambda")
    trace = "Root=1-65a1b2c3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"
    client.meta.events.register(
        "before-call.lambda.Invoke",
        lambda params, **_: params["headers"].update({"X-Amzn-Trace-Id": trace}))
    make(client, "traced-event", archive(index_py="""
import os
def handler(event, context):
    print("the trace is", os.environ["_X_AMZN_TRACE_ID"])
"""))
    client.invoke(FunctionName="traced-event", InvocationType="Event")
    logs = server.client("logs")
    deadline = time.monotonic() + 20
    while True:
        try:
            events = logs.filter_log_events(logGroupName="/aws/lambda/traced-event")["events"]
        except logs.exceptions.ResourceNotFoundException:
            events = []
        lines = [event["message"] for event in events]
        if any(line.startswith("REPORT") for line in lines):
            break
        assert time.monotonic() < deadline
    assert f"the trace is {trace}\n" in lines


# AWS's own client, and one written in shell

def test_awss_own_runtime_client_runs_unchanged(client):
    pytest.importorskip("awslambdaric")
    make(client, "ric", archive(bootstrap=AWSLAMBDARIC, index_py=AWSLAMBDARIC_HANDLER),
         "provided.al2023")
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    answer, result = call(client, "ric", {"a": [1]}, ClientContext=context, LogType="Tail")
    assert "FunctionError" not in answer, result
    assert result["event"] == {"a": [1]} and result["name"] == "ric"
    assert 10_000 < result["left"] <= 20_000
    assert result["trace"].startswith("Root=1-") and result["client"] == {"k": "v"}
    assert "seen by awslambdaric\n" in tail(answer)
    answer, result = call(client, "ric", {"fails": True})
    assert answer["FunctionError"] == "Unhandled"
    assert (result["errorType"], result["errorMessage"]) == ("LookupError", "nothing there")
    assert any("index.py" in line for line in result["stackTrace"])


@pytest.fixture(scope="module")
def shell(client):
    make(client, "sh", archive(bootstrap=SHELL), "provided.al2")
    return "sh"


def test_a_bootstrap_in_shell(client, shell):
    assert call(client, shell, {"n": 1})[1] == {"shell": {"n": 1}}
    answer, result = call(client, shell, {"fails": 1})
    assert answer["FunctionError"] == "Unhandled" and result["errorType"] == "Shell.Failure"
    # Extensions are refused by name.
    assert "Extensions API" in call(client, shell, {"extends": 1})[1]["errorMessage"]


def chunks(client, name, event):
    answer = client.invoke_with_response_stream(
        FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    pieces, end = [], None
    for item in answer["EventStream"]:
        if "PayloadChunk" in item:
            pieces.append(item["PayloadChunk"]["Payload"])
        else:
            end = item["InvokeComplete"]
    return pieces, end


def test_a_streamed_response_of_a_bootstrap_is_collected_where_it_is_wanted_whole(client, shell):
    answer = client.invoke(FunctionName=shell, Payload=b'"streams"')
    assert answer["Payload"].read() == b"one\ntwo\n"
    pieces, end = chunks(client, shell, "streams")
    assert b"".join(pieces) == b"one\ntwo\n" and "ErrorCode" not in end


# Streams of Node functions

STREAMS = """
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.early) throw new RangeError('before');
  stream.setContentType('text/plain');
  for (let n = 0; n < event.count; n++) {
    if (!stream.write(`chunk ${n};`)) await new Promise((go) => stream.once('drain', go));
    if (event.slowly) await new Promise((go) => setTimeout(go, 20));
    if (event.late && n === 2) throw new RangeError('after');
  }
  stream.end();
});
"""


@pytest.fixture(scope="module")
def streams(client):
    make(client, "streams", archive(index_js=STREAMS), "nodejs20.x")
    make(client, "whole", archive(index_js="exports.handler = async () => ({ ok: true });"),
         "nodejs20.x")
    return "streams"


def test_a_function_streams_its_response(client, streams):
    pieces, end = chunks(client, streams, {"count": 5, "slowly": True})
    assert b"".join(pieces) == b"chunk 0;chunk 1;chunk 2;chunk 3;chunk 4;"
    assert len(pieces) > 1, "nothing came before the end"
    assert "START RequestId" in tail(end) and "ErrorCode" not in end
    pieces, _ = chunks(client, streams, {"count": 100_000})
    assert b"".join(pieces).count(b";") == 100_000
    assert client.invoke(
        FunctionName=streams, Payload=b'{"count": 2}')["Payload"].read() == b"chunk 0;chunk 1;"


def test_faults_of_streams_are_told_at_their_end(client, streams):
    pieces, end = chunks(client, streams, {"count": 9, "slowly": True, "late": True})
    assert b"".join(pieces).startswith(b"chunk 0;")
    assert end["ErrorCode"] == "RangeError" and "after" in end["ErrorDetails"]
    pieces, end = chunks(client, streams, {"early": True})
    assert pieces == [] and end["ErrorCode"] == "RangeError"
    # The process goes on after both.
    assert b"".join(chunks(client, streams, {"count": 1})[0]) == b"chunk 0;"


def test_a_whole_response_is_one_chunk(client, streams):
    pieces, end = chunks(client, "whole", {})
    assert pieces == [b'{"ok":true}'] and "ErrorCode" not in end


# Bounds

def test_payloads_have_awss_bounds(client):
    make(client, "size", archive(index_py="def handler(e, c): return 'x' * e.get('n', 0)"),
         MemorySize=512)
    most = 6 * 1024 * 1024
    answer, result = call(client, "size", {"n": most - 2})
    assert "FunctionError" not in answer and len(result) == most - 2
    answer, result = call(client, "size", {"n": most + 200})
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == "Function.ResponseSizeTooLarge"
    with pytest.raises(ClientError) as refusal:
        client.invoke(FunctionName="size", Payload=json.dumps("x" * most))
    assert refusal.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    with pytest.raises(ClientError) as refusal:
        client.invoke(
            FunctionName="size", InvocationType="Event", Payload=json.dumps("x" * (1 << 20)))
    assert refusal.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


MISBEHAVES = """
import os, signal, subprocess, sys, time

def handler(event, context):
    what = event["what"]
    if what == "forks":
        # Children that outlive the call, one of them in a session of its own.
        subprocess.Popen(["sleep", "987654"])
        subprocess.Popen(["sleep", "987654"], start_new_session=True)
        return [int(line) for line in subprocess.run(
            ["pgrep", "-f", "sleep 987654"], capture_output=True, text=True).stdout.split()]
    if what == "bombs":
        for _ in range(2000):
            if os.fork() == 0: time.sleep(1000)
        time.sleep(30)
    if what == "children":
        for _ in range(4): subprocess.Popen(
            [sys.executable, "-c", "b = bytearray(60 << 20); import time; time.sleep(1000)"])
        time.sleep(30)
    if what == "one file":
        with open(os.path.join(os.environ["TMPDIR"], "f"), "wb") as f:
            for _ in range(700): f.write(b"x" * (1 << 20))
    if what == "many files":
        for n in range(40):
            with open(os.path.join(os.environ["TMPDIR"], str(n)), "wb") as f:
                f.truncate(20 << 20)
        time.sleep(30)
    if what == "closes":
        os.closerange(3, 1024)
        return "closed"
    if what == "prints":
        for _ in range(1000): print("x" * 100_000)
        return "printed"
    if what == "files":
        return len([open("/dev/null") for _ in range(2000)])
    if what == "hangs":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True: time.sleep(60)
    return os.getpid()
"""


@pytest.fixture(scope="module")
def unruly(client):
    make(client, "unruly", archive(index_py=MISBEHAVES), Timeout=10, MemorySize=200)
    make(client, "quiet", archive(index_py="import os\ndef handler(e, c): return os.getpid()"))
    return "unruly"


@pytest.mark.parametrize("what, types, message", [
    # By their number or by their memory, whichever is seen first.
    ("bombs", ("Runtime.ExitError", "Runtime.OutOfMemory"), "killed"),
    ("children", ("Runtime.OutOfMemory",), "killed"),
    ("one file", ("OSError",), "File too large"),
    ("many files", ("Runtime.ExitError",), "killed"),
    ("files", ("OSError",), "Too many open files"),
    ("closes", ("Runtime.ExitError",), ""),
])
def test_what_misbehaves_is_ended_and_harms_nobody_else(client, unruly, what, types, message):
    _, quiet = call(client, "quiet", {})
    answer, result = call(client, unruly, {"what": what})
    assert answer.get("FunctionError") == "Unhandled", result
    assert result["errorType"] in types and message in result["errorMessage"], result
    # The same process answers next door, and the function itself goes on.
    assert call(client, "quiet", {})[1] == quiet
    assert isinstance(call(client, unruly, {"what": "nothing"})[1], int)


def test_a_hundred_megabytes_of_output_hold_up_nobody(client, unruly):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        printing = pool.submit(call, client, unruly, {"what": "prints"})
        assert all(isinstance(call(client, "quiet", {})[1], int) for _ in range(20))
        answer, result = printing.result()
        assert result == "printed" or result["errorType"] == "Sandbox.Timedout"


def ends(pid):
    """Waits for the end of a process that is no child of this one."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 20)[0])
    finally:
        os.close(descriptor)


def test_children_end_with_their_function(client, unruly):
    children = call(client, unruly, {"what": "forks"})[1]
    assert len(children) >= 2
    client.update_function_configuration(FunctionName=unruly, Description="another one")
    assert all(ends(pid) for pid in children)


def test_a_function_that_ignores_the_end_is_ended(client, unruly):
    client.update_function_configuration(FunctionName=unruly, Timeout=1)
    answer, result = call(client, unruly, {"what": "hangs"})
    assert result["errorType"] == "Sandbox.Timedout"
    client.update_function_configuration(FunctionName=unruly, Timeout=10)


def test_a_function_is_told_of_the_end(client, tmp_path):
    said = tmp_path / "said"
    make(client, "told", archive(index_py=f"""
import os, signal, sys
def end(*_):
    open({str(said)!r}, "w").write("SIGTERM")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
def handler(e, c): return os.getpid()
"""))
    pid = call(client, "told", {})[1]
    client.delete_function(FunctionName="told")
    assert ends(pid) and said.read_text() == "SIGTERM"


def test_many_calls_at_once_all_succeed(client):
    make(client, "many", archive(index_js="exports.handler = async (e) => e.n + 1;"), "nodejs20.x")
    many = 400

    def one(n):
        answer, result = call(client, "many", {"n": n})
        return "FunctionError" not in answer and result == n + 1

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(one, range(many))) == many


# The surroundings

def test_the_environment_is_awss_and_of_the_roles_session(client):
    make(client, "env", archive(index_py="""
import boto3, os
def handler(e, c):
    return {"env": dict(os.environ), "who": boto3.client("sts").get_caller_identity()["Arn"]}
"""), Environment={"Variables": {"MINE": "1"}})
    _, result = call(client, "env", {})
    assert result["who"] == "arn:aws:sts::000000000000:assumed-role/r/env"
    assert result["env"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    known = {
        "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING",
        "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "PATH", "PYTHONPATH", "TZ", "_HANDLER",
        "_X_AMZN_TRACE_ID",
        # Leat's own: the way to itself, and a private folder.
        "AWS_ENDPOINT_URL", "AWS_EC2_METADATA_DISABLED", "HOME", "TMPDIR", "PYTHONIOENCODING",
        "MINE",
    }
    assert set(result["env"]) <= known | {"LC_CTYPE"}, set(result["env"]) - known


@pytest.mark.parametrize("moves", [False, True])
def test_functions_see_the_virtual_time(moves, tmp_path):
    flags = ["--virtual-time-in-functions"] if moves else []
    with Served("--clock", "virtual", *flags, data=tmp_path / "data") as server:
        client = server.client("lambda")
        make(client, "py", archive(index_py="""
import datetime, logging, time
def handler(e, c):
    logging.warning("a line")
    return {"left": c.get_remaining_time_in_millis(), "now": time.time(),
            "year": datetime.datetime.now().year, "spent": datetime.date.today().isoformat()}
"""))
        make(client, "js", archive(index_js="""
exports.handler = async (e, c) => {
  console.log('a line');
  return { left: c.getRemainingTimeInMillis(), now: Date.now() / 1000,
    year: new Date().getFullYear(), spent: new Date().toISOString().slice(0, 10) };
};
"""), "nodejs20.x")
        body = json.dumps({"milliseconds": 300 * 86_400_000}).encode()
        with urllib.request.urlopen(urllib.request.Request(
                f"{server.endpoint}/_leat/clock/advance", body, method="POST")) as answer:
            virtual = json.load(answer)["milliseconds"] / 1000
        for name in ("py", "js"):
            answer, result = call(client, name, {}, LogType="Tail")
            assert 15_000 < result["left"] <= 20_000, name
            assert (abs(result["now"] - virtual) < 60) == moves, name
            assert (result["spent"] == virtual_day(virtual)) == moves
            assert virtual_day(virtual) in tail(answer), "the log's time is the environment's"


def virtual_day(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date().isoformat()
