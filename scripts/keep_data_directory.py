#!/usr/bin/env python3
"""Keeps data directories as the built binary writes them, for the tests that open old ones.

    LEAT=.build/debug/leat .venv/bin/python scripts/keep_data_directory.py 0.2.0

makes Tests/datadirs/0.2.0 with `whole.tar.gz` (deployed stacks, records, objects, secrets, log
events, a buffer that is not delivered), `interrupted.tar.gz` (a deployment that was killed),
`kept.json` (what is in the first, and when) and the templates. Do it once for each release, before
anything of the stored forms changes; never for a directory that is there already.
"""
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/clients"))
from served import Served, leat  # noqa: E402

PASSWORD = "correct horse"


def deploy(folder, data, template, *more, **settings):
    return leat("deploy", folder / f"{template}.yaml", "--stack-name", f"kept-{template}", "--yes",
                *more, data=data, **settings)


def outputs(folder, data, name):
    text = leat("outputs", folder / f"{name}.yaml", "--stack-name", f"kept-{name}", "--json",
                data=data).stdout
    return json.loads(text)


def fill(data, folder):
    """Puts something into everything that the stacks have made; returns what."""
    names = outputs(folder, data, "app")
    with Served("--clock", "virtual", data=data) as server:
        kinesis, s3, logs, firehose, ssm, secrets = (
            server.client(n) for n in ("kinesis", "s3", "logs", "firehose", "ssm", "secretsmanager"))
        records = [[f"key-{n}", f"record {n}"] for n in range(20)]
        for key, text in records:
            kinesis.put_record(
                StreamName=names["StreamName"], PartitionKey=key, Data=text.encode())
        bucket = names["BucketName"]
        versions = [
            s3.put_object(Bucket=bucket, Key="twice", Body=text.encode())["VersionId"]
            for text in ("first", "second")]
        s3.put_object(Bucket=bucket, Key="gone", Body=b"deleted")
        s3.delete_object(Bucket=bucket, Key="gone")
        s3.create_bucket(Bucket="kept-plain")
        s3.put_object(Bucket="kept-plain", Key="big", Body=b"0123456789" * 40_000)
        buffered = [f"event {n}\n" for n in range(5)]
        for text in buffered:
            firehose.put_record(
                DeliveryStreamName=names["DeliveryName"], Record={"Data": text.encode()})
        ssm.put_parameter(Name="/kept/secure", Type="SecureString", Value="quiet")
        secrets.create_secret(Name="kept/free", SecretString="first")
        secrets.put_secret_value(SecretId="kept/free", SecretString="second")
        logs.create_log_stream(logGroupName="/kept/app", logStreamName="s")
        now = int(time.time() * 1000)
        lines = [f"line {n}" for n in range(3)]
        logs.put_log_events(
            logGroupName="/kept/app", logStreamName="s",
            logEvents=[{"timestamp": now, "message": line} for line in lines])
    return {
        "milliseconds": now, "outputs": names, "password": PASSWORD, "records": records,
        "versions": versions, "buffered": buffered, "lines": lines,
        "resources": sum(
            len(json.loads(leat("show", name, "--json", data=data).stdout)["resources"])
            for name in ("kept-app", "kept-importer")),
    }


def interrupt(folder, data, secret):
    """A deployment killed in the middle: the plan is journalled, some steps are done."""
    # Which boundary that is differs from run to run, because steps share transactions.
    for boundary in range(20, 60):
        shutil.rmtree(data, ignore_errors=True)
        deploy(folder, data, "app", *secret, check=False, LEAT_CRASH_AT=f"*:{boundary}")
        copy = data.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy)
        with sqlite3.connect(copy / "leat.db") as database:
            done = database.execute(
                "SELECT COUNT(*) FROM deployment_step JOIN deployment ON id = deployment_id"
                " WHERE phase = 'forward'").fetchone()[0]
        if 2 <= done <= 7:
            return
    raise SystemExit("no boundary lay in the middle of the deployment")


def pack(data, archive):
    """Sparse and without what differs from run to run: record logs are mostly zeroes."""
    (data / "lock").unlink(missing_ok=True)
    subprocess.run(
        ["tar", "--sparse", "--sort=name", "--owner=0", "--group=0", "-C", data, "-cf", "-", "."],
        stdout=(raw := tempfile.TemporaryFile()), check=True)
    raw.seek(0)
    with open(archive, "wb") as target:
        subprocess.run(["gzip", "-9n"], stdin=raw, stdout=target, check=True)


def main(version):
    folder = ROOT / "Tests/datadirs" / version
    if folder.exists():
        sys.exit(f"{folder} is there already: what is kept never changes")
    shutil.copytree(ROOT / "Tests/datadirs/templates", folder)
    secret = ["--parameters", f"Password={PASSWORD}"]
    with tempfile.TemporaryDirectory() as scratch:
        whole, cut = pathlib.Path(scratch) / "whole", pathlib.Path(scratch) / "interrupted"
        deploy(folder, whole, "app", *secret)
        deploy(folder, whole, "importer")
        kept = fill(whole, folder)
        interrupt(folder, cut, secret)
        pack(whole, folder / "whole.tar.gz")
        pack(cut, folder / "interrupted.tar.gz")
    (folder / "kept.json").write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
