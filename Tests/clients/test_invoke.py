"""`leat invoke`: events, samples, replay, debuggers; and functions that run from their folders."""
import importlib.util
import json
import re
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from served import LEAT, ROOT, Served, clean_environment, leat

TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
  Echo:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 20
      Code: functions/echo
  Node:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 2
      Code: functions/node
"""
ECHO = """
def handler(event, context):
    print("a line of the function")
    if "secret" in event: raise ValueError("no secrets")
    return {"got": event}
"""
NODE = "exports.handler = async (event) => ({ node: event });\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("invoked")
    for name, text in [("template.yaml", TEMPLATE), ("functions/echo/app.py", ECHO),
                       ("functions/node/index.js", NODE)]:
        file = folder / "app" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.fixture(scope="module")
def data(stack):
    leat("deploy", stack / "app", "--yes", data=stack / "data")
    return stack / "data"


def test_the_answer_goes_to_standard_output_and_the_rest_beside(data, tmp_path):
    event = tmp_path / "event.json"
    event.write_text('{"a": [1, "é"]}')
    said = leat("invoke", "Echo", "--event", event, data=data)
    assert json.loads(said.stdout) == {"got": {"a": [1, "é"]}}
    assert "a line of the function" in said.stderr and "START RequestId" in said.stderr
    assert re.search(r"The function answered in [\d.]+ ms \(start [\d.]+ ms\), \d+ MB\.", said.stderr)
    # Without a server its process is this one, and so is the environment's end.
    assert json.loads(leat("invoke", "app/Node", data=data).stdout) == {"node": {}}


def test_json_tells_all_of_it(data):
    said = json.loads(leat("invoke", "Echo", "--json", "--sample", "sqs", data=data).stdout)
    assert said["answer"]["got"]["Records"][0]["eventSource"] == "aws:sqs"
    assert said["milliseconds"] > 0 and said["log"][0].startswith("INIT_START ")
    assert said["log"][1].startswith("START RequestId")


@pytest.mark.parametrize("sample", [
    "kinesis", "firehose", "sqs", "sns", "s3", "dynamodb", "apigateway", "http-api", "alb",
    "eventbridge", "scheduled"])
def test_samples_are_events_of_their_services(sample, data):
    said = leat("invoke", "Echo", "--sample", sample, "--print-event", data=data)
    assert json.loads(said.stdout) and (sample == "s3" or "000000000000" in said.stdout)


def test_records_fill_a_sample(data):
    said = leat("invoke", "Echo", "--sample", "kinesis", "--record", "one", "--record", "two",
                "--print-event", data=data)
    records = json.loads(said.stdout)["Records"]
    assert [r["kinesis"]["data"] for r in records] == ["b25l", "dHdv"]


def test_a_failure_has_its_exit_code_and_is_replayed(data, stack):
    event = json.dumps({"secret": "hunter2-not-for-disk"})
    failed = subprocess.run(
        [LEAT, "invoke", "Echo", "--event", "-", "--data", str(data)], input=event, text=True,
        capture_output=True, cwd=ROOT, env=clean_environment())
    assert failed.returncode == 3
    assert json.loads(failed.stdout)["errorType"] == "ValueError"
    assert "The function failed" in failed.stderr and "--replay" in failed.stderr
    again = leat("invoke", "Echo", "--replay", "--json", data=data, check=False)
    assert again.returncode == 3 and json.loads(again.stdout)["answer"]["errorMessage"] == "no secrets"
    for file in data.glob("leat.db*"):
        assert b"hunter2-not-for-disk" not in file.read_bytes()
    missing = leat("invoke", "Node", "--replay", data=data, check=False)
    assert missing.returncode == 1 and "has not failed" in missing.stderr


@pytest.mark.parametrize("arguments, status, words", [
    (["Ecko"], 1, "did you mean `Echo`?"),
    (["Echo", "--event", "nowhere.json"], 1, "nowhere.json"),
    (["Echo", "--event", "x", "--replay"], 64, "choose one"),
    (["Echo", "--record", "x"], 64, "--sample is missing"),
    (["Echo", "--inspect", "0"], 64, "1 to 65535"),
    (["Echo", "--inspect", "9229"], 1, "--debugpy is for Python"),
])
def test_mistakes(arguments, status, words, data):
    said = leat("invoke", *arguments, data=data, check=False)
    assert said.returncode == status and words in said.stdout + said.stderr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_a_debugger_of_node_attaches(data):
    """Speaks just enough of the inspector's protocol to let the process go on: Node 20 has no
    WebSocket of its own."""
    port = free_port()
    process = subprocess.Popen(
        [LEAT, "invoke", "Node", "--inspect", str(port), "--data", str(data)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=clean_environment())
    assert f"127.0.0.1:{port}" in process.stderr.readline()
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=20) as answer:
                target = json.load(answer)[0]["id"]
            break
        except urllib.error.URLError as error:
            assert isinstance(error.reason, ConnectionRefusedError) and process.poll() is None
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(
            f"GET /{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode())
        assert b"101" in s.recv(4096)
        order = b'{"id":1,"method":"Runtime.runIfWaitingForDebugger"}'
        # Again and again: the process may not wait yet.
        while True:
            s.sendall(bytes([0x81, 0x80 | len(order), 0, 0, 0, 0]) + order)
            try:
                out, error = process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                continue
    assert process.returncode == 0, error
    assert json.loads(out) == {"node": {}}


def test_a_debugger_of_python_is_missed_by_name(data):
    if importlib.util.find_spec("debugpy"):
        pytest.skip("debugpy is installed here")
    said = leat("invoke", "Echo", "--debugpy", free_port(), data=data, check=False)
    assert said.returncode == 1 and "pip install debugpy" in said.stdout + said.stderr


def test_a_served_function_runs_from_its_folder(data, stack):
    source = stack / "app/functions/echo/app.py"
    with Served("--watch", data=data):
        assert json.loads(leat("invoke", "Echo", data=data).stdout) == {"got": {}}
        source.write_text(ECHO.replace('"got"', '"changed"'))
        assert json.loads(leat("invoke", "Echo", data=data).stdout) == {"changed": {}}
        plan = leat("plan", stack / "app", data=data)
        assert "Echo" in plan.stdout
        assert not (source.parent / "__pycache__").exists()
        # A file beside is part of the code, too.
        (source.parent / "words.py").write_text('WORD = "from beside"\n')
        source.write_text("import words\ndef handler(event, context): return words.WORD\n")
        assert json.loads(leat("invoke", "Echo", data=data).stdout) == "from beside"
    # Without it the deployed code runs.
    assert json.loads(leat("invoke", "Echo", data=data).stdout) == {"got": {}}
