"""Measures what people feel, in release, beside the peers that are installed; writes RESULTS.md.

    make bench                     all of it
    python3 bench/run.py --quick   shorter runs, nothing written
    python3 bench/run.py --old PATH   large stacks with an older binary too, in turn
    BENCH_PEERS=moto,ministack     which peers to look for (both are on PyPI)
"""
import argparse
import base64
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import language
import load
import scale
import streams

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEAT = os.environ.get("LEAT", str(ROOT / ".build/release/leat"))
KEY = "000000000000"


def authorization(service):
    scope = f"{KEY}/20260101/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=" + "0" * 64


def json_call(port, service, target, body):
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": target,
        "authorization": authorization(service),
        "x-amz-date": "20260101T000000Z",
    }
    return load.request("POST", "/", port, headers, json.dumps(body).encode())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process with its port; `first_answer` is the time from spawn to an HTTP answer."""

    def __init__(self, command, port, env=None, probe="/"):
        self.port = port
        self.log = tempfile.TemporaryFile()
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, cwd=ROOT, env={**os.environ, **(env or {})}
        )
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
                    s.sendall(load.request("GET", probe, port, {"connection": "close"}, b""))
                    if s.recv(1):
                        break
            except OSError:
                if self.process.poll() is not None:
                    self.log.seek(0)
                    raise RuntimeError(self.log.read().decode()[-2000:])
                time.sleep(0.0005)
            if time.perf_counter() - begin > 60:
                raise RuntimeError("no answer within 60 s")
        self.first_answer = time.perf_counter() - begin

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def leat_server(data, *more):
    port = free_port()
    return Server(
        [LEAT, "serve", "--port", str(port), "--data", data, *more], port, probe="/_leat/health"
    )


def peer_commands():
    """The peers that can be started here: name → port → command."""
    found = {}
    wanted = os.environ.get("BENCH_PEERS", "moto,ministack").split(",")
    beside = pathlib.Path(sys.executable).parent
    for name, program, arguments, env in [
        ("moto", "moto_server", lambda p: ["-H", "127.0.0.1", "-p", str(p)], lambda p: {}),
        ("ministack", "ministack", lambda p: [], lambda p: {"GATEWAY_PORT": str(p)}),
    ]:
        path = shutil.which(program) or (beside / program if (beside / program).exists() else None)
        if name in wanted and path:
            found[name] = (str(path), arguments, env)
    return found


def timed_process(command):
    """Wall and CPU milliseconds of one run."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        raise RuntimeError(process.stderr.read().decode())
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024


def median_process(make_command, runs):
    rows = [timed_process(make_command(n)) for n in range(runs)]
    return [statistics.median(column) for column in zip(*rows)]


def deployments(runs, rows):
    with tempfile.TemporaryDirectory() as folder:
        stack = ["kinesis-workshop", "--env", "dev"]
        deploy = lambda n: [LEAT, "deploy", *stack, "--yes", "--data", f"{folder}/{n}"]
        wall, cpu, _ = median_process(deploy, runs)
        rows.append(("cold deploy of the workshop, whole process", "≤ 50 ms", f"{wall:.1f} ms wall, {cpu:.1f} ms CPU", wall <= 50, {}))
        plan = lambda n: [LEAT, "plan", *stack, "--data", f"{folder}/0"]
        wall, cpu, peak = median_process(plan, runs)
        rows.append(("no-op plan of the workshop, whole process", "≤ 20 ms", f"{wall:.1f} ms wall, {cpu:.1f} ms CPU, {peak:.0f} MB", wall <= 20, {}))


def size(rows):
    megabytes = pathlib.Path(LEAT).stat().st_size / 1e6
    rows.append(("size of the program, without symbols", "≤ 50 MB", f"{megabytes:.1f} MB", megabytes <= 50, {}))


def starts(runs, peers, rows):
    def measure(make):
        times, memory = [], 0
        for _ in range(runs):
            server = make()
            times.append(server.first_answer * 1000)
            time.sleep(0.5)
            memory = load.resident_mb(server.pid)
            server.stop()
        return statistics.median(times), memory

    with tempfile.TemporaryDirectory() as folder:
        first, memory = measure(lambda: leat_server(folder + "/data"))
    beside_first, beside_memory = {}, {}
    for name, (path, arguments, env) in peers.items():
        def make():
            port = free_port()
            return Server([path, *arguments(port)], port, env(port))
        runs, kept = 3, runs
        peer_first, peer_memory = measure(make)
        runs = kept
        beside_first[name] = f"{peer_first:.0f} ms"
        beside_memory[name] = f"{peer_memory:.0f} MB"
    rows.append(("start to first answer", "≤ 20 ms", f"{first:.1f} ms", first <= 20, beside_first))
    rows.append(("idle memory (resident)", "≤ 20 MB", f"{memory:.1f} MB", memory <= 20, beside_memory))


def put_record(port, number):
    return json_call(port, "kinesis", "Kinesis_20131202.PutRecord", {
        "StreamName": "load", "PartitionKey": str(uuid.UUID(int=number * 7919)),
        "Data": base64.b64encode(os.urandom(1024)).decode()})


def put_records(port, number):
    return json_call(port, "kinesis", "Kinesis_20131202.PutRecords", {
        "StreamName": "load", "Records": [
            {"PartitionKey": str(uuid.UUID(int=number * 500 + k)),
             "Data": base64.b64encode(os.urandom(1024)).decode()} for k in range(500)]})


def create_stream(port, pid):
    load.run(port, pid, [json_call(port, "kinesis", "Kinesis_20131202.CreateStream",
                                   {"StreamName": "load", "ShardCount": 4})], 1, 0)
    time.sleep(1)


def kinesis(server, seconds, connections=64):
    create_stream(server.port, server.pid)
    single = load.run(server.port, server.pid,
                      [put_record(server.port, n) for n in range(200)], connections, seconds)
    batch = load.run(server.port, server.pid,
                     [put_records(server.port, n) for n in range(8)], 8, seconds)
    return single, batch


def records(seconds, peers, rows):
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DATA")) as folder:
        server = leat_server(folder + "/data")
        single, batch = kinesis(server, seconds)
        memory = load.resident_mb(server.pid)
        server.stop()
    beside_single, beside_batch, beside_memory, least = {}, {}, {}, {}
    for name, (path, arguments, env) in peers.items():
        port = free_port()
        peer = Server([path, *arguments(port)], port, env(port))
        try:
            s, b = kinesis(peer, seconds, connections=8)
            if name == "ministack":
                least = {"single": 20 * s["count"] / s["cpu"], "batch": 15 * 500 * b["count"] / b["cpu"]}
            beside_single[name] = f"{s['count'] / s['cpu']:,.0f}"
            beside_batch[name] = f"{500 * b['count'] / b['cpu']:,.0f}"
            beside_memory[name] = f"{load.resident_mb(peer.pid):.0f} MB"
        except (OSError, RuntimeError) as error:
            beside_single.setdefault(name, f"failed: {error}")
            beside_batch.setdefault(name, f"failed: {error}")
        finally:
            peer.stop()
    rate = single["count"] / single["cpu"]
    rows.append(("Kinesis PutRecord 1 KB, durable, per server CPU-second", "≥ 20 × ministack",
                 f"{rate:,.0f} ({single['count'] / single['wall']:,.0f}/s wall)", rate >= least.get("single", 20_000), beside_single))
    rate = 500 * batch["count"] / batch["cpu"]
    rows.append(("Kinesis PutRecords 500 × 1 KB, durable, records per server CPU-second", "≥ 15 × ministack",
                 f"{rate:,.0f} ({500 * batch['count'] / batch['wall']:,.0f}/s wall)", rate >= least.get("batch", 300_000), beside_batch))
    rows.append(("memory after those runs", "≤ 100 MB", f"{memory:.0f} MB", memory <= 100, beside_memory))


FUNCTION = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Echo:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: echo
      Runtime: python3.11
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context):\\n    return event\\n"}
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: load-bucket}
"""


def functions_and_objects(seconds, rows):
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DATA")) as folder:
        template = pathlib.Path(folder, "bench.yaml")
        template.write_text(FUNCTION)
        subprocess.run([LEAT, "deploy", str(template), "--yes", "--data", folder + "/data"],
                       check=True, stdout=subprocess.DEVNULL)
        server = leat_server(folder + "/data")
        invoke = load.request("POST", "/2015-03-31/functions/echo/invocations", server.port,
                              {"authorization": authorization("lambda")}, b'{"n":1}')
        load.run(server.port, server.pid, [invoke], 1, 0.5)
        warm = load.run(server.port, server.pid, [invoke], 1, seconds)
        body = os.urandom(1024)
        s3 = {"authorization": authorization("s3"), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        puts = load.run(server.port, server.pid, [
            load.request("PUT", f"/load-bucket/key-{n}", server.port, s3, body)
            for n in range(2000)], 32, seconds)
        gets = load.run(server.port, server.pid, [
            load.request("GET", f"/load-bucket/key-{n}", server.port, s3, b"")
            for n in range(32)], 32, seconds)
        server.stop()
    p50 = statistics.median(warm["latencies"]) * 1000
    rows.append(("warm Python invoke, p50 (the function returns at once)", "≤ 2 ms",
                 f"{p50:.2f} ms", p50 <= 2, {}))
    for name, result in [("S3 PUT 1 KB, durable", puts), ("S3 GET 1 KB", gets)]:
        rate = result["count"] / result["cpu"]
        rows.append((name + ", per server CPU-second", "(≥ 10,000 later)",
                     f"{rate:,.0f} ({result['count'] / result['wall']:,.0f}/s wall)", rate >= 10_000, {}))


def table(rows, peers):
    names = list(peers)
    lines = ["| what | goal | Leat | reached | " + " | ".join(names) + (" |" if names else "")]
    lines.append("| --- | --- | --- | --- | " + " | ".join("---" for _ in names) + (" |" if names else ""))
    for what, goal, measured, reached, beside in rows:
        cells = [what, goal, measured, "yes" if reached else "no"]
        lines.append("| " + " | ".join(cells + [beside.get(n, "–") for n in names]) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--old", help="an older binary")
    options = parser.parse_args()
    quick = options.quick
    peers = peer_commands()
    rows = []
    deployments(5 if quick else 21, rows)
    starts(3 if quick else 11, peers, rows)
    records(1 if quick else 5, peers, rows)
    functions_and_objects(1 if quick else 4, rows)
    size(rows)
    text = table(rows, peers)
    print(text)
    templates = language.markdown(language.rows(LEAT, 3 if quick else 15))
    print(templates)
    leats = {"leat": LEAT} | ({"old": options.old} if options.old else {})
    delivery = streams.markdown(quick, peers)
    print(delivery)
    stacks = scale.markdown(*scale.rows(leats, 1 if quick else 3))
    print(stacks)
    if not quick:
        (ROOT / "bench/RESULTS.md").write_text(f"""# Results

Measured by `make bench` on {os.cpu_count()} shared cores ({platform.machine()}, {platform.system()} {platform.release()}),
release build. Medians; "per server CPU-second" counts the server's own user and system time, which
a busy neighbour does not change. Peers ran on the same machine in the same run, without durability.

{text}

## Streams and delivery

Each beside a tool that does only that, on the same bytes in the same run (`streams.py`); CPU time.

{delivery}

## Templates

`leat validate`, the whole process: reading, resolving, holding against the facts of the types, and
planning into nothing. The goal for 10,000 resources is 250 ms and 150 MB. The templates are
generated (`language.py`); cfn-lint takes the one of 500 resources. The last three columns are what
the process says of itself (`--timings`), without its start and end.

{templates}

## Stacks

`leat plan`, `deploy`, `plan` again and `destroy`, whole processes on a data directory of their own.
The templates are generated (`scale.py`): a stream, a bucket with a tag that names the stream's ARN, a
role with a `Fn::Sub` of the bucket, in turn. cfn-lint takes the one of 500 resources. `old` is the
binary that `--old` names, measured in turn. The goals for 10,000: deploy and destroy within 5 s.

{stacks}
""")


if __name__ == "__main__":
    main()
