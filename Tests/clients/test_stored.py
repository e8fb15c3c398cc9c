"""Data directories kept from earlier versions: they open, and what is in them goes on."""
import json
import pathlib
import shutil
import sqlite3
import subprocess
import urllib.request

import pytest

from served import ROOT, Served, leat

KEPT = sorted(path.parent for path in (ROOT / "Tests/datadirs").glob("*/kept.json"))
SECRET = ["--parameters", "Password=correct horse"]


def unpacked(archive, data):
    data.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", data], check=True)
    return data


@pytest.fixture(params=KEPT, ids=lambda folder: folder.name)
def kept(request, tmp_path):
    """The folder, what it says is kept, and a copy of the whole directory."""
    folder = request.param
    data = unpacked(folder / "whole.tar.gz", tmp_path / "data")
    return folder, json.loads((folder / "kept.json").read_text()), data


def on_stack(command, folder, data, name, *more, **settings):
    return leat(command, folder / f"{name}.yaml", "--stack-name", f"kept-{name}", *more, data=data,
                **settings)


def stacks(data):
    return {
        stack["name"]: stack["status"]
        for stack in json.loads(leat("list", "--json", data=data).stdout)}


def files(data):
    return {path for path in (data / "s3").rglob("*") if path.is_file()}


def test_a_buckets_ownership_in_its_first_form(tmp_path):
    data = unpacked(KEPT[0] / "whole.tar.gz", tmp_path / "data")
    with sqlite3.connect(data / "leat.db") as database:
        [name] = database.execute("SELECT name FROM s3_bucket LIMIT 1").fetchone()
        database.execute(
            "UPDATE s3_bucket SET settings = ?",
            ['{"OwnershipControls":{"Rule":[{"ObjectOwnership":"ObjectWriter"}]}}'])
    database.close()
    with Served(data=data) as server:
        got = server.client("s3").get_bucket_ownership_controls(Bucket=name)
        assert got["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "ObjectWriter"}]


def read_back(server, kept):
    s3, logs, ssm, secrets = (server.client(n) for n in ("s3", "logs", "ssm", "secretsmanager"))
    bucket = kept["outputs"]["BucketName"]
    get = lambda **more: s3.get_object(**more)["Body"].read()
    assert get(Bucket=bucket, Key="twice") == b"second"
    bodies = [get(Bucket=bucket, Key="twice", VersionId=v) for v in kept["versions"]]
    assert bodies == [b"first", b"second"]
    assert len(s3.list_object_versions(Bucket=bucket, Prefix="gone")["DeleteMarkers"]) == 1
    assert get(Bucket="kept-plain", Key="big") == b"0123456789" * 40_000
    events = logs.get_log_events(
        logGroupName="/kept/app", logStreamName="s", startFromHead=True)["events"]
    assert [event["message"] for event in events] == kept["lines"]
    value = lambda name: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    assert value("/kept/bucket") == bucket
    assert value("/kept/secure") == "quiet"
    assert value("/kept/pointer") == kept["outputs"]["StreamName"]
    secret = lambda name, **more: secrets.get_secret_value(SecretId=name, **more)["SecretString"]
    assert secret("kept/password") == kept["password"]
    assert secret("kept/free") == "second"
    assert secret("kept/free", VersionStage="AWSPREVIOUS") == "first"


def delivered(server, bucket):
    s3 = server.client("s3")
    keys = [e["Key"] for e in s3.list_objects_v2(Bucket=bucket, Prefix="events/").get("Contents", [])]
    return "".join(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys)


def advance(server, milliseconds):
    request = urllib.request.Request(
        server.endpoint + "/_leat/clock/advance", method="POST",
        data=json.dumps({"milliseconds": milliseconds}).encode())
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_everything_is_there_and_nothing_is_to_change(kept):
    folder, kept, data = kept
    assert stacks(data) == {"kept-app": "CREATE_COMPLETE", "kept-importer": "CREATE_COMPLETE"} | {
        name: status for name, status in stacks(data).items() if name.startswith("kept-app-Child")}
    outputs = json.loads(on_stack("outputs", folder, data, "app", "--json").stdout)
    assert outputs == kept["outputs"]
    resources = sum(
        len(json.loads(leat("show", name, "--json", data=data).stdout)["resources"])
        for name in ("kept-app", "kept-importer"))
    assert resources == kept["resources"]
    for name, more in (("app", SECRET), ("importer", [])):
        plan = on_stack("plan", folder, data, name, "--detailed-exitcode", *more, check=False)
        assert plan.returncode == 0, plan.stdout + plan.stderr
    with Served("--clock", "virtual", data=data) as server:
        read_back(server, kept)
        advance(server, 600_000)
        assert delivered(server, kept["outputs"]["BucketName"]) == "".join(kept["buffered"])


def test_it_is_updated_and_destroyed(kept):
    folder, kept, data = kept
    on_stack("deploy", folder, data, "app", "--yes", "--parameters", "Password=battery staple",
             "Prefix=changed/")
    assert stacks(data)["kept-app"] == "UPDATE_COMPLETE"
    with Served("--clock", "virtual", data=data) as server:
        secret = server.client("secretsmanager").get_secret_value(SecretId="kept/password")
        assert secret["SecretString"] == "battery staple"
        firehose = server.client("firehose").describe_delivery_stream(
            DeliveryStreamName=kept["outputs"]["DeliveryName"])["DeliveryStreamDescription"]
        destination = firehose["Destinations"][0]["ExtendedS3DestinationDescription"]
        assert destination["Prefix"] == "changed/"
    on_stack("destroy", folder, data, "importer", "--yes")
    on_stack("destroy", folder, data, "app", "--yes", "--empty-buckets")
    assert stacks(data) == {}
    with Served("--clock", "virtual", data=data) as server:
        advance(server, 60_000)
        buckets = [b["Name"] for b in server.client("s3").list_buckets()["Buckets"]]
        assert buckets == ["kept-plain"]
        assert server.client("kinesis").list_streams()["StreamNames"] == []
        assert server.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
        assert server.client("iam").list_roles()["Roles"] == []
        assert server.client("lambda").list_functions()["Functions"] == []
    assert len(files(data)) == 1, "only the object that no stack owns stays"


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_an_interrupted_deployment_is_carried_on(folder, tmp_path):
    data = unpacked(folder / "interrupted.tar.gz", tmp_path / "data")
    assert stacks(data)["kept-app"] == "CREATE_COMPLETE"
    plan = on_stack("plan", folder, data, "app", "--detailed-exitcode", *SECRET, check=False)
    assert plan.returncode == 0, plan.stdout + plan.stderr
    on_stack("destroy", folder, data, "app", "--yes")
    assert stacks(data) == {} and files(data) == set()


def versions(data):
    """The database's versions, read from a copy: reading would change the files."""
    copy = pathlib.Path(f"{data}-copy")
    shutil.copytree(data, copy)
    with sqlite3.connect(copy / "leat.db") as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = [name for name, in database.execute("SELECT name FROM sqlite_master")]
        kinds = database.execute(
            "SELECT COUNT(*) FROM stored_format").fetchone()[0] if "stored_format" in tables else 0
    shutil.rmtree(copy)
    return version, kinds


def test_a_killed_upgrade_leaves_the_old_state(tmp_path):
    oldest = KEPT[0]
    for number in (1, 5, 9):
        data = unpacked(oldest / "whole.tar.gz", tmp_path / str(number))
        killed = leat(
            "list", data=data, check=False, LEAT_CRASH_AT=f"database.upgrade:{number}")
        assert killed.returncode == -9
        assert versions(data) == (0, 0)
        assert stacks(data)["kept-app"] == "CREATE_COMPLETE"
        version, kinds = versions(data)
        assert version == 1 and kinds > 10


@pytest.mark.parametrize("change, words", [
    ("PRAGMA user_version = 9", "the file is in version 9 there, and this one reads up to version 1"),
    ("UPDATE stored_format SET version = 9 WHERE kind = 's3'", "`s3` is in version 9"),
    ("INSERT INTO stored_format VALUES ('later.thing', 1)", "it holds `later.thing`"),
])
def test_what_a_newer_leat_wrote_is_refused_and_left_as_it_was(tmp_path, change, words):
    data = tmp_path / "data"
    leat("list", data=data)
    with sqlite3.connect(data / "leat.db") as database:
        database.execute(change)
    database.close()
    before = (data / "leat.db").read_bytes()
    for command in ("list", "serve"):
        refused = leat(command, data=data, check=False)
        assert refused.returncode == 1
        assert "error[LT5006]" in refused.stderr and words in refused.stderr
        assert "--data" in refused.stderr
    assert (data / "leat.db").read_bytes() == before
