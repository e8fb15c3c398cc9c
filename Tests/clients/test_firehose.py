"""Firehose as boto3 uses it, through the port, with a clock that stands still until told."""
import gzip
import io
import json
import struct
import zipfile
import zoneinfo

import cramjam
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


def test_a_stream_made_anew_under_its_name_is_delivered_from_its_beginning(server, firehose):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="again", ShardCount=1)
    arn = kinesis.describe_stream(StreamName="again")["StreamDescription"]["StreamARN"]
    firehose.create_delivery_stream(
        DeliveryStreamName="d", DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration=destination(Prefix="again/"))
    for n in range(9):
        kinesis.put_record(StreamName="again", Data=b"<%d>" % n, PartitionKey="k")
    advance(server, 62_000)
    kinesis.delete_stream(StreamName="again")
    kinesis.create_stream(StreamName="again", ShardCount=1)
    for n in range(3):
        kinesis.put_record(StreamName="again", Data=b"(%d)" % n, PartitionKey="k")
    advance(server, 122_000)
    bodies = b"".join(found["Body"].read() for found in objects(server, "again/"))
    assert all(bodies.count(b"<%d>" % n) == 1 for n in range(9))
    assert all(bodies.count(b"(%d)" % n) == 1 for n in range(3))


def unpacked(format, body):
    """What an object holds, read by libraries that know nothing of Leat."""
    if format == "GZIP":
        return gzip.decompress(body)
    if format == "ZIP":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            (name,) = archive.namelist()
            return archive.read(name)
    if format == "Snappy":
        return bytes(cramjam.snappy.decompress(body))
    found = b""
    while body:
        size, packed = struct.unpack(">II", body[:8])
        found += bytes(cramjam.snappy.decompress_raw(body[8:8 + packed]))
        body = body[8 + packed:]
    return found


@pytest.mark.parametrize("format, ending", [
    ("GZIP", ".gz"), ("ZIP", ".zip"), ("Snappy", ".snappy"), ("HADOOP_SNAPPY", ".hsnappy")])
def test_every_compression_can_be_read(server, firehose, format, ending):
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(
            Prefix=f"packed/{format}/", CompressionFormat=format))
    firehose.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": b"%d," % n * 200} for n in range(500)])
    advance(server, 60_000)
    (key,) = [entry["Key"] for entry in server.client("s3").list_objects_v2(
        Bucket="landing", Prefix=f"packed/{format}/")["Contents"]]
    assert key.endswith(ending)
    (found,) = objects(server, f"packed/{format}/")
    expected = b"".join(b"%d," % n * 200 for n in range(500))
    assert unpacked(format, found["Body"].read()) == expected


def processing(*processors):
    return {"ProcessingConfiguration": {"Enabled": True, "Processors": [
        {"Type": kind, "Parameters": [
            {"ParameterName": name, "ParameterValue": value} for name, value in more.items()]}
        for kind, more in processors]}}


def test_a_query_splits_records_by_prefix(server, firehose):
    settings = destination(
        Prefix="split/!{partitionKeyFromQuery:city}/!{timestamp:yyyy}/",
        ErrorOutputPrefix="split-errors/!{firehose:error-output-type}/",
        DynamicPartitioningConfiguration={"Enabled": True},
        S3BackupMode="Enabled", S3BackupConfiguration=destination(Prefix="split-source/"),
        **processing(
            ("RecordDeAggregation", {"SubRecordType": "JSON"}),
            ("MetadataExtraction", {
                "MetadataExtractionQuery": "{city: .place.city}", "JsonParsingEngine": "JQ-1.6"}),
            ("AppendDelimiterToRecord", {"Delimiter": "\\n"})))
    settings["BufferingHints"] = {"SizeInMBs": 64, "IntervalInSeconds": 60}
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=settings)
    records = [b'{"place":{"city":"Bern"}}{"place":{"city":"Basel"}}', b'{"place":{"city":"Bern"}}',
               b'{"place":{}}']
    firehose.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": data} for data in records])
    advance(server, 60_000)
    assert [found["Body"].read() for found in objects(server, "split/Bern/")] == [
        b'{"place":{"city":"Bern"}}\n' * 2]
    assert [found["Body"].read() for found in objects(server, "split/Basel/")] == [
        b'{"place":{"city":"Basel"}}\n']
    (failed,) = objects(server, "split-errors/processing-failed/")
    line = json.loads(failed["Body"].read())
    assert line["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"
    (source,) = objects(server, "split-source/")
    assert source["Body"].read() == b"".join(records)
    described = firehose.describe_delivery_stream(DeliveryStreamName="d")
    place = described["DeliveryStreamDescription"]["Destinations"][0]
    extended = place["ExtendedS3DestinationDescription"]
    assert extended["S3BackupDescription"]["Prefix"] == "split-source/"
    assert extended["DynamicPartitioningConfiguration"]["Enabled"] is True
    firehose.update_destination(
        DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1",
        DestinationId=place["DestinationId"],
        ExtendedS3DestinationUpdate={"S3BackupUpdate": {"Prefix": "moved/"}})
    described = firehose.describe_delivery_stream(DeliveryStreamName="d")
    extended = described["DeliveryStreamDescription"]["Destinations"][0][
        "ExtendedS3DestinationDescription"]
    assert extended["S3BackupDescription"]["Prefix"] == "moved/"
    assert extended["S3BackupDescription"]["BucketARN"] == "arn:aws:s3:::landing"


def test_prefixes_follow_the_time_zone(server, firehose):
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(
            Prefix="zone/!{timestamp:yyyy-MM-dd-HH}/", ErrorOutputPrefix="zone-errors/",
            CustomTimeZone="Asia/Tokyo"))
    now = firehose.describe_delivery_stream(DeliveryStreamName="d")[
        "DeliveryStreamDescription"]["CreateTimestamp"]
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"a"})
    advance(server, 60_000)
    there = now.astimezone(zoneinfo.ZoneInfo("Asia/Tokyo"))
    assert len(objects(server, there.strftime("zone/%Y-%m-%d-%H/"))) == 1


def test_objects_carry_their_key(server, firehose):
    key = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(
            Prefix="sealed/",
            EncryptionConfiguration={"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}))
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"a"})
    advance(server, 60_000)
    (found,) = objects(server, "sealed/")
    assert found["ServerSideEncryption"] == "aws:kms" and found["SSEKMSKeyId"] == key


@pytest.mark.parametrize("change, code", [
    ({"DataFormatConversionConfiguration": {"Enabled": True}}, "InvalidArgumentException"),
    ({"Prefix": "!{timestamp:yyyy}/"}, "InvalidArgumentException"),
    ({"Prefix": "!{partitionKeyFromQuery:a}/"}, "InvalidArgumentException"),
    ({"CustomTimeZone": "Europe/Nowhere"}, "InvalidArgumentException"),
])
def test_what_can_not_be_is_refused(firehose, change, code):
    with pytest.raises(ClientError) as caught:
        firehose.create_delivery_stream(
            DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(**change))
    assert caught.value.response["Error"]["Code"] == code
