"""Speaks protocols with botocore's own parsers and prints one line of JSON for each thing it saw.

Run by the Swift tests of the gateway: wire_client.py KIND PORT
"""
import http.client
import json
import sys

import boto3
from botocore.config import Config
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import EventStreamError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import get_session

import cbor_client


def client(name, port):
    return boto3.client(
        name, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
        aws_access_key_id="000000000000", aws_secret_access_key="unchecked",
        config=Config(retries={"max_attempts": 1}, inject_host_prefix=False))


def show(**line):
    print(json.dumps(line))


def record(event):
    (entry,) = event["Records"]
    at = entry["ApproximateArrivalTimestamp"]
    return {"number": event["ContinuationSequenceNumber"], "data": entry["Data"].hex(),
            "at": at.timestamp()}


def subscribe(port, shard):
    answer = client("kinesis", port).subscribe_to_shard(
        ConsumerARN="arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1",
        ShardId=shard, StartingPosition={"Type": "LATEST"})
    try:
        for event in answer["EventStream"]:
            ((name, members),) = event.items()
            show(**{name: record(members)})
    except EventStreamError as error:
        show(**{error.response["Error"]["Code"]: error.response["Error"]["Message"]})


def invoke(port):
    answer = client("lambda", port).invoke_with_response_stream(FunctionName="f")
    show(ExecutedVersion=answer["ExecutedVersion"])
    for event in answer["EventStream"]:
        if "PayloadChunk" in event:
            show(PayloadChunk=event["PayloadChunk"]["Payload"].hex())
        else:
            show(InvokeComplete=event["InvokeComplete"]["LogResult"])


def subscribe_cbor(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/", cbor_client.dumps({
        "ConsumerARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1",
        "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "LATEST"}}), {
        "X-Amz-Target": "Kinesis_20131202.SubscribeToShard",
        "Content-Type": "application/x-amz-cbor-1.1"})
    response = connection.getresponse()
    assert response.getheader("Content-Type") == "application/vnd.amazon.eventstream"
    buffer = EventStreamBuffer()
    buffer.add_data(response.read())
    for message in buffer:
        assert message.headers[":content-type"] == "application/x-amz-cbor-1.1"
        members = cbor_client.loads(message.payload)
        if message.headers[":event-type"] == "initial-response":
            show(**{"initial-response": members})
        else:
            (entry,) = members["Records"]
            milliseconds = entry["ApproximateArrivalTimestamp"].milliseconds
            show(SubscribeToShardEvent={
                "number": members["ContinuationSequenceNumber"], "data": entry["Data"].hex(),
                "at": milliseconds / 1000})


def rpc(port):
    """smithy-rpc-v2-cbor, which boto3 would speak only where a service has no JSON."""
    protocol = "smithy-rpc-v2-cbor"
    operation = get_session().get_service_model("cloudwatch").operation_model(
        "GetMetricStatistics")
    for metric in ["m", "none"]:
        request = create_serializer(protocol).serialize_to_request({
            "Namespace": "n", "MetricName": metric, "StartTime": 1_700_000_000,
            "EndTime": 1_700_000_060, "Period": 60}, operation)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request(
            request["method"], request["url_path"], request["body"], request["headers"])
        response = connection.getresponse()
        assert response.getheader("smithy-protocol") == "rpc-v2-cbor"
        answer = create_parser(protocol).parse(
            {"status_code": response.status, "headers": dict(response.getheaders()),
             "body": response.read()}, operation.output_shape)
        if "Error" in answer:
            show(status=response.status, code=answer["Error"]["Code"],
                 message=answer["Error"]["Message"])
        else:
            show(label=answer["Label"], points=[
                [point["Timestamp"].timestamp(), point["Average"]]
                for point in answer["Datapoints"]])


KINDS = {
    "rpc": rpc,
    "subscribe": lambda port: subscribe(port, "shardId-000000000000"),
    "subscribe-fails": lambda port: subscribe(port, "shardId-000000000001"),
    "invoke": invoke,
    "subscribe-cbor": subscribe_cbor,
}

KINDS[sys.argv[1]](int(sys.argv[2]))
