"""The command line's manners: servers side by side, findings for every file, plans for programs."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import subprocess

import jsonschema
import pytest

from served import LEAT, ROOT, clean_environment, leat

LOGS = "Resources: {Logs: {Type: AWS::Logs::LogGroup}}\n"
FUNCTION = """
Resources:
  Greeter:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/none
      Code: %s
"""
ASSEMBLY = ROOT / "Tests/assemblies/two-stacks"
SCHEMA = json.loads((ROOT / "docs/plan.schema.json").read_text())


def run(*arguments, folder, check=False, **more):
    """A command in a folder, with the data directory that it takes by itself."""
    return subprocess.run([LEAT, *map(str, arguments)], cwd=folder, text=True, check=check,
                          capture_output=True, env=clean_environment(**more), timeout=60)


class Ephemeral:
    """`leat serve --ephemeral --port 0` in a folder."""

    def __init__(self, folder, *arguments, **more):
        self.process = subprocess.Popen(
            [LEAT, "serve", "--ephemeral", "--port", "0", "--json", *arguments], cwd=folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(**more))
        self.says = json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.terminate()
        return self.process.communicate(timeout=30)[1]


def test_ephemeral_servers_run_side_by_side_and_leave_nothing(tmp_path):
    folder, temporary = tmp_path / "project", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    servers = [Ephemeral(folder, TMPDIR=str(temporary)) for _ in range(3)]
    (folder / "a.yaml").write_text(LOGS)
    assert len({server.says["endpoint"] for server in servers}) == 3
    for number, server in enumerate(servers):
        run("deploy", "a.yaml", "--stack-name", f"s{number}", "--yes", "--data",
            server.says["data"], folder=folder, check=True)
    for number, server in enumerate(servers):
        listed = run("list", "--json", "--data", server.says["data"], folder=folder).stdout
        assert [stack["name"] for stack in json.loads(listed)] == [f"s{number}"]
    assert servers[0].says["data"] == ".leat"
    errors = [server.stop() for server in servers]
    assert f"--data {servers[1].says['data']}" in errors[1]
    assert [server.process.returncode for server in servers] == [0, 0, 0]
    assert os.listdir(temporary) == [] and os.listdir(folder) == ["a.yaml"]


def test_an_ephemeral_server_leaves_a_directory_that_was_there(tmp_path):
    (tmp_path / "a.yaml").write_text(LOGS)
    run("deploy", "a.yaml", "--yes", folder=tmp_path, check=True)
    Ephemeral(tmp_path).stop()
    assert "CREATE_COMPLETE" in run("list", folder=tmp_path).stdout


def test_up_on_a_taken_port_deploys_nothing(tmp_path):
    (tmp_path / "a.yaml").write_text(LOGS)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = run("up", "a.yaml", "--port", port, "--yes", folder=tmp_path)
    assert up.returncode == 1 and "LT5005" in up.stderr and f"port {port}" in up.stderr
    assert "CREATE" not in up.stdout
    assert run("list", folder=tmp_path).stdout == "No stacks.\n"


def test_a_plan_for_programs_names_stacks_that_wait(tmp_path):
    data, kept = tmp_path / "data", tmp_path / "change.plan"
    planned = leat("plan", ASSEMBLY, "--json", "--out", kept, data=data)
    plan = json.loads(planned.stdout)
    jsonschema.validate(plan, SCHEMA)
    assert [p["stack"]["name"] for p in plan["plans"]] == ["Tides-Store"]
    assert plan["waiting"] == [{"stack": "Tides-Service", "waitsFor": ["Tides-Store"]}]
    applied = leat("apply", kept, "--yes", data=data)
    assert "Tides-Service: can be planned when Tides-Store is deployed" in applied.stdout
    names = [s["name"] for s in json.loads(leat("list", "--json", data=data).stdout)]
    assert names == ["Tides-Store"]
    leat("deploy", ASSEMBLY, "--yes", data=data)
    gone = tmp_path / "gone.plan"
    removal = leat("plan", ASSEMBLY, "--destroy", "--empty-buckets", "--out", gone, "--json",
                   data=data)
    plan = json.loads(removal.stdout)
    jsonschema.validate(plan, SCHEMA)
    assert [p["stack"]["name"] for p in plan["plans"]] == ["Tides-Service", "Tides-Store"]
    states = json.loads(leat("apply", gone, "--yes", "--json", data=data).stdout)
    assert [state["status"] for state in states] == ["DELETE_COMPLETE"] * 2
    assert leat("list", data=data).stdout == "No stacks.\n"


def test_a_plan_follows_its_schema(tmp_path):
    data, template = tmp_path / "data", tmp_path / "a.yaml"
    body = "Resources:\n  Logs: {Type: AWS::Logs::LogGroup}\n" \
           "  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: %d}}\n"
    template.write_text(body % 1)
    created = json.loads(leat("plan", template, "--json", data=data).stdout)
    leat("deploy", template, "--yes", data=data)
    template.write_text(body % 2)
    updated = json.loads(leat("plan", template, "--json", data=data).stdout)
    removed = json.loads(leat("plan", template, "--destroy", "--json", data=data).stdout)
    for plan in created, updated, removed:
        jsonschema.validate(plan, SCHEMA)
        assert plan["formatVersion"] == 1
    assert created["summary"] == {
        "create": 2, "update": 0, "replace": 0, "move": 0, "import": 0, "adopt": 0, "delete": 0,
        "retain": 0, "keep": 0}
    assert updated["unchanged"] == ["Logs"] and [c["logicalId"] for c in updated["changes"]] == [
        "Stream"]
    assert updated["changes"][0]["properties"][0]["path"] == "ShardCount"
    assert removed["kind"] == "delete" and removed["summary"]["delete"] == 2
    for command in ["deploy", "destroy"]:
        # One document, also where a plan comes before a deployment.
        json.loads(leat(command, template, "--yes", "--json", data=data).stdout)


def test_every_file_is_checked_though_one_is_missing(tmp_path):
    good, bad, gone = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "gone.yaml"
    good.write_text(LOGS)
    bad.write_text("Resources:\n  Logs: {Type: AWS::Logs::LogGruop}\n")
    text = leat("validate", gone, bad, good, data=tmp_path, check=False)
    assert text.returncode == 1 and text.stdout == f"{good}: valid\n"
    assert "error[LT5003]" in text.stderr and "gone.yaml" in text.stderr
    assert "error[LT3001]" in text.stderr
    document = json.loads(
        leat("validate", gone, bad, good, "--json", data=tmp_path, check=False).stdout)
    assert sorted(d["code"] for d in document["diagnostics"]) == ["LT3001", "LT5003"]
    report = json.loads(leat(
        "validate", gone, bad, good, "--format", "sarif", data=tmp_path, check=False).stdout)
    (found,) = report["runs"]
    assert sorted(r["ruleId"] for r in found["results"]) == ["LT3001", "LT5003"]
    for result in found["results"]:
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
    unknown = json.loads(leat("validate", good, "--parameters", "None=1", "--format", "sarif",
                              data=tmp_path, check=False).stdout)["runs"][0]["results"]
    assert [r["ruleId"] for r in unknown] == ["LT2010"] and unknown[0]["locations"]
    for rule in found["tool"]["driver"]["rules"]:
        assert re.fullmatch("[A-Z][A-Za-z]+", rule["name"])
        assert rule["helpUri"].startswith("https://docs.aws.amazon.com/")
        assert rule["shortDescription"]["text"].endswith(".") and rule["help"]["text"]


@pytest.mark.parametrize("words, offered", [
    (["deploy", "tem"], "template.yaml"), (["validate", "tem"], "template.yaml"),
    (["validate", "other.yaml", "tem"], "template.yaml"), (["apply", "cha"], "change.plan"),
    (["send", "stream", "--file", "rec"], "records.jsonl"), (["fmt", "tem"], "template.yaml"),
    (["depl"], "deploy"), (["list", "--data", "fol"], "folder"),
])
def test_bash_completes_files(tmp_path, words, offered):
    for name in ["template.yaml", "other.yaml", "change.plan", "records.jsonl"]:
        (tmp_path / name).write_text("")
    (tmp_path / "folder").mkdir()
    script = tmp_path / ".completion"
    script.write_text(run("completion", "bash", folder=tmp_path).stdout)
    line = " ".join(["leat", *words])
    done = subprocess.run(
        ["bash", "--norc", "-c", """
         source "$1"; shift
         COMP_WORDS=(leat "$@"); COMP_CWORD=$#; COMP_LINE="$LINE"; COMP_POINT=${#COMP_LINE}
         _leat leat "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
         printf '%s\\n' "${COMPREPLY[@]}"
         """, "bash", script, *words], cwd=tmp_path, text=True, capture_output=True,
        env={**os.environ, "LINE": line}, timeout=30)
    assert offered in [name.rstrip(" /") for name in done.stdout.splitlines()], done.stderr


def test_a_command_that_is_none_suggests_the_one_that_was_meant(tmp_path):
    meant = run("deplyo", "a.yaml", folder=tmp_path)
    assert meant.returncode == 64 and "did you mean `deploy`?" in meant.stderr
    far = run("xyzzy", folder=tmp_path)
    assert far.returncode == 64 and "leat --help" in far.stderr


def test_logs_of_nothing_are_an_error(tmp_path):
    (tmp_path / "a.yaml").write_text(FUNCTION % "{ZipFile: 'handler = print'}")
    run("deploy", "a.yaml", "--stack-name", "greeting", "--yes", folder=tmp_path, check=True)
    lost = run("logs", "greeitng", folder=tmp_path)
    assert lost.returncode == 1 and "did you mean `greeting`?" in lost.stderr
    assert run("logs", "/aws/lambda/none", folder=tmp_path).returncode == 1
    # A function that has not run yet has no group, and is no mistake.
    silent = run("logs", "greeting", folder=tmp_path, check=True)
    assert "nothing logged yet" in silent.stdout
    name = silent.stdout.split(":")[0].removeprefix("/aws/lambda/")
    run("logs", name, folder=tmp_path, check=True)


def test_stacks_are_spoken_of_where_there_is_such_a_folder(tmp_path):
    lost = run("plan", "nothing", folder=tmp_path)
    assert lost.returncode == 1 and "LT5003" in lost.stderr and "stacks" not in lost.stderr
    (tmp_path / "stacks").mkdir()
    assert "stacks/ is empty" in run("plan", "nothing", folder=tmp_path).stderr


def test_what_sam_builds_is_the_stack_of_its_project(tmp_path):
    project = tmp_path / "orders"
    built = project / ".aws-sam/build"
    built.mkdir(parents=True)
    (built / "template.yaml").write_text(
        "Parameters: {Days: {Type: Number}}\nResources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n"
        "    Properties: {RetentionInDays: !Ref Days}\n")
    (project / "environments").mkdir()
    (project / "environments/dev.json").write_text('{"Parameters": {"Days": 7}}')
    for argument, folder in [(".aws-sam/build", project), ("orders/.aws-sam/build", tmp_path),
                             (".aws-sam/build/template.yaml", project)]:
        plan = run("plan", argument, "--env", "dev", "--json", folder=folder, check=True)
        assert json.loads(plan.stdout)["stack"]["name"] == "dev-orders"
    shutil.copy(built / "template.yaml", project)
    plan = run("plan", ".", "--parameters", "Days=1", "--json", folder=project, check=True)
    assert json.loads(plan.stdout)["stack"]["name"] == "orders"


def test_python_functions_without_python_warn(tmp_path):
    (tmp_path / "a.yaml").write_text(FUNCTION % "{ZipFile: 'handler = print'}")
    empty = tmp_path / "bin"
    empty.mkdir()
    warned = run("deploy", "a.yaml", "--yes", folder=tmp_path, check=True, PATH=str(empty))
    assert "warning[LT5007]" in warned.stderr and "`python3`" in warned.stderr
    assert "`Greeter`" in warned.stderr
    told = run("deploy", "a.yaml", "--stack-name", "b", "--yes", "--json", folder=tmp_path,
               check=True, PATH=str(empty))
    assert json.loads(told.stdout)["status"] == "CREATE_COMPLETE" and "LT5007" in told.stderr
    planned = run("plan", "a.yaml", "--stack-name", "c", "--json", folder=tmp_path, check=True,
                  PATH=str(empty))
    assert [d["code"] for d in json.loads(planned.stdout)["diagnostics"]] == ["LT5007"]
    assert planned.stderr == ""
    (tmp_path / "b.yaml").write_text(LOGS)
    quiet = run("deploy", "b.yaml", "--yes", folder=tmp_path, check=True, PATH=str(empty))
    assert quiet.stderr == ""


def test_unchanged_code_is_not_uploaded_again(tmp_path):
    code, template = tmp_path / "code", tmp_path / "a.yaml"
    code.mkdir()
    (code / "index.py").write_text("def handler(event, context): return 1\n")
    template.write_text(FUNCTION % "code")
    assert "↑" in leat("plan", template, data=tmp_path / "data").stdout
    leat("deploy", template, "--yes", data=tmp_path / "data")
    template.write_text(template.read_text() + "      Description: kept\n")
    changed = leat("plan", template, data=tmp_path / "data").stdout
    assert "1 to update" in changed and "↑" not in changed
    (code / "index.py").write_text("def handler(event, context): return 2\n")
    assert "↑" in leat("plan", template, data=tmp_path / "data").stdout


def on_terminal(*arguments, folder):
    """The output of a command on a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(LEAT, [LEAT, *arguments], clean_environment(TERM="xterm", COLUMNS="100"))
    said = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, said
    return said.decode()


def test_a_resource_takes_one_line_on_a_terminal(tmp_path):
    (tmp_path / "a.yaml").write_text(LOGS)
    said = on_terminal("deploy", "a.yaml", "--yes", folder=tmp_path)
    shown = [line.split("\r\x1b[2K")[-1] for line in said.replace("\r\n", "\n").split("\n")]
    lines = [line for line in shown if "AWS::" in line and "Z  " in line]
    assert [("Logs" in line, "CREATE_COMPLETE" in line) for line in lines] == [
        (True, True), (False, True)]
    assert "░ 0/1  0.0s: Logs" in said and "░" not in shown[-1]
    piped = run("destroy", "a", "--yes", folder=tmp_path, check=True).stdout
    assert "DELETE_IN_PROGRESS" in piped and "\x1b" not in piped


def test_help_is_wrapped_once(tmp_path):
    commands = re.findall(r"^  ([a-z]+)  ", run("--help", folder=tmp_path).stdout, re.M)
    assert len(commands) > 15
    for command in commands:
        text = run("help", command, folder=tmp_path, COLUMNS="80").stdout
        examples = text.split("EXAMPLES\n")[-1].split("\n\n")[0] if "EXAMPLES\n" in text else ""
        assert all(line.startswith("  ") for line in examples.splitlines()), text
        prose = text.split("USAGE:")[0].splitlines()
        for line, following in zip(prose, prose[1:]):
            if line[:1].strip() and following[:1].strip() and line not in ["EXAMPLES", "EXAMPLE"]:
                # A line ends early only where the next word would not fit.
                assert len(line) + 1 + len(following.split(" ")[0]) >= 80, text
