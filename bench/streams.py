"""Streams and delivery: what reading, compressing, converting and transforming cost the server, each
beside a tool that does only that, on the same bytes in the same run.

    python3 bench/streams.py           all of it, as a table
    python3 bench/streams.py --quick   less data

duckdb is measured where the Python in use has it, ministack where `run.py` finds it.
"""
import argparse
import base64
import gzip
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config

import load
import run

ROLE = "arn:aws:iam::000000000000:role/delivery"
COLUMNS = [("id", "bigint"), ("at", "timestamp"), ("price", "double"), ("page", "string"),
           ("tags", "array<string>"), ("user", "struct<name:string,age:int>")]
FUNCTION = """
import base64, json

def transform(data):
    record = json.loads(base64.b64decode(data))
    user = record.pop("user")
    record.update(user_name=user["name"].upper(), user_age=user["age"], tags=",".join(record["tags"]))
    return base64.b64encode((json.dumps(record) + "\\n").encode()).decode()

def handler(event, context):
    return {"records": [
        {"recordId": r["recordId"], "result": "Ok", "data": transform(r["data"])}
        for r in event["records"]]}
"""


def client(port, service):
    return boto3.client(
        service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
        aws_access_key_id="k", aws_secret_access_key="s",
        config=Config(retries={"max_attempts": 1}, read_timeout=600))


def rows(count):
    """JSON lines of clicks; the same for the same count."""
    chance = random.Random(7)
    pages = [f"/shop/{chance.randrange(10**6)}/{'abcdefgh'[k % 8]}" for k in range(500)]
    return [json.dumps({
        "id": n, "at": f"2026-11-27T01:{n // 60 % 60:02}:{n % 60:02}.5Z",
        "price": round(chance.random() * 100, 2), "page": chance.choice(pages),
        "tags": ["red", chance.choice("abc")],
        "user": {"name": f"user{chance.randrange(10**5)}", "age": chance.randrange(90)},
    }).encode() + b"\n" for n in range(count)]


def put(port, name, records):
    """Hands records over, in the largest batches there are."""
    payloads, batch, size = [], [], 0

    def close():
        payloads.append(run.json_call(port, "firehose", "Firehose_20150804.PutRecordBatch", {
            "DeliveryStreamName": name,
            "Records": [{"Data": base64.b64encode(r).decode()} for r in batch]}))

    for record in records:
        if len(batch) == 500 or size + len(record) > 3_900_000:
            close()
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    close()
    replay(port, payloads)


def replay(port, payloads):
    """Sends each payload once, over one connection."""
    connection = load.Connection(port)
    for payload in payloads:
        connection.send(payload)
        while (status := connection.answer()) is None:
            time.sleep(0.0002)
        assert status == 200, status
    connection.socket.close()


def children(pid):
    """CPU seconds of the processes below one, living and reaped."""
    parents, reaped = {}, 0.0
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / load.TICKS)
            if int(entry.name) == pid:
                reaped = sum(map(int, fields[13:15])) / load.TICKS
    found, grows = {pid}, True
    while grows:
        more = {p for p, (parent, _) in parents.items() if parent in found} - found
        grows = bool(more)
        found |= more
    return reaped + sum(parents[p][1] for p in found - {pid} if p in parents)


def own_cpu(command, **more):
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Deliveries:
    """A server on a virtual clock: what waits is delivered when the clock is moved."""

    def __init__(self, folder, engine=None):
        env = {"LEAT_QUERY_ENGINE": engine} if engine else {}
        port = run.free_port()
        self.data = f"{folder}/data-{port}"
        self.server = run.Server(
            [run.LEAT, "serve", "--port", str(port), "--data", self.data, "--clock", "virtual"],
            port, env, probe="/_leat/health")
        self.port, self.pid = port, self.server.pid
        self.firehose, self.s3 = client(port, "firehose"), client(port, "s3")
        self.s3.create_bucket(Bucket="bench")

    def deliver(self, name, records, **settings):
        """Puts records; returns CPU seconds of the server and of its children while they are
        delivered, and the bytes of the objects."""
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
                "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::bench", "Prefix": name + "/",
                "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 300}, **settings})
        put(self.port, name, records)
        time.sleep(0.5)
        own, below = load.cpu_seconds(self.pid), children(self.pid)
        subprocess.run(
            [run.LEAT, "clock", "advance", "900s", "--data", self.data], check=True,
            stdout=subprocess.DEVNULL)
        own, below = load.cpu_seconds(self.pid) - own, children(self.pid) - below
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="bench", Prefix=name + "/")
        objects = [o for page in pages for o in page.get("Contents", [])]
        assert objects, f"{name}: nothing was delivered"
        return own, below, sum(o["Size"] for o in objects), [o["Key"] for o in objects]

    def stop(self):
        self.server.stop()


def compressed(folder, count):
    """GZIP beside gzip -6."""
    records = rows(count)
    plain = pathlib.Path(folder, "plain.json")
    plain.write_bytes(b"".join(records))
    alone = own_cpu(["gzip", "-6", "-k", "-f", str(plain)])
    deliveries = Deliveries(folder)
    try:
        base, _, size, _ = deliveries.deliver("plain", records)
        assert size == plain.stat().st_size
        cost, _, _, keys = deliveries.deliver("gzip", records, CompressionFormat="GZIP")
        body = deliveries.s3.get_object(Bucket="bench", Key=keys[0])["Body"].read()
        assert gzip.decompress(body)[:40] == records[0][:40]
    finally:
        deliveries.stop()
    return cost, alone, base, plain.stat().st_size


def converted(folder, count):
    """Parquet beside duckdb."""
    records = rows(count)
    plain = pathlib.Path(folder, "rows.json")
    plain.write_bytes(b"".join(records))
    target = pathlib.Path(folder, "rows.parquet")
    code = (f"import duckdb; duckdb.sql(\"SET threads=1; COPY (SELECT * FROM read_json('{plain}', "
            "format='newline_delimited', columns={'id':'BIGINT', 'at':'TIMESTAMP', 'price':'DOUBLE', "
            "'page':'VARCHAR', 'tags':'VARCHAR[]', 'user':'STRUCT(name VARCHAR, age INTEGER)'})) "
            f"TO '{target}' (FORMAT parquet, COMPRESSION snappy)\")")
    alone = own_cpu([sys.executable, "-c", code])
    deliveries = Deliveries(folder, sys.executable)
    try:
        glue = client(deliveries.port, "glue")
        glue.create_database(DatabaseInput={"Name": "lake"})
        glue.create_table(DatabaseName="lake", TableInput={"Name": "clicks", "StorageDescriptor": {
            "Columns": [{"Name": n, "Type": t} for n, t in COLUMNS]}})
        own, below, _, _ = deliveries.deliver("parquet", records, DataFormatConversionConfiguration={
            "Enabled": True,
            "SchemaConfiguration": {
                "RoleARN": ROLE, "DatabaseName": "lake", "TableName": "clicks"},
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}})
    finally:
        deliveries.stop()
    return own, below, alone


def transformed(folder, count):
    """A function's transform beside the same function alone."""
    records = rows(count)
    source = pathlib.Path(folder, "function.py")
    source.write_text(FUNCTION)
    deliveries = Deliveries(folder)
    try:
        lambdas, iam = client(deliveries.port, "lambda"), client(deliveries.port, "iam")
        role = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
        archive = pathlib.Path(folder, "function.zip")
        subprocess.run([sys.executable, "-m", "zipfile", "-c", str(archive), str(source)], check=True)
        arn = lambdas.create_function(
            FunctionName="fn", Runtime="python3.12", Handler="function.handler", Role=role,
            Timeout=60, MemorySize=1024, Code={"ZipFile": archive.read_bytes()})["FunctionArn"]
        lambdas.invoke(FunctionName="fn", Payload=b'{"records":[]}')
        plain, _, _, _ = deliveries.deliver("plain", records)
        own, function, _, _ = deliveries.deliver("fn", records, ProcessingConfiguration={
            "Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": [
                {"ParameterName": "LambdaArn", "ParameterValue": arn + ":$LATEST"},
                {"ParameterName": "BufferSizeInMBs", "ParameterValue": "3"}]}]})
    finally:
        deliveries.stop()
    return own - plain, function


def read(folder, megabytes, peers):
    """GetRecords in answers of 10 MB: MB a server CPU-second, by name."""
    found = {}

    def measure(port, pid):
        run.create_stream(port, pid)
        load.run(port, pid, [run.put_records(port, n) for n in range(8)], 4, megabytes / 60)
        kinesis = client(port, "kinesis")
        shard = kinesis.list_shards(StreamName="load")["Shards"][0]["ShardId"]
        iterator = kinesis.get_shard_iterator(
            StreamName="load", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        call = run.json_call(port, "kinesis", "Kinesis_20131202.GetRecords", {
            "ShardIterator": iterator, "Limit": 10_000})
        got = len(kinesis.get_records(ShardIterator=iterator, Limit=10_000)["Records"])
        result = load.run(port, pid, [call], 1, 3)
        return got * 1024 * result["count"] / 1e6 / result["cpu"]

    server = run.leat_server(f"{folder}/read")
    found["leat"] = measure(server.port, server.pid)
    server.stop()
    for name, (path, arguments, env) in peers.items():
        port = run.free_port()
        peer = run.Server([path, *arguments(port)], port, env(port))
        try:
            found[name] = measure(port, peer.pid)
        except Exception as error:  # A peer that fails is a finding of its own.
            found[name] = f"failed: {error}"[:60]
        finally:
            peer.stop()
    return found


def markdown(quick, peers):
    lines = ["| what | goal | measured | beside it | ratio | reached |", "| --- | --- | --- | --- | --- | --- |"]

    def line(what, goal, measured, beside, ratio, reached):
        lines.append(f"| {what} | {goal} | {measured} | {beside} | {ratio} | {'yes' if reached else 'no'} |")

    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DATA")) as folder:
        found = read(folder, 20 if quick else 120, peers)
        mine = found.pop("leat")
        for name, value in found.items():
            if isinstance(value, str):
                line("GetRecords, MB a server CPU-second", "≥ 20 × ministack", f"{mine:,.0f}", f"{name} {value}", "–", False)
            else:
                line("GetRecords, MB a server CPU-second", "≥ 20 × ministack", f"{mine:,.0f}", f"{name} {value:,.1f}", f"{mine / value:.1f}", mine >= 20 * value)
        cost, alone, base, size = compressed(folder, 60_000 if quick else 700_000)
        line(f"delivery of {size / 1e6:.0f} MB as GZIP, server CPU", "≤ 1.3 × gzip -6", f"{cost:.2f} s ({base:.2f} s without GZIP)", f"gzip -6 {alone:.2f} s", f"{cost / alone:.2f}", cost <= 1.3 * alone)
        added, function = transformed(folder, 30_000 if quick else 200_000)
        line("a function's transform, added server CPU", "≤ 10 % of the function's", f"{added:.2f} s", f"function {function:.2f} s", f"{100 * added / function:.0f} %", added <= 0.1 * function)
        try:
            import duckdb  # noqa: F401
            import pyarrow  # noqa: F401
            own, below, alone = converted(folder, 50_000 if quick else 1_000_000)
            cost = own + below
            line("delivery of 1M rows as Parquet, CPU of server and engine" if not quick else "delivery of 50k rows as Parquet", "≤ 1.3 × duckdb", f"{cost:.2f} s (server {own:.2f})", f"duckdb {alone:.2f} s", f"{cost / alone:.2f}", cost <= 1.3 * alone)
        except ImportError as error:
            print(f"no Parquet: {error}", file=sys.stderr)
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    print(markdown(parser.parse_args().quick, run.peer_commands()))
