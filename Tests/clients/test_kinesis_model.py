"""botocore's whole model of Kinesis: each operation is implemented or refused by its own name, each
member of an input is read or refused by its own name."""
import json
import urllib.error
import urllib.request

import pytest

from model_walk import inputs, is_refused, model, request
from served import Served

MODEL = model("kinesis")

# A product of its own, which Leat does not have.
REFUSED = {name for name in MODEL.operation_names if "Queue" in name or "Channel" in name}

# AWS: "Not Implemented. Reserved for future use."
REFUSED_MEMBERS = {"StreamId"}


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server


ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/none"
TEXTS = {
    "StreamARN": ARN, "ResourceARN": ARN, "ConsumerARN": f"{ARN}/consumer/none:1600000000",
    "HashKey": "0", "SequenceNumber": "1", "StreamId": "a" * 20 + "-abc",
    "ChannelARN": ARN.replace("stream", "channel"), "QueueARN": ARN.replace("stream", "queue"),
}


def call(server, operation, members):
    asked = urllib.request.Request(
        server.endpoint, data=json.dumps(members).encode(), headers={
            "X-Amz-Target": f"Kinesis_20131202.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261121/us-east-1/kinesis/"
                             "aws4_request, SignedHeaders=host, Signature=0"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as response:
            return response.status, None, ""
    except urllib.error.HTTPError as error:
        body = json.loads(error.read())
        return error.code, body["__type"], body["message"]


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_every_operation_is_there_or_refused_by_name(server, operation):
    status, code, message = call(server, operation, request(MODEL, operation, TEXTS))
    assert status < 500, message
    if operation in REFUSED:
        assert is_refused(status, code, message, operation)
    else:
        assert code != "UnsupportedOperation", message


MEMBERS = [
    (operation, member) for operation in MODEL.operation_names if operation not in REFUSED
    for member in inputs(MODEL, operation)]


@pytest.mark.parametrize("operation, member", MEMBERS)
def test_every_member_is_read_or_refused_by_name(server, operation, member):
    status, code, message = call(server, operation, request(MODEL, operation, TEXTS, member))
    assert status < 500, message
    if member in REFUSED_MEMBERS:
        assert is_refused(status, code, message, f"`{member}`")
    else:
        assert code != "UnsupportedOperation", message
