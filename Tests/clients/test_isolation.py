"""`--isolate`: functions behind walls that bubblewrap puts up."""
import json
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from botocore.exceptions import ClientError

from served import LEAT, ROOT, Served, clean_environment, leat
from test_runtimes import SHELL, archive

ROLE = "arn:aws:iam::000000000000:role/r"


def makes_namespaces():
    program = shutil.which("bwrap")
    return program and subprocess.run(
        [program, "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True).returncode == 0


isolated = pytest.mark.skipif(
    not makes_namespaces(), reason="bubblewrap is missing, or may make no namespaces here")

PYTHON = """
import json, os, socket, subprocess, sys, time, urllib.request

def attempt(work):
    try:
        return work()
    except OSError as error:
        return type(error).__name__ + ": " + str(error.strerror or error)

def connect(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(5)
        s.connect(tuple(address) if family == socket.AF_INET else address)
        return "connected"

def write(path):
    with open(path, "w") as file: file.write("x")
    return "written"

def handler(event, context):
    work = event["do"]
    if work == "read": return attempt(lambda: open(event["path"]).read())
    if work == "list": return attempt(lambda: sorted(os.listdir(event["path"])))
    if work == "write": return attempt(lambda: write(event["path"]))
    if work == "open": return attempt(lambda: open(event["path"], "r+b", 0).close())
    if work == "connect": return attempt(lambda: connect(event["address"]))
    if work == "environment": return dict(os.environ)
    if work == "processes": return sorted(int(n) for n in os.listdir("/proc") if n.isdigit())
    if work == "put":
        url = os.environ["AWS_ENDPOINT_URL"] + "/" + event["bucket"] + "/k"
        urllib.request.urlopen(urllib.request.Request(url, b"x" * event["size"], method="PUT"))
        return len(urllib.request.urlopen(url).read())
    if work == "sleep":
        subprocess.Popen(["sleep", event["mark"]], start_new_session=True)
        time.sleep(60)
    if work == "fill":
        held = []
        while True: held.append(b"x" * (8 << 20))
    if work == "kill": os.kill(os.getpid(), 9)
    if work == "where": return [__file__, os.getcwd(), os.environ["HOME"], sys.argv[0]]
"""
NODE = """
const fs = require('fs');
exports.handler = async (event) => {
  try { fs.writeFileSync('/var/task/x', 'x'); return 'written'; }
  catch (error) { return [error.code, __dirname, require('layered').name, fs.readFileSync('/opt/data.txt', 'utf8')]; }
};
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("isolated") / "data"
    with Served("--isolate", data=data) as server:
        server.data = str(data)
        client = server.client("lambda", read_timeout=60)
        make(client, "walled", archive(index_py=PYTHON), Timeout=20, MemorySize=256,
             Environment={"Variables": {"OWN": "mine", "LD_PRELOAD": "/var/task/none.so"}})
        yield server


@pytest.fixture(scope="module")
def client(server):
    return server.client("lambda", read_timeout=60)


def make(client, name, code, runtime="python3.11", **more):
    client.create_function(
        FunctionName=name, Runtime=runtime, Role=ROLE, Handler="index.handler",
        Code={"ZipFile": code}, **more)


def call(client, name="walled", **event):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.load(answer["Payload"])


def result(client, **event):
    error, answer = call(client, **event)
    assert error is None, answer
    return answer


@isolated
def test_its_files_are_where_aws_has_them_and_stay_as_they_are(client):
    assert result(client, do="where") == [
        "/var/task/index.py", "/var/task", "/tmp", "/var/runtime/python.py"]
    for path in ["/var/task/x", "/var/runtime/x", "/x", "/etc/x", "/usr/x", "/dev/shm/x", "/var/x"]:
        assert result(client, do="write", path=path) in (
            "OSError: Read-only file system", "PermissionError: Permission denied"), path
    assert result(client, do="write", path="/tmp/x") == "written"
    # Opened only: a write would change this machine where the walls had a hole.
    assert result(client, do="open", path="/proc/sys/kernel/core_pattern") in (
        "OSError: Read-only file system", "PermissionError: Permission denied")


@isolated
def test_it_sees_nothing_of_the_machine_s_users(client, server, tmp_path):
    (tmp_path / "secret").write_text("secret")
    for path in [str(tmp_path / "secret"), "/etc/shadow", os.path.abspath(__file__)]:
        assert result(client, do="read", path=path).startswith("FileNotFoundError"), path
    seen = result(client, do="list", path="/")
    assert not {"home", "run", "work", "srv", "mnt", "sys"} & set(seen)
    own = result(client, do="environment")
    assert own["OWN"] == "mine" and own["LAMBDA_TASK_ROOT"] == "/var/task"
    assert own["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert own["AWS_ENDPOINT_URL"] == server.endpoint
    assert not {"PYTEST_CURRENT_TEST", "USER", "OLDPWD"} & set(own)
    assert max(result(client, do="processes")) < 20


@isolated
def test_it_reaches_leat_and_nothing_else(client, server, tmp_path):
    bucket = "isolated"
    server.client("s3").create_bucket(Bucket=bucket)
    assert result(client, do="put", bucket=bucket, size=9_000_000) == 9_000_000
    listener = socket.create_server(("127.0.0.1", 0))
    here = listener.getsockname()
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(str(tmp_path / "s"))
    unix.listen()
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(b"\0leat-isolation-test")
    abstract.listen()
    with listener, unix, abstract:
        assert result(client, do="connect", address=here).startswith("ConnectionRefusedError")
        assert result(client, do="connect", address=["192.0.2.1", 80]) == (
            "OSError: Network is unreachable")
        assert result(client, do="connect", address=str(tmp_path / "s")).startswith(
            "FileNotFoundError")
        assert result(client, do="connect", address="\0leat-isolation-test").startswith(
            "ConnectionRefusedError")
    port = int(server.endpoint.rsplit(":", 1)[1])
    assert result(client, do="connect", address=["127.0.0.1", port]) == "connected"


@isolated
def test_limits_hold_and_the_whole_tree_ends(client):
    client.update_function_configuration(FunctionName="walled", Timeout=2)
    mark = str(30_000 + os.getpid() % 9_000)
    error, answer = call(client, do="sleep", mark=mark)
    assert error and "Task timed out after 2.00 seconds" in answer["errorMessage"]
    deadline = time.monotonic() + 5
    while subprocess.run(["pgrep", "-f", f"^sleep {mark}$"], capture_output=True).returncode == 0:
        assert time.monotonic() < deadline, "a child outlived the time-out"
    client.update_function_configuration(FunctionName="walled", Timeout=20)
    error, answer = call(client, do="fill")
    assert error and answer["errorType"] == "Runtime.OutOfMemory", answer
    error, answer = call(client, do="kill")
    assert error and answer["errorMessage"].endswith("signal: killed"), answer
    assert result(client, do="write", path="/tmp/again") == "written"


@isolated
def test_layers_node_and_shell(client):
    layer = client.publish_layer_version(
        LayerName="layered", Content={"ZipFile": archive_of({
            "nodejs/node_modules/layered/index.js": "exports.name = 'layered';",
            "data.txt": "from a layer"})})["LayerVersionArn"]
    make(client, "walled-node", archive(index_js=NODE), "nodejs20.x", Layers=[layer], Timeout=20)
    assert call(client, "walled-node") == (None, ["EROFS", "/var/task", "layered", "from a layer"])
    make(client, "walled-shell", archive(bootstrap=SHELL), "provided.al2023", Timeout=20)
    assert call(client, "walled-shell", a=1) == (None, {"shell": {"a": 1}})


def archive_of(files):
    import io
    import zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name, text)
    return out.getvalue()


@isolated
def test_many_at_once(client):
    make(client, "walled-many", archive(index_py=PYTHON), Timeout=30)
    failures = []

    def work():
        for _ in range(5):
            try:
                if call(client, "walled-many", do="write", path="/tmp/x") != (None, "written"):
                    failures.append("failed")
            except ClientError as error:
                failures.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert failures == []


@isolated
def test_a_debugger_is_refused(server, client, tmp_path):
    said = subprocess.run(
        [LEAT, "invoke", "walled", "--debugpy", "5678", "--data", server.data], cwd=ROOT, text=True,
        capture_output=True, env=clean_environment(), timeout=60)
    assert said.returncode == 1 and "--isolate" in said.stderr


@isolated
def test_a_command_isolates_by_itself_or_asks_the_server(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/template.yaml").write_text(f"""
Resources:
  Where:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: {ROLE}
      Code:
        ZipFile: |
          import os
          def handler(event, context): return os.getcwd()
""")
    data = tmp_path / "data"
    leat("deploy", tmp_path / "app", "--yes", "--isolate", data=data)
    assert json.loads(leat("invoke", "Where", "--isolate", data=data).stdout) == "/var/task"
    assert json.loads(leat("invoke", "Where", data=data).stdout) != "/var/task"
    with Served(data=data):
        said = leat("invoke", "Where", "--isolate", data=data, check=False)
        assert said.returncode == 1 and "does not isolate functions" in said.stderr
    with Served("--isolate", data=data):
        assert json.loads(leat("invoke", "Where", "--isolate", data=data).stdout) == "/var/task"


def test_without_bubblewrap_nothing_is_started(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace'\nexit 1\n")
    for path, words in [("/nowhere", "there is no `bwrap` in PATH"), (str(programs), "No permissions")]:
        (programs / "bwrap").chmod(0o755)
        for command in (["serve", "--port", "0"], ["invoke", "f"], ["destroy", "x"]):
            said = leat(*command, "--isolate", data=tmp_path / "data", check=False, PATH=path)
            assert said.returncode == 1, said.stdout
            assert "LT5008" in said.stderr and words in said.stderr and "bubblewrap" in said.stderr
        assert not (tmp_path / "data").exists()
        said = leat("doctor", data=tmp_path / "data", check=False, PATH=path)
        assert "isolated functions (--isolate): functions can't be isolated" in said.stdout


@isolated
def test_the_doctor_knows(tmp_path):
    said = leat("doctor", data=tmp_path / "data", check=False)
    assert "isolated functions (--isolate): " in said.stdout and "bubblewrap" in said.stdout
