"""URLs of functions: requests become events of payload format 2.0, answers become responses."""
import base64
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError

from served import Served
from test_lambda import ROLE, archive

CODE = """
import base64, json
def handler(event, context):
    path = event["rawPath"]
    if path == "/plain": return {"answer": 42}
    if path == "/text": return "just text"
    if path == "/fails": raise ValueError("no")
    if path == "/wrong": return {"statusCode": "many"}
    if path == "/bytes":
        return {"statusCode": 201, "body": base64.b64encode(bytes(range(4))).decode(),
                "isBase64Encoded": True, "headers": {"content-type": "image/png", "x-own": "yes"},
                "cookies": ["a=1; Path=/", "b=2"]}
    return {"statusCode": 200, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    client = server.client("lambda")
    client.create_function(
        FunctionName="web", Runtime="python3.11", Role=ROLE, Handler="index.handler", Timeout=20,
        Code={"ZipFile": archive(index_py=CODE)}, Publish=True)
    client.create_alias(FunctionName="web", Name="live", FunctionVersion="1")
    return client


def make(client, **more):
    made = client.create_function_url_config(FunctionName="web", **more)
    client.add_permission(
        FunctionName="web", StatementId="everyone", Action="lambda:InvokeFunctionUrl",
        Principal="*", FunctionUrlAuthType="NONE",
        **{"Qualifier": more["Qualifier"]} if "Qualifier" in more else {})
    return made


@pytest.fixture(scope="module")
def url(client):
    return make(client, AuthType="NONE", Cors={
        "AllowOrigins": ["https://example.com"], "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["x-asked"], "ExposeHeaders": ["x-own"], "MaxAge": 60,
        "AllowCredentials": True})["FunctionUrl"]


def fetch(server, url, path="/", method="GET", data=None, **headers):
    """The host's name is in the request alone: not every resolver knows names below localhost."""
    parts = urllib.parse.urlsplit(url)
    request = urllib.request.Request(
        server.endpoint + path, method=method, data=data,
        headers={"Host": parts.netloc, **{k.replace("_", "-"): v for k, v in headers.items()}})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_the_url_names_the_server(server, url):
    parts = urllib.parse.urlsplit(url)
    assert parts.port == urllib.parse.urlsplit(server.endpoint).port
    label, rest = parts.hostname.split(".", 1)
    assert len(label) == 32 and rest == "lambda-url.us-east-1.localhost"


def test_a_url_that_nobody_has_is_not_found(server, url):
    status, _, body = fetch(server, url.replace("//", "//a"))
    assert status == 404 and json.loads(body) == {"Message": None}


def test_a_request_is_an_event(server, url):
    status, headers, body = fetch(
        server, url, "/a/b%20c?x=1&x=2&y=z", "POST", b'{"n": 1}', Content_Type="application/json",
        Cookie="k=v; l=w", X_Own="one")
    assert status == 200 and headers["content-type"] == "application/json"
    event = json.loads(body)
    assert event["version"] == "2.0" and event["routeKey"] == "$default"
    assert event["rawQueryString"] == "x=1&x=2&y=z"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "z"}
    assert event["cookies"] == ["k=v", "l=w"] and event["headers"]["x-own"] == "one"
    assert (event["body"], event["isBase64Encoded"]) == ('{"n": 1}', False)
    http = event["requestContext"]["http"]
    assert (http["method"], event["requestContext"]["accountId"]) == ("POST", "anonymous")
    _, _, body = fetch(server, url, "/", "POST", b"\x00\x01", Content_Type="application/x-tar")
    event = json.loads(body)
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x00\x01", True)


@pytest.mark.parametrize("path, status, body", [
    ("/plain", 200, b'{"answer": 42}'), ("/text", 200, b'"just text"'),
    ("/fails", 502, b"Internal Server Error"), ("/wrong", 502, b"Internal Server Error"),
    ("/bytes", 201, bytes(range(4)))])
def test_an_answer_is_a_response(server, url, path, status, body):
    got, headers, data = fetch(server, url, path)
    assert (got, data) == (status, body)
    if path == "/bytes":
        assert (headers["content-type"], headers["x-own"]) == ("image/png", "yes")
        assert headers.get_all("set-cookie") == ["a=1; Path=/", "b=2"]


def test_pages_of_other_origins(server, url):
    status, headers, _ = fetch(
        server, url, "/", "OPTIONS", Origin="https://example.com",
        Access_Control_Request_Method="POST")
    assert status == 200
    assert headers["access-control-allow-methods"] == "GET,POST"
    assert headers["access-control-max-age"] == "60"
    _, headers, _ = fetch(server, url, "/plain", Origin="https://example.com")
    assert headers["access-control-allow-origin"] == "https://example.com"
    assert headers["access-control-allow-credentials"] == "true"
    _, headers, _ = fetch(server, url, "/plain", Origin="https://other.example")
    assert "access-control-allow-origin" not in headers


def test_who_may_call(server, client, url):
    """AWS_IAM demands a signature, NONE a statement of the policy."""
    signed = client.create_function_url_config(
        FunctionName="web", Qualifier="live", AuthType="AWS_IAM")
    assert signed["FunctionArn"].endswith(":function:web:live")
    status, headers, body = fetch(server, signed["FunctionUrl"])
    assert status == 403 and json.loads(body)["Message"].startswith("Forbidden")
    assert headers["x-amzn-errortype"] == "AccessDeniedException"
    status, _, body = fetch(server, signed["FunctionUrl"], Authorization=(
        "AWS4-HMAC-SHA256 Credential=000000000000/20261121/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host, Signature=0"))
    assert status == 200
    iam = json.loads(body)["requestContext"]["authorizer"]["iam"]
    assert iam["accountId"] == "000000000000"
    client.remove_permission(FunctionName="web", StatementId="everyone")
    assert fetch(server, url)[0] == 403
    client.add_permission(
        FunctionName="web", StatementId="everyone", Action="lambda:InvokeFunctionUrl",
        Principal="*", FunctionUrlAuthType="NONE")
    assert fetch(server, url)[0] == 200


def test_configurations(client, url):
    listed = client.list_function_url_configs(FunctionName="web")["FunctionUrlConfigs"]
    assert url in [entry["FunctionUrl"] for entry in listed]
    with pytest.raises(ClientError, match="FunctionUrlConfig exists for this Lambda function"):
        client.create_function_url_config(FunctionName="web", AuthType="NONE")
    with pytest.raises(ClientError, match="Function does not exist"):
        client.create_function_url_config(FunctionName="none", AuthType="NONE")
    changed = client.update_function_url_config(FunctionName="web", Cors={})
    assert "Cors" not in changed and changed["AuthType"] == "NONE"
    client.delete_function_url_config(FunctionName="web")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_function_url_config(FunctionName="web")


STREAMS = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath === "/plain") {
    stream.setContentType("text/plain")
    for (const word of ["one ", "two ", "three"]) {
      stream.write(word)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    return stream.end()
  }
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 201, headers: { "Content-Type": "text/css", "x-own": "yes" }, cookies: ["a=1"] })
  stream.write(Buffer.alloc(1 << 20, "x"))
  if (event.rawPath === "/breaks") throw new Error("half way")
  stream.end()
})
"""


@pytest.fixture(scope="module")
def streaming(client):
    client.create_function(
        FunctionName="streams", Runtime="nodejs20.x", Role=ROLE, Handler="index.handler",
        Timeout=20, Code={"ZipFile": archive(index_js=STREAMS)})
    client.add_permission(
        FunctionName="streams", StatementId="everyone", Action="lambda:InvokeFunctionUrl",
        Principal="*", FunctionUrlAuthType="NONE")
    made = client.create_function_url_config(
        FunctionName="streams", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    assert made["InvokeMode"] == "RESPONSE_STREAM"
    return made["FunctionUrl"]


def test_a_streamed_response_comes_with_its_type(server, streaming):
    status, headers, body = fetch(server, streaming, "/plain")
    assert (status, headers["content-type"], body) == (200, "text/plain", b"one two three")


def test_a_streamed_response_begins_with_its_head(server, streaming):
    status, headers, body = fetch(server, streaming)
    assert status == 201 and headers["content-type"] == "text/css" and headers["x-own"] == "yes"
    assert headers["set-cookie"] == "a=1" and body == b"x" * (1 << 20)


def test_a_stream_that_fails_breaks_off(server, streaming):
    with pytest.raises(http.client.IncompleteRead):
        fetch(server, streaming, "/breaks")
