"""botocore's whole model of Kinesis: each operation is implemented or refused by its own name, each
member of an input is read or refused by its own name."""
import json
import urllib.error
import urllib.request

import botocore.session
import pytest

from served import Served

MODEL = botocore.session.get_session().get_service_model("kinesis")

# A product of its own, which Leat does not have.
REFUSED = {name for name in MODEL.operation_names if "Queue" in name or "Channel" in name}

# AWS: "Not Implemented. Reserved for future use."
REFUSED_MEMBERS = {"StreamId"}


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server


def sample(shape):
    """A value that the model allows."""
    match shape.type_name:
        case "structure":
            return {name: sample(member) for name, member in shape.members.items()
                    if name in shape.required_members}
        case "list":
            return [sample(shape.member)]
        case "map":
            return {"key": "value"}
        case "blob":
            return "AQ=="
        case "boolean":
            return False
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 1))
        case "timestamp":
            return 1_600_000_000
    if "enum" in shape.metadata:
        return shape.metadata["enum"][0]
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/none"
    return {
        "StreamARN": arn, "ResourceARN": arn, "ConsumerARN": f"{arn}/consumer/none:1600000000",
        "HashKey": "0", "SequenceNumber": "1", "StreamId": "a" * 20 + "-abc",
        "ChannelARN": arn.replace("stream", "channel"), "QueueARN": arn.replace("stream", "queue"),
    }.get(shape.name, "none")


def call(server, operation, members):
    request = urllib.request.Request(
        server.endpoint, data=json.dumps(members).encode(), headers={
            "X-Amz-Target": f"Kinesis_20131202.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261121/us-east-1/kinesis/"
                             "aws4_request, SignedHeaders=host, Signature=0"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, None, ""
    except urllib.error.HTTPError as error:
        body = json.loads(error.read())
        return error.code, body["__type"], body["message"]


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_every_operation_is_there_or_refused_by_name(server, operation):
    shape = MODEL.operation_model(operation).input_shape
    status, code, message = call(server, operation, sample(shape) if shape else {})
    assert status < 500, message
    if operation in REFUSED:
        assert (status, code) == (400, "UnsupportedOperation") and operation in message
    else:
        assert code != "UnsupportedOperation", message


MEMBERS = [
    (operation, member) for operation in MODEL.operation_names if operation not in REFUSED
    for member in (MODEL.operation_model(operation).input_shape.members
                   if MODEL.operation_model(operation).input_shape else [])]


@pytest.mark.parametrize("operation, member", MEMBERS)
def test_every_member_is_read_or_refused_by_name(server, operation, member):
    shape = MODEL.operation_model(operation).input_shape
    members = {**sample(shape), member: sample(shape.members[member])}
    status, code, message = call(server, operation, members)
    assert status < 500, message
    if member in REFUSED_MEMBERS:
        assert (status, code) == (400, "UnsupportedOperation") and f"`{member}`" in message
    else:
        assert code != "UnsupportedOperation", message
