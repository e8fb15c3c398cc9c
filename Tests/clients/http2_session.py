"""An HTTP session for botocore that speaks HTTP/2 by prior knowledge, all requests on one connection."""
import httpx
from botocore.awsrequest import AWSResponse, HeadersDict


class Raw:
    """A body as botocore reads it: by size, or piece by piece as it comes."""

    def __init__(self, response):
        self.pieces = response.iter_raw()
        self.rest = b""
        self.response = response

    def stream(self, *_, **__):
        yield from self.pieces

    def read(self, amount=None, **__):
        while amount is None or len(self.rest) < amount:
            piece = next(self.pieces, None)
            if piece is None:
                break
            self.rest += piece
        taken, self.rest = (self.rest, b"") if amount is None else (
            self.rest[:amount], self.rest[amount:])
        return taken

    def close(self):
        self.response.close()


class HTTP2Session:
    def __init__(self):
        self.client = httpx.Client(http1=False, http2=True, timeout=60, trust_env=False)
        self.versions = set()

    def send(self, request):
        body = request.body
        if hasattr(body, "read"):
            body = body.read()
        headers = {name: value.decode() if isinstance(value, bytes) else value
                   for name, value in request.headers.items()
                   if name.lower() not in ("transfer-encoding", "expect")}
        response = self.client.send(self.client.build_request(
            request.method, request.url, headers=headers, content=body), stream=True)
        self.versions.add(response.http_version)
        answer = AWSResponse(
            request.url, response.status_code, HeadersDict(response.headers), Raw(response))
        if not request.stream_output:
            answer.content
        return answer

    def close(self):
        self.client.close()


def over_http2(client):
    """The client with its connections exchanged for one of HTTP/2, and that session."""
    session = HTTP2Session()
    client._endpoint.http_session = session
    return client, session
