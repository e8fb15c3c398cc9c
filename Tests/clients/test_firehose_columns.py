"""Firehose converting records to Parquet and ORC by a Glue table, read back with PyArrow."""
import base64
import datetime
import io
import json
import sys
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from served import Served, leat
from test_crash import advance

pyarrow = pytest.importorskip("pyarrow", reason="PyArrow reads and writes the files")
import pyarrow.orc  # noqa: E402
import pyarrow.parquet  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/delivery"
COLUMNS = [("id", "bigint"), ("price", "decimal(10,2)"), ("day", "date"), ("at", "timestamp"),
           ("tags", "array<string>"), ("user", "struct<name:string,age:int>"),
           ("attrs", "map<string,double>")]
RECORD = {"ID": 1, "price": "2.345", "day": "2026-11-27", "at": "2026-11-27T01:02:03.5Z",
          "tags": ["a", None], "user": {"name": "Ada"}, "attrs": {"k": 0.5}, "more": 1}
ROW = {"id": 1, "price": Decimal("2.35"), "day": datetime.date(2026, 11, 27),
       "at": datetime.datetime(2026, 11, 27, 1, 2, 3, 500000), "tags": ["a", None],
       "user": {"name": "Ada", "age": None}, "attrs": [("k", 0.5)]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("columns") / "data"
    with Served("--clock", "virtual", data=data, LEAT_QUERY_ENGINE=sys.executable) as server:
        server.client("s3").create_bucket(Bucket="lake")
        glue = server.client("glue")
        glue.create_database(DatabaseInput={"Name": "lake"})
        glue.create_table(DatabaseName="lake", TableInput=table("clicks", COLUMNS))
        yield server


@pytest.fixture()
def firehose(server):
    client = server.client("firehose")
    yield client
    for name in client.list_delivery_streams()["DeliveryStreamNames"]:
        client.delete_delivery_stream(DeliveryStreamName=name)


def table(name, columns):
    columns = [{"Name": name, "Type": kind} for name, kind in columns]
    return {"Name": name, "StorageDescriptor": {"Columns": columns}}


def conversion(serializer=None, deserializer=None, **schema):
    return {
        "SchemaConfiguration": {
            "RoleARN": ROLE, "DatabaseName": "lake", "TableName": "clicks", **schema},
        "InputFormatConfiguration": {"Deserializer": deserializer or {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": serializer or {"ParquetSerDe": {}}},
    }


def create(firehose, conversion, **more):
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination(conversion, **more))


def destination(conversion, **more):
    return {
        "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", "Prefix": "data/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "DataFormatConversionConfiguration": conversion, **more}


def deliver(server, firehose, *records):
    """The objects that the records come to, by key, and takes them away."""
    firehose.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": record} for record in records])
    advance(server, 60_000)
    s3 = server.client("s3")
    found = {}
    for entry in s3.list_objects_v2(Bucket="lake").get("Contents", []):
        found[entry["Key"]] = s3.get_object(Bucket="lake", Key=entry["Key"])["Body"].read()
        s3.delete_object(Bucket="lake", Key=entry["Key"])
    return found


def encoded(record):
    return json.dumps(record).encode()


def rows(body):
    if body.startswith(b"ORC"):
        return pyarrow.orc.read_table(io.BytesIO(body)).to_pylist()
    file = io.BytesIO(body)
    return pyarrow.parquet.read_table(file, coerce_int96_timestamp_unit="us").to_pylist()


@pytest.mark.parametrize("serializer, magic, ending", [
    ({"ParquetSerDe": {}}, b"PAR1", ".parquet"),
    ({"ParquetSerDe": {"Compression": "GZIP", "WriterVersion": "V2", "PageSizeBytes": 65536,
                       "EnableDictionaryCompression": True, "BlockSizeBytes": 67108864}},
     b"PAR1", ".parquet"),
    ({"OrcSerDe": {}}, b"ORC", ".orc"),
    ({"OrcSerDe": {"Compression": "ZLIB", "BloomFilterColumns": ["id"], "FormatVersion": "V0_11",
                   "RowIndexStride": 1000, "StripeSizeBytes": 8388608}}, b"ORC", ".orc"),
])
def test_records_become_columns(server, firehose, serializer, magic, ending):
    create(firehose, conversion(serializer))
    found = deliver(server, firehose, encoded(RECORD), encoded({"id": 2}) + b"\n" + encoded({"id": 3}))
    ((key, body),) = found.items()
    assert key.startswith("data/") and key.endswith(ending)
    assert body.startswith(magic)
    first, *others = rows(body)
    assert first == ROW
    assert [row["id"] for row in others] == [2, 3]


def test_records_that_do_not_fit_are_in_the_error_output(server, firehose):
    create(firehose, conversion(), FileExtension=".pq")
    bad = [b"this is not json", encoded({"id": "oops"}), encoded({"id": 5}) + b"{", b"[]"]
    found = deliver(server, firehose, encoded(RECORD), *bad)
    (data,) = [body for key, body in found.items() if key.endswith(".pq")]
    assert rows(data) == [ROW]
    ((key, errors),) = [item for item in found.items() if not item[0].endswith(".pq")]
    assert key.startswith("errors/format-conversion-failed/")
    lines = [json.loads(line) for line in errors.splitlines()]
    assert [base64.b64decode(line["rawData"]) for line in lines] == bad
    assert [line["lastErrorCode"] for line in lines] == [
        "DataFormatConversion.ParseError", "DataFormatConversion.MalformedData",
        "DataFormatConversion.ParseError", "DataFormatConversion.MalformedData"]
    assert lines[1]["lastErrorMessage"] == (
        'Data does not match the schema. For input string: "oops"')
    assert lines[0]["attemptsMade"] == 1 and lines[0]["arrivalTimestamp"] > 0
    assert lines[0]["dataCatalogTable"] == {
        "catalogId": "000000000000", "databaseName": "lake", "tableName": "clicks",
        "region": "us-east-1", "versionId": "LATEST", "roleArn": ROLE}


def test_the_hive_deserializer_reads_times_by_its_patterns(server, firehose):
    formats = ["EEE MMM dd HH:mm:ss Z yyyy", "millis"]
    create(firehose, conversion(deserializer={"HiveJsonSerDe": {"TimestampFormats": formats}}))
    found = deliver(
        server, firehose, encoded({"at": "Fri Nov 27 01:02:03 +0100 2026"}),
        encoded({"at": 1000}), encoded({"id": "1"}))
    (data,) = [body for key, body in found.items() if key.startswith("data/")]
    assert [row["at"] for row in rows(data)] == [
        datetime.datetime(2026, 11, 27, 0, 2, 3), datetime.datetime(1970, 1, 1, 0, 0, 1)]
    (errors,) = [body for key, body in found.items() if key.startswith("errors/")]
    assert "not numeric" in json.loads(errors)["lastErrorMessage"]


def test_a_new_version_of_the_table_counts_from_the_next_delivery_on(server, firehose):
    glue = server.client("glue")
    glue.create_table(DatabaseName="lake", TableInput=table("growing", [("a", "int")]))
    create(firehose, conversion(TableName="growing"))
    (body,) = deliver(server, firehose, encoded({"a": 1, "b": 2})).values()
    assert rows(body) == [{"a": 1}]
    glue.update_table(
        DatabaseName="lake", TableInput=table("growing", [("a", "int"), ("b", "string")]))
    (body,) = deliver(server, firehose, encoded({"a": 1, "b": 2})).values()
    assert rows(body) == [{"a": 1, "b": "2"}]
    firehose.update_destination(
        DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate={
            "DataFormatConversionConfiguration": {"SchemaConfiguration": {"VersionId": "0"}}})
    (body,) = deliver(server, firehose, encoded({"a": 1, "b": 2})).values()
    assert rows(body) == [{"a": 1}]
    glue.delete_table(DatabaseName="lake", Name="growing")
    ((key, line),) = deliver(server, firehose, encoded({"a": 1})).items()
    assert key.startswith("errors/format-conversion-failed/")
    assert json.loads(line)["lastErrorCode"] == "DataFormatConversion.EntityNotFoundException"


@pytest.mark.parametrize("change, message", [
    ({"CompressionFormat": "GZIP"}, "compression format must be set to UNCOMPRESSED"),
    ({"BufferingHints": {"SizeInMBs": 63, "IntervalInSeconds": 60}},
     "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."),
])
def test_rules_of_the_destination(firehose, change, message):
    with pytest.raises(ClientError, match=message) as caught:
        create(firehose, conversion(), **change)
    assert caught.value.response["Error"]["Code"] == "InvalidArgumentException"


@pytest.mark.parametrize("change, code, message", [
    ({"SchemaConfiguration": None}, "InvalidArgumentException", "SchemaConfiguration must not be null"),
    ({"SchemaConfiguration": {"DatabaseName": "lake", "TableName": "clicks"}},
     "InvalidArgumentException", "SchemaConfiguration.RoleArn must not be null or empty"),
    ({"InputFormatConfiguration": {"Deserializer": {}}}, "InvalidArgumentException",
     "Deserializer must not be null"),
    ({"InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}, "HiveJsonSerDe": {}}}},
     "InvalidArgumentException", "More than one deserializer specified. Only one may be chosen."),
    ({"OutputFormatConfiguration": None}, "InvalidArgumentException",
     "OutputFormatConfiguration must not be null"),
    ({"OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"MaxPaddingBytes": 1}}}},
     "UnsupportedOperation", "MaxPaddingBytes"),
    ({"OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {"EnablePadding": True}}}},
     "UnsupportedOperation", "EnablePadding"),
    ({"InputFormatConfiguration": {"Deserializer": {"HiveJsonSerDe": {"TimestampFormats": ["zz"]}}}},
     "UnsupportedOperation", "`zz` in the timestamp format `zz` is not supported"),
    ({"OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {"BloomFilterColumns": ["x"]}}}},
     "UnsupportedOperation", "no column `x` for a bloom filter"),
    ({"SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "lake", "TableName": "nothing"}},
     "InvalidArgumentException", "Table nothing not found"),
    ({"SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "lake", "TableName": "binary"}},
     "UnsupportedOperation", "The type `binary` of the column `b` can't be converted"),
])
def test_rules_of_the_conversion(server, firehose, change, code, message):
    try:
        server.client("glue").create_table(
            DatabaseName="lake", TableInput=table("binary", [("b", "binary")]))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AlreadyExistsException"
    wanted = {k: v for k, v in {**conversion(), **change}.items() if v is not None}
    with pytest.raises(ClientError, match=message) as caught:
        create(firehose, wanted)
    assert caught.value.response["Error"]["Code"] == code


def test_it_is_described_with_the_larger_buffer(firehose):
    create(firehose, conversion(), BufferingHints={})
    described = firehose.describe_delivery_stream(DeliveryStreamName="d")
    described = described["DeliveryStreamDescription"]["Destinations"][0]
    described = described["ExtendedS3DestinationDescription"]
    assert described["BufferingHints"] == {"SizeInMBs": 128, "IntervalInSeconds": 300}
    assert described["DataFormatConversionConfiguration"] == conversion()


def test_without_an_engine_records_wait_for_one(tmp_path):
    with Served("--clock", "virtual", data=tmp_path / "data",
                LEAT_QUERY_ENGINE="/nowhere/python3") as server:
        server.client("s3").create_bucket(Bucket="lake")
        glue = server.client("glue")
        glue.create_database(DatabaseInput={"Name": "lake"})
        glue.create_table(DatabaseName="lake", TableInput=table("clicks", COLUMNS))
        create(server.client("firehose"), conversion())
        assert deliver(server, server.client("firehose"), encoded(RECORD)) == {}
    with Served("--clock", "virtual", data=tmp_path / "data",
                LEAT_QUERY_ENGINE=sys.executable) as server:
        advance(server, 600_000)
        s3 = server.client("s3")
        (entry,) = s3.list_objects_v2(Bucket="lake")["Contents"]
        body = s3.get_object(Bucket="lake", Key=entry["Key"])["Body"].read()
        assert rows(body) == [ROW]


TEMPLATE = """
Resources:
  Lake:
    Type: AWS::S3::Bucket
    Properties: { BucketName: stack-lake }
  Database:
    Type: AWS::Glue::Database
    Properties: { CatalogId: !Ref AWS::AccountId, DatabaseInput: { Name: events } }
  Table:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: clicks
        StorageDescriptor: { Columns: [{ Name: a, Type: TYPE }] }
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: to-columns
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::000000000000:role/delivery
        BucketARN: !GetAtt Lake.Arn
        DataFormatConversionConfiguration:
          SchemaConfiguration:
            RoleARN: arn:aws:iam::000000000000:role/delivery
            DatabaseName: !Ref Database
            TableName: !Ref Table
          InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } }
          OutputFormatConfiguration: { Serializer: SERIALIZER }
"""


def template(tmp_path, kind="int", serializer="{ OrcSerDe: { Compression: ZLIB } }"):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("TYPE", kind).replace("SERIALIZER", serializer))
    return path


def test_a_stack_converts(tmp_path):
    data = tmp_path / "data"
    leat("deploy", template(tmp_path), "--stack-name", "columns", "--yes", data=data)
    plan = leat("plan", template(tmp_path), "--stack-name", "columns", data=data)
    assert "no changes" in plan.stdout.lower()
    with Served("--clock", "virtual", data=data, LEAT_QUERY_ENGINE=sys.executable) as server:
        server.client("firehose").put_record(
            DeliveryStreamName="to-columns", Record={"Data": b'{"a":"7"}'})
        advance(server, 300_000)
        s3 = server.client("s3")
        (entry,) = s3.list_objects_v2(Bucket="stack-lake")["Contents"]
        assert entry["Key"].endswith(".orc")
        body = s3.get_object(Bucket="stack-lake", Key=entry["Key"])["Body"].read()
        assert rows(body) == [{"a": 7}]


@pytest.mark.parametrize("change, message", [
    ({"serializer": "{ ParquetSerDe: { MaxPaddingBytes: 8 } }"}, "MaxPaddingBytes"),
    ({"serializer": "{}"}, "Serializer must not be null"),
    ({"kind": "binary"}, "`binary` is not supported"),
])
def test_a_plan_names_what_can_not_be_converted(tmp_path, change, message):
    answer = leat(
        "plan", template(tmp_path, **change), "--stack-name", "columns", data=tmp_path / "data",
        check=False)
    assert answer.returncode != 0
    assert message in answer.stdout + answer.stderr
