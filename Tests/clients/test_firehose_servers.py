"""Deliveries to servers: a collector, Splunk's HEC and a search cluster, each in a thread here, over
real sockets and with boto3 on the other side."""
import base64
import gzip
import http.server
import json
import threading

import pytest

from served import Served
from test_crash import advance

ROLE = "arn:aws:iam::000000000000:role/delivery"


class Recorder(http.server.BaseHTTPRequestHandler):
    """Keeps every request and answers as its server's script says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        status, answer = self.server.answer(self.path, dict(self.headers), body)
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


@pytest.fixture()
def listen():
    servers = []

    def start(answer):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        server.requests, server.answer = [], answer
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("servers") / "data"
    with Served("--clock", "virtual", data=data) as server:
        server.client("s3").create_bucket(Bucket="landing")
        yield server


@pytest.fixture()
def firehose(server):
    client = server.client("firehose")
    yield client
    for name in client.list_delivery_streams()["DeliveryStreamNames"]:
        client.delete_delivery_stream(DeliveryStreamName=name)


def bucket(prefix):
    return {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::landing", "Prefix": prefix}


def objects(server, prefix):
    s3 = server.client("s3")
    listed = s3.list_objects_v2(Bucket="landing", Prefix=prefix).get("Contents", [])
    return [s3.get_object(Bucket="landing", Key=entry["Key"])["Body"].read() for entry in listed]


HINTS = {"SizeInMBs": 1, "IntervalInSeconds": 60}


def test_a_collector_gets_the_records(server, firehose, listen):
    def answer(_, headers, body):
        text = json.loads(gzip.decompress(body))
        return 200, {"requestId": text["requestId"], "timestamp": text["timestamp"]}

    collector = listen(answer)
    firehose.create_delivery_stream(
        DeliveryStreamName="d", HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": f"{collector.url}/in", "AccessKey": "k3y"},
            "BufferingHints": HINTS, "S3BackupMode": "AllData",
            "RequestConfiguration": {"ContentEncoding": "GZIP", "CommonAttributes": [
                {"AttributeName": "team", "AttributeValue": "blue"}]},
            "S3Configuration": bucket("all/")})
    firehose.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": b"%d" % n} for n in range(3)])
    advance(server, 60_000)
    ((path, headers, body),) = collector.requests
    assert path == "/in" and headers["X-Amz-Firehose-Access-Key"] == "k3y"
    assert json.loads(headers["X-Amz-Firehose-Common-Attributes"]) == {
        "commonAttributes": {"team": "blue"}}
    sent = json.loads(gzip.decompress(body))
    assert [base64.b64decode(record["data"]) for record in sent["records"]] == [b"0", b"1", b"2"]
    assert objects(server, "all/") == [b"012"]


def test_a_collector_that_is_down_costs_nothing(server, firehose, listen):
    firehose.create_delivery_stream(
        DeliveryStreamName="d", HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "http://127.0.0.1:9/in"}, "BufferingHints": HINTS,
            "RetryOptions": {"DurationInSeconds": 10}, "S3Configuration": bucket("down/")})
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"a"})
    advance(server, 60_000)
    assert objects(server, "down/") == []
    advance(server, 10_000)
    (lines,) = objects(server, "down/http-endpoint-failed/")
    line = json.loads(lines)
    assert base64.b64decode(line["rawData"]) == b"a"
    assert line["errorCode"] == "HttpEndpoint.ConnectionFailed"


def test_splunk_confirms_what_it_has_indexed(server, firehose, listen):
    acknowledged = []

    def answer(path, headers, body):
        if headers["Authorization"] != "Splunk t0ken":
            return 403, {"text": "Invalid token", "code": 4}
        if path.startswith("/services/collector/ack"):
            acknowledged.append(json.loads(body)["acks"])
            return 200, {"acks": {"3": len(acknowledged) > 1}}
        return 200, {"text": "Success", "code": 0, "ackId": 3}

    splunk = listen(answer)
    firehose.create_delivery_stream(
        DeliveryStreamName="d", SplunkDestinationConfiguration={
            "HECEndpoint": splunk.url, "HECEndpointType": "Raw", "HECToken": "t0ken",
            "BufferingHints": HINTS, "S3Configuration": bucket("splunk/")})
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"one event"})
    advance(server, 63_000)
    path, _, body = splunk.requests[0]
    assert path.startswith("/services/collector/raw?channel=") and body == b"one event\n"
    assert acknowledged == [[3], [3]]
    assert objects(server, "splunk/") == []


def test_a_cluster_indexes_documents(server, firehose, listen):
    index = {}

    def answer(_, headers, body):
        items = []
        lines = body.decode().splitlines()
        for action, document in zip(lines[::2], lines[1::2]):
            place, document = json.loads(action)["index"], json.loads(document)
            if "bad" in document:
                items.append({"index": {"status": 400, "error": {"reason": "bad field"}}})
            else:
                index[place["_id"]] = (place["_index"], document)
                items.append({"index": {"status": 201}})
        return 200, {"errors": False, "items": items}

    cluster = listen(answer)
    firehose.create_delivery_stream(
        DeliveryStreamName="d", AmazonopensearchserviceDestinationConfiguration={
            "RoleARN": ROLE, "ClusterEndpoint": cluster.url, "IndexName": "logs",
            "IndexRotationPeriod": "NoRotation", "BufferingHints": HINTS,
            "S3Configuration": bucket("search/")})
    firehose.put_record_batch(DeliveryStreamName="d", Records=[
        {"Data": b'{"a":1}'}, {"Data": b'{"bad":1}'}, {"Data": b'{"a":2}'}])
    advance(server, 60_000)
    assert sorted(index.values(), key=str) == [("logs", {"a": 1}), ("logs", {"a": 2})]
    (lines,) = objects(server, "search/AmazonOpenSearchService_failed/")
    assert json.loads(lines)["errorMessage"] == "bad field"


TEMPLATE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}
      HttpEndpointDestinationConfiguration:
        EndpointConfiguration: {Url: 'http://localhost:PORT/in', AccessKey: k3y}
        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: SECONDS}
        RoleARN: arn:aws:iam::000000000000:role/delivery
        S3Configuration:
          BucketARN: !GetAtt Bucket.Arn
          RoleARN: arn:aws:iam::000000000000:role/delivery
Outputs: {Name: {Value: !Ref Stream}}
"""


def test_a_template_makes_and_changes_a_collectors_stream(server, listen):
    collector = listen(lambda _, __, body: (
        200, {"requestId": json.loads(body)["requestId"], "timestamp": 1}))
    cloudformation, client = server.client("cloudformation"), server.client("firehose")
    template = TEMPLATE.replace("PORT", str(collector.server_port))
    cloudformation.create_stack(
        StackName="collector", TemplateBody=template.replace("SECONDS", "60"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="collector")
    (output,) = cloudformation.describe_stacks(StackName="collector")["Stacks"][0]["Outputs"]
    name = output["OutputValue"]
    described = client.describe_delivery_stream(DeliveryStreamName=name)
    described = described["DeliveryStreamDescription"]
    assert described["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLED"
    cloudformation.update_stack(
        StackName="collector", TemplateBody=template.replace("SECONDS", "5"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="collector")
    assert client.put_record(DeliveryStreamName=name, Record={"Data": b"a"})["Encrypted"] is True
    advance(server, 5_000)
    assert len(collector.requests) == 1
    assert collector.requests[0][1]["X-Amz-Firehose-Access-Key"] == "k3y"
    cloudformation.delete_stack(StackName="collector")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="collector")
