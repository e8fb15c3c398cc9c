"""Sends one event a second to a delivery stream, for ever: python3 put_records.py NAME [COUNT]"""
import itertools, json, random, sys, time, uuid

import boto3

firehose = boto3.client("firehose")
for number in itertools.count(1):
    event = {str(uuid.uuid4()): random.choice(["NY", "CA", "TX", "FL", "IDF", "PACA"])}
    firehose.put_record(DeliveryStreamName=sys.argv[1], Record={"Data": json.dumps(event)})
    print(number, event, flush=True)
    if number == int(sys.argv[2] if len(sys.argv) > 2 else 0):
        break
    time.sleep(1)
