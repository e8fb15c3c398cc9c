"""Memory and disk while gigabytes flow through a stream and a delivery stream into a bucket.

    python3 bench/flow.py --gigabytes 5 --buffer 5
"""
import argparse
import os
import pathlib
import subprocess
import tempfile
import time

import load
import run
import streams


def peak_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def disk_mb(folder):
    return sum(f.stat().st_blocks * 512 for f in pathlib.Path(folder).rglob("*") if f.is_file()) / 1e6


def flow(gigabytes, buffer_mb, compression):
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DATA")) as folder:
        deliveries = streams.Deliveries(folder)
        port, pid = deliveries.port, deliveries.pid
        try:
            run.create_stream(port, pid)
            deliveries.firehose.create_delivery_stream(
                DeliveryStreamName="flow", DeliveryStreamType="KinesisStreamAsSource",
                KinesisStreamSourceConfiguration={
                    "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/load",
                    "RoleARN": streams.ROLE},
                ExtendedS3DestinationConfiguration={
                    "RoleARN": streams.ROLE, "BucketARN": "arn:aws:s3:::bench",
                    "CompressionFormat": compression,
                    "BufferingHints": {"SizeInMBs": buffer_mb, "IntervalInSeconds": 60}})

            def advance(text):
                subprocess.run([run.LEAT, "clock", "advance", text, "--data", deliveries.data],
                               check=True, stdout=subprocess.DEVNULL)

            advance("2s")
            payloads = [run.put_records(port, n) for n in range(8)]
            begin, sent, rows = time.monotonic(), 0, []
            while sent < gigabytes * 1e9:
                # As much as two buffers hold, then a minute of the clock.
                batches = max(8, int(2 * buffer_mb * 1e6 / (500 * 1024)))
                streams.replay(port, [payloads[n % 8] for n in range(batches)])
                sent += batches * 500 * 1024
                advance("61s")
                rows.append((sent / 1e9, load.resident_mb(pid), peak_mb(pid)))
            wall = time.monotonic() - begin
            before = disk_mb(f"{deliveries.data}/kinesis")
            advance("25h")
            advance("1h")
            after = disk_mb(f"{deliveries.data}/kinesis")
            pages = deliveries.s3.get_paginator("list_objects_v2").paginate(Bucket="bench")
            delivered = sum(o["Size"] for page in pages for o in page.get("Contents", []))
            return rows, wall, before, after, delivered, load.resident_mb(pid), peak_mb(pid)
        finally:
            deliveries.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--buffer", type=int, default=5)
    parser.add_argument("--compression", default="UNCOMPRESSED")
    options = parser.parse_args()
    rows, wall, before, after, delivered, resident, peak = flow(
        options.gigabytes, options.buffer, options.compression)
    for sent, now, most in rows[:: max(1, len(rows) // 10)]:
        print(f"{sent:6.2f} GB sent: {now:6.0f} MB resident, {most:6.0f} MB at most")
    print(f"{wall:.0f} s, {delivered / 1e9:.2f} GB delivered; resident {resident:.0f} MB, at most "
          f"{peak:.0f} MB; the stream's disk {before:.0f} MB, after its retention {after:.0f} MB")
