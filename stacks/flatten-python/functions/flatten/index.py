"""Flattens nested JSON records of a stream and passes them on to a delivery stream."""
import base64
import json
import os

import boto3

BATCH_MAX = 500
firehose = boto3.client("firehose")


def flatten(value, name=""):
    """Leaves of a tree with their paths: `customer.address.city`, `items.0.sku`."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        yield name, value
        return
    for key, item in inner:
        yield from flatten(item, f"{name}.{key}" if name else str(key))


def pass_on(lines):
    for start in range(0, len(lines), BATCH_MAX):
        answer = firehose.put_record_batch(
            DeliveryStreamName=os.environ["DELIVERY_STREAM"],
            Records=[{"Data": line} for line in lines[start:start + BATCH_MAX]])
        if answer["FailedPutCount"]:
            raise RuntimeError(f"{answer['FailedPutCount']} records were not taken")


def handler(event, context):
    lines, failures = [], []
    for record in event["Records"]:
        try:
            tree = json.loads(base64.b64decode(record["kinesis"]["data"]))
        except ValueError:
            # Everything before it is done; Lambda goes on from here.
            failures = [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]
            break
        lines.append(json.dumps(dict(flatten(tree))) + "\n")
    pass_on(lines)
    return {"batchItemFailures": failures}
