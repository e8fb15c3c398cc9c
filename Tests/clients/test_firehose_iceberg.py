"""Deliveries into Iceberg tables of the Data Catalog, read back by PyIceberg through the port."""
import datetime
import json
import sys

import boto3
import pytest
from botocore.exceptions import ClientError

from served import ACCOUNT, Served
from test_crash import advance

pytest.importorskip("pyiceberg", reason="PyIceberg reads and writes the tables")
from pyiceberg.catalog.glue import GlueCatalog  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/delivery"
CATALOG = "arn:aws:glue:us-east-1:000000000000:catalog"
COLUMNS = [("id", "bigint"), ("name", "string"), ("price", "decimal(10,2)"), ("at", "timestamp"),
           ("day", "date"), ("tags", "array<string>"), ("user", "struct<age:int>")]


def start(tmp_path_factory, **more):
    data = tmp_path_factory.mktemp("iceberg") / "data"
    server = Served(
        "--clock", "virtual", data=data, **{"LEAT_QUERY_ENGINE": sys.executable, **more})
    server.client("s3").create_bucket(Bucket="lake")
    server.client("glue").create_database(DatabaseInput={"Name": "lake"})
    return server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start(tmp_path_factory) as server:
        yield server


@pytest.fixture()
def firehose(server):
    client = server.client("firehose")
    yield client
    for name in client.list_delivery_streams()["DeliveryStreamNames"]:
        client.delete_delivery_stream(DeliveryStreamName=name)


def make_table(server, name):
    server.client("glue").create_table(
        DatabaseName="lake", OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}},
        TableInput={"Name": name, "StorageDescriptor": {
            "Location": f"s3://lake/{name}/",
            "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS]}})


def catalog(server):
    return GlueCatalog("glue", **{
        "glue.endpoint": server.endpoint, "glue.region": "us-east-1",
        "glue.access-key-id": ACCOUNT, "glue.secret-access-key": "unchecked",
        "s3.endpoint": server.endpoint, "s3.region": "us-east-1",
        "s3.access-key-id": ACCOUNT, "s3.secret-access-key": "unchecked"})


def rows(server, name):
    found = catalog(server).load_table(("lake", name)).scan().to_arrow().to_pylist()
    return sorted(found, key=lambda row: row["id"])


def create(client, *tables, **more):
    client.create_delivery_stream(DeliveryStreamName="d", IcebergDestinationConfiguration={
        "RoleARN": ROLE, "CatalogConfiguration": {"CatalogARN": CATALOG},
        "DestinationTableConfigurationList": [
            {"DestinationDatabaseName": "lake", "DestinationTableName": name} for name in tables],
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
        "RetryOptions": {"DurationInSeconds": 0},
        "S3Configuration": {
            "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", "Prefix": "back/"}, **more})


def put(client, *records):
    client.put_record_batch(
        DeliveryStreamName="d", Records=[{"Data": json.dumps(record)} for record in records])


def failures(server):
    s3 = server.client("s3")
    listed = s3.list_objects_v2(Bucket="lake", Prefix="back/iceberg-failed/").get("Contents", [])
    lines = []
    for entry in listed:
        lines += s3.get_object(Bucket="lake", Key=entry["Key"])["Body"].read().splitlines()
        s3.delete_object(Bucket="lake", Key=entry["Key"])
    return [json.loads(line) for line in lines]


def test_records_become_rows(server, firehose):
    make_table(server, "rides")
    create(firehose, "rides")
    put(firehose, {"ID": 1, "name": "a", "price": "2.35", "at": "2026-11-27T01:02:03.5Z",
                   "day": "2026-11-27", "tags": ["x", None], "user": {"age": 7}, "more": 1},
        {"id": 2}, {"id": "no number"})
    advance(server, 60_000)
    put(firehose, {"id": 3, "name": "c"})
    advance(server, 60_000)
    first, second, third = rows(server, "rides")
    assert first == {
        "id": 1, "name": "a", "price": first["price"],
        "at": datetime.datetime(2026, 11, 27, 1, 2, 3, 500000),
        "day": datetime.date(2026, 11, 27), "tags": ["x", None], "user": {"age": 7}}
    assert str(first["price"]) == "2.35" and second["name"] is None and third["name"] == "c"
    (line,) = failures(server)
    assert line["errorCode"] == "Iceberg.MalformedData"
    table = catalog(server).load_table(("lake", "rides"))
    assert len(table.history()) == 2
    parameters = server.client("glue").get_table(
        DatabaseName="lake", Name="rides")["Table"]["Parameters"]
    assert parameters["table_type"] == "ICEBERG"
    assert parameters["previous_metadata_location"] != parameters["metadata_location"]


def test_a_table_that_pyiceberg_has_made_and_writes_too(server, firehose):
    import pyarrow
    from pyiceberg.schema import Schema
    from pyiceberg.types import LongType, NestedField, StringType, TimestamptzType
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.transforms import BucketTransform
    schema = Schema(
        NestedField(1, "id", LongType(), required=True), NestedField(2, "Name", StringType()),
        NestedField(3, "at", TimestamptzType()))
    table = catalog(server).create_table(
        ("lake", "shared"), schema, location="s3://lake/shared",
        partition_spec=PartitionSpec(PartitionField(1, 1000, BucketTransform(4), "bucket")))
    create(firehose, "shared")
    put(firehose, {"id": 1, "name": "a", "at": 1700000000123}, {"name": "without an id"})
    advance(server, 60_000)
    table.refresh()
    table.append(pyarrow.Table.from_pylist([{"id": 2, "Name": "b", "at": None}], schema=table.schema().as_arrow()))
    put(firehose, {"id": 3, "name": "c"})
    advance(server, 60_000)
    found = rows(server, "shared")
    assert [(row["id"], row["Name"]) for row in found] == [(1, "a"), (2, "b"), (3, "c")]
    assert found[0]["at"].timestamp() == 1700000000.123
    (line,) = failures(server)
    assert "must have a value" in line["errorMessage"]


def test_records_choose_their_table(server, firehose):
    make_table(server, "one")
    make_table(server, "two")
    query = '{destinationDatabaseName: "lake", destinationTableName: .name, operation: "insert"}'
    create(firehose, ProcessingConfiguration={"Enabled": True, "Processors": [{
        "Type": "MetadataExtraction", "Parameters": [
            {"ParameterName": "MetadataExtractionQuery", "ParameterValue": query},
            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]}]})
    put(firehose, {"id": 1, "name": "one"}, {"id": 2, "name": "two"}, {"id": 3, "name": "absent"})
    advance(server, 60_000)
    assert [row["id"] for row in rows(server, "one")] == [1]
    assert [row["id"] for row in rows(server, "two")] == [2]
    (line,) = failures(server)
    assert line["errorCode"] == "Iceberg.NoSuchTable"


def test_a_process_that_ends_adds_nothing_twice(tmp_path_factory):
    server = start(tmp_path_factory, LEAT_CRASH_AT="firehose.delivered:1")
    with server:
        make_table(server, "rides")
        client = server.client("firehose")
        create(client, "rides")
        put(client, {"id": 1})
        with pytest.raises(Exception):
            advance(server, 60_000)
        server.process.wait(timeout=30)
    data = server.process.args[server.process.args.index("--data") + 1]
    with Served("--clock", "virtual", data=data, LEAT_QUERY_ENGINE=sys.executable) as again:
        put(again.client("firehose"), {"id": 2})
        advance(again, 600_000)
        assert [row["id"] for row in rows(again, "rides")] == [1, 2]


def test_what_cannot_be_done_is_refused(server, firehose):
    for more, word in [
        ({"DestinationTableConfigurationList": [{
            "DestinationDatabaseName": "lake", "DestinationTableName": "t",
            "UniqueKeys": ["id"]}]}, "UniqueKeys"),
        ({"TableCreationConfiguration": {"Enabled": True}}, "TableCreationConfiguration"),
        ({"CatalogConfiguration": {"WarehouseLocation": "s3://lake/"}}, "WarehouseLocation"),
    ]:
        with pytest.raises(ClientError, match=word):
            create(firehose, "rides", **more)


def test_a_table_needs_a_bucket_and_types_that_iceberg_has(server):
    glue = server.client("glue")
    for location, kind in [("s3://nowhere/t", "int"), ("s3://lake/t", "binary"), ("lake/t", "int")]:
        with pytest.raises(ClientError):
            glue.create_table(
                DatabaseName="lake",
                OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}},
                TableInput={"Name": "bad", "StorageDescriptor": {
                    "Location": location, "Columns": [{"Name": "a", "Type": kind}]}})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="lake", Name="bad")


TEMPLATE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Database:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: stacked}}
  Table:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      OpenTableFormatInput: {IcebergInput: {MetadataOperation: CREATE, Version: "2"}}
      TableInput:
        Name: events
        Description: DESCRIPTION
        StorageDescriptor:
          Location: !Sub s3://${Bucket}/events
          Columns: [{Name: id, Type: bigint}]
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      IcebergDestinationConfiguration:
        RoleARN: arn:aws:iam::000000000000:role/delivery
        CatalogConfiguration: {CatalogArn: !Sub "arn:aws:glue:${AWS::Region}:${AWS::AccountId}:catalog"}
        DestinationTableConfigurationList:
        - {DestinationDatabaseName: !Ref Database, DestinationTableName: !Ref Table}
        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}
        S3Configuration: {BucketARN: !GetAtt Bucket.Arn, RoleARN: "arn:aws:iam::000000000000:role/r"}
Outputs: {Name: {Value: !Ref Stream}}
"""


def test_a_template_makes_table_and_stream(server):
    cloudformation, client = server.client("cloudformation"), server.client("firehose")
    cloudformation.create_stack(
        StackName="iceberg", TemplateBody=TEMPLATE.replace("DESCRIPTION", "one"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="iceberg")
    (output,) = cloudformation.describe_stacks(StackName="iceberg")["Stacks"][0]["Outputs"]
    for number in (1, 2):
        client.put_record(
            DeliveryStreamName=output["OutputValue"], Record={"Data": b'{"id": %d}' % number})
        advance(server, 60_000)
        if number == 1:
            cloudformation.update_stack(
                StackName="iceberg", TemplateBody=TEMPLATE.replace("DESCRIPTION", "two"))
            cloudformation.get_waiter("stack_update_complete").wait(StackName="iceberg")
    table = catalog(server).load_table(("stacked", "events"))
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [1, 2]
