"""A small client of `application/x-amz-cbor-1.1`, as the Java SDK and the Kinesis client library
speak it: the target in `X-Amz-Target`, CBOR both ways, timestamps as tag 1 with milliseconds."""
import dataclasses
import urllib.error
import urllib.request

import cbor2

TYPE = "application/x-amz-cbor-1.1"


@dataclasses.dataclass(frozen=True)
class Timestamp:
    milliseconds: int


class Refused(Exception):
    def __init__(self, status, headers, members):
        super().__init__(members.get("message"))
        self.status, self.headers = status, headers
        self.code = members["__type"]


def encode_timestamp(encoder, value):
    encoder.encode(cbor2.CBORTag(1, value.milliseconds))


def dumps(members):
    return cbor2.dumps(members, default=encode_timestamp)


def loads(body):
    return cbor2.loads(body, semantic_decoders={1: lambda value, _: Timestamp(value)})


def call(endpoint, target, members, account="000000000000", service="kinesis"):
    scope = f"{account}/20261121/us-east-1/{service}/aws4_request"
    request = urllib.request.Request(endpoint, data=dumps(members), method="POST", headers={
        "X-Amz-Target": target, "Content-Type": TYPE, "Accept": TYPE,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.headers["Content-Type"] == TYPE
            body = response.read()
            return loads(body) if body else {}
    except urllib.error.HTTPError as error:
        assert error.headers["Content-Type"] == TYPE
        raise Refused(error.code, error.headers, loads(error.read())) from None
