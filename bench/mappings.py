"""Event-source mappings: what batches of 500 records cost the server, beside what the function
itself takes for them.

    python3 bench/mappings.py            a table
    python3 bench/mappings.py --quick    less data
"""
import argparse
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

import load
import run
import streams

FUNCTION = """
import base64, json

def handler(event, context):
    total = 0
    for record in event["Records"]:
        row = json.loads(base64.b64decode(record["kinesis"]["data"]))
        row["user_name"] = row.pop("user")["name"].upper()
        total += len(json.dumps(row))
    return {"total": total}
"""


def mapped(folder, count):
    """CPU seconds of the server and of the function, and the count of batches."""
    records = streams.rows(count)
    source = pathlib.Path(folder, "function.py")
    source.write_text(FUNCTION)
    archive = pathlib.Path(folder, "function.zip")
    subprocess.run([sys.executable, "-m", "zipfile", "-c", str(archive), str(source)], check=True)
    port = run.free_port()
    data = f"{folder}/data"
    server = run.Server(
        [run.LEAT, "serve", "--port", str(port), "--data", data, "--clock", "virtual"],
        port, {}, probe="/_leat/health")
    try:
        kinesis, lambdas = streams.client(port, "kinesis"), streams.client(port, "lambda")
        kinesis.create_stream(StreamName="rows", ShardCount=1)
        lambdas.create_function(
            FunctionName="f", Runtime="python3.12", Role=streams.ROLE, Handler="function.handler",
            Timeout=60, MemorySize=1024, Code={"ZipFile": archive.read_bytes()})
        lambdas.invoke(FunctionName="f", Payload=json.dumps({"Records": []}))
        streams.replay(port, [
            run.json_call(port, "kinesis", "Kinesis_20131202.PutRecords", {
                "StreamName": "rows",
                "Records": [{"Data": base64.b64encode(r).decode(), "PartitionKey": str(n)}
                            for n, r in enumerate(records[start:start + 500])]})
            for start in range(0, count, 500)])
        own, below = load.cpu_seconds(server.pid), streams.children(server.pid)
        made = lambdas.create_event_source_mapping(
            FunctionName="f", EventSourceArn=kinesis.describe_stream_summary(
                StreamName="rows")["StreamDescriptionSummary"]["StreamARN"],
            StartingPosition="TRIM_HORIZON", BatchSize=500)
        # The clock's advance begins with what is under way.
        subprocess.run(
            [run.LEAT, "clock", "advance", "1s", "--data", data], check=True,
            stdout=subprocess.DEVNULL)
        own, below = load.cpu_seconds(server.pid) - own, streams.children(server.pid) - below
        result = lambdas.get_event_source_mapping(UUID=made["UUID"])["LastProcessingResult"]
        assert result == "OK", result
    finally:
        server.stop()
    return own, below, count // 500


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    count = 50_000 if parser.parse_args().quick else 400_000
    with tempfile.TemporaryDirectory() as folder:
        own, below, batches = mapped(folder, count)
    print("| what | goal | server | function | ratio | reached |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(f"| {batches} batches of 500 records, CPU | ≤ 10 % of the function's | {own:.2f} s "
          f"({own / batches * 1000:.2f} ms a batch) | {below:.2f} s | {own / below * 100:.0f} % "
          f"| {'yes' if own <= 0.1 * below else 'no'} |")


if __name__ == "__main__":
    main()
