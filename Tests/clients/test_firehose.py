"""Firehose as boto3 uses it, through the port, with a clock that stands still until told."""
import gzip

import pytest
from botocore.exceptions import ClientError

from served import Served
from test_crash import advance

ROLE = "arn:aws:iam::000000000000:role/delivery"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("firehose") / "data"
    with Served("--clock", "virtual", data=data) as server:
        server.client("s3").create_bucket(Bucket="landing")
        yield server


@pytest.fixture()
def firehose(server):
    client = server.client("firehose")
    yield client
    for name in client.list_delivery_streams()["DeliveryStreamNames"]:
        client.delete_delivery_stream(DeliveryStreamName=name)


def destination(**more):
    return {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::landing",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}, **more}


def objects(server, prefix):
    s3 = server.client("s3")
    listed = s3.list_objects_v2(Bucket="landing", Prefix=prefix).get("Contents", [])
    return [s3.get_object(Bucket="landing", Key=entry["Key"]) for entry in listed]


def test_records_become_one_object(server, firehose):
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(Prefix="one/"))
    assert firehose.put_record(DeliveryStreamName="d", Record={"Data": b"a"})["RecordId"]
    batch = firehose.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": b"b\n"}, {"Data": b"c"}])
    assert batch["FailedPutCount"] == 0 and len(batch["RequestResponses"]) == 2
    assert objects(server, "one/") == []
    advance(server, 60_000)
    (found,) = objects(server, "one/")
    assert found["Body"].read() == b"ab\nc"


def test_gzip(server, firehose):
    firehose.create_delivery_stream(
        DeliveryStreamName="d",
        ExtendedS3DestinationConfiguration=destination(Prefix="zip/", CompressionFormat="GZIP"))
    firehose.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": b"%d," % n} for n in range(500)])
    advance(server, 60_000)
    (found,) = objects(server, "zip/")
    assert found["ContentEncoding"] == "gzip"
    assert gzip.decompress(found["Body"].read()) == b"".join(b"%d," % n for n in range(500))


def test_describing_and_updating(firehose):
    arn = firehose.create_delivery_stream(
        DeliveryStreamName="d",
        ExtendedS3DestinationConfiguration=destination())["DeliveryStreamARN"]
    described = firehose.describe_delivery_stream(DeliveryStreamName="d")
    described = described["DeliveryStreamDescription"]
    assert described["DeliveryStreamARN"] == arn
    assert described["DeliveryStreamStatus"] == "ACTIVE" and described["VersionId"] == "1"
    (place,) = described["Destinations"]
    assert place["ExtendedS3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED"
    assert place["S3DestinationDescription"]["BucketARN"] == "arn:aws:s3:::landing"
    firehose.update_destination(
        DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1",
        DestinationId=place["DestinationId"], ExtendedS3DestinationUpdate={"Prefix": "p/"})
    described = firehose.describe_delivery_stream(DeliveryStreamName="d")
    assert described["DeliveryStreamDescription"]["VersionId"] == "2"


def test_a_stream_is_delivered(server, firehose):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="source", ShardCount=2)
    arn = kinesis.describe_stream(StreamName="source")["StreamDescription"]["StreamARN"]
    firehose.create_delivery_stream(
        DeliveryStreamName="d", DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration=destination(Prefix="stream/"))
    for n in range(10):
        kinesis.put_record(StreamName="source", Data=b"<%d>" % n, PartitionKey=f"k{n}")
    advance(server, 62_000)
    (found,) = objects(server, "stream/")
    body = found["Body"].read()
    assert len(body) == 30 and all(b"<%d>" % n in body for n in range(10))


@pytest.mark.parametrize("change, code", [
    ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "UnsupportedOperation"),
    ({"CompressionFormat": "ZIP"}, "UnsupportedOperation"),
    ({"Prefix": "!{timestamp:yyyy}/"}, "InvalidArgumentException"),
])
def test_what_is_not_implemented_is_refused(firehose, change, code):
    with pytest.raises(ClientError) as caught:
        firehose.create_delivery_stream(
            DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(**change))
    assert caught.value.response["Error"]["Code"] == code
