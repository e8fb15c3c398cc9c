"""Deliveries by way of a bucket into tables, with a PostgreSQL server in place of the cluster."""
import gzip
import json

import pytest
from botocore.exceptions import ClientError

from postgres import Postgres, needed
from served import Served
from test_crash import advance

pytestmark = needed

ROLE = "arn:aws:iam::000000000000:role/delivery"
HINTS = {"SizeInMBs": 1, "IntervalInSeconds": 60}


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.end()


@pytest.fixture()
def server(tmp_path):
    with Served("--clock", "virtual", data=tmp_path / "data") as server:
        server.client("s3").create_bucket(Bucket="landing")
        yield server


def bucket(prefix="in/", **more):
    return {
        "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::landing", "Prefix": prefix,
        "BufferingHints": HINTS, **more}


def create(server, postgres, table, options, name="d", columns=None, retry=0, s3=None, **more):
    copy = {"DataTableName": table, "CopyOptions": options}
    if columns:
        copy["DataTableColumns"] = columns
    settings = {
        "RoleARN": ROLE, "ClusterJDBCURL": postgres.url, "Username": "loader",
        "Password": postgres.PASSWORD, "CopyCommand": copy,
        "RetryOptions": {"DurationInSeconds": retry}, "S3Configuration": s3 or bucket(), **more}
    settings = {key: value for key, value in settings.items() if value is not None}
    client = server.client("firehose")
    client.create_delivery_stream(
        DeliveryStreamName=name, RedshiftDestinationConfiguration=settings)
    return client


def put(client, *records, name="d"):
    client.put_record_batch(
        DeliveryStreamName=name, Records=[{"Data": record.encode()} for record in records])


def keys(server, prefix=""):
    listed = server.client("s3").list_objects_v2(Bucket="landing", Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_json_goes_into_a_table(server, postgres):
    postgres.sql(
        """CREATE SCHEMA rides; CREATE TABLE rides."Trips" (id bigint PRIMARY KEY, note text,
        fare numeric(30, 2), at timestamptz, extra jsonb, ok boolean)""", "lake")
    client = create(
        server, postgres, 'rides."Trips"', "json 'auto' gzip timeformat 'epochmillisecs'",
        s3=bucket(CompressionFormat="GZIP"))
    nasty = "'; DROP TABLE rides.\"Trips\"; -- \\. \t \u2603"
    put(client, json.dumps(
            {"id": 1, "note": nasty, "at": 1700000000123, "extra": {"a": [1]}, "ok": True}),
        '{"id": 2, "fare": 1234567890123456789012345678.25}', '{"unknown": 1, "id": 3}')
    advance(server, 60_000)
    rows = postgres.sql('SELECT row_to_json(t) FROM rides."Trips" t ORDER BY id', "lake")
    first = json.loads(rows[0])
    assert first["note"] == nasty and first["extra"] == {"a": [1]} and first["ok"] is True
    assert postgres.sql(
        'SELECT extract(epoch FROM at) FROM rides."Trips" WHERE id = 1', "lake") == [
        "1700000000.123000"]
    assert '"fare":1234567890123456789012345678.25' in rows[1] and len(rows) == 3
    (key,) = keys(server)
    body = server.client("s3").get_object(Bucket="landing", Key=key)["Body"].read()
    assert gzip.decompress(body).startswith(b'{"id": 1')


def test_fields_go_into_chosen_columns(server, postgres):
    postgres.sql(
        "CREATE TABLE fields (id int GENERATED ALWAYS AS IDENTITY, a varchar(3), b int, "
        "c text DEFAULT 'd')", "lake")
    client = create(
        server, postgres, "fields", "csv truncatecolumns ignoreheader 1 emptyasnull",
        columns="b, a")
    put(client, "b,a\n1,\"x,yz\"\n", ",\n")
    advance(server, 60_000)
    assert postgres.sql("SELECT id, a, b, c FROM fields ORDER BY id", "lake") == [
        "1|x,y|1|d", "2|||d"]


def test_paths_come_from_a_file_in_a_bucket(server, postgres):
    postgres.sql("CREATE TABLE paths (a int, b text)", "lake")
    server.client("s3").put_object(
        Bucket="landing", Key="paths.json", Body=b'{"jsonpaths": ["$.x[1]", "$[\'y\'].z"]}')
    client = create(server, postgres, "paths", "json 's3://landing/paths.json'")
    put(client, '{"x": [7, 8], "y": {"z": "w"}}')
    advance(server, 60_000)
    assert postgres.sql("SELECT * FROM paths", "lake") == ["8|w"]


def test_rows_that_do_not_fit_are_left_out_up_to_maxerror(server, postgres):
    postgres.sql("CREATE TABLE fits (id int PRIMARY KEY, name text)", "lake")
    client = create(server, postgres, "fits", "maxerror 3")
    put(client, "1|a\nx|b\n3|c\n3|again\n4|d\n")
    advance(server, 60_000)
    assert postgres.sql("SELECT * FROM fits ORDER BY id", "lake") == ["1|a", "3|c", "4|d"]
    assert keys(server, "in/errors/") == []


@pytest.mark.parametrize("table,password,code", [
    ("absent", None, "Redshift.TableNotFound"),
    ("strict", "wrong-password", "Redshift.AuthenticationFailed"),
    ("strict", None, "Redshift.DataLoadFailed"),
])
def test_what_is_not_loaded_is_in_a_manifest(server, postgres, table, password, code):
    postgres.sql("CREATE TABLE IF NOT EXISTS strict (id int)", "lake")
    logs = server.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    client = create(
        server, postgres, table, "json 'auto'", Password=password or postgres.PASSWORD,
        CloudWatchLoggingOptions={"Enabled": True, "LogGroupName": "g", "LogStreamName": "s"})
    put(client, '{"id": 1}', '{"id": "no number"}')
    advance(server, 60_000)
    (manifest,) = keys(server, "in/errors/manifests/")
    body = json.load(server.client("s3").get_object(Bucket="landing", Key=manifest)["Body"])
    (entry,) = body["entries"]
    assert entry["url"].removeprefix("s3://landing/") in keys(server)
    (event,) = logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
    assert json.loads(event["message"])["errorCode"] == code
    assert postgres.PASSWORD not in event["message"]
    assert postgres.sql("SELECT count(*) FROM strict", "lake") == ["0"]


def test_a_cluster_that_comes_back_gets_everything(server, postgres):
    postgres.sql("CREATE TABLE later (id int)", "lake")
    client = create(server, postgres, "later", "json 'auto'", retry=3600)
    postgres.stop()
    put(client, '{"id": 1}')
    advance(server, 60_000)
    put(client, '{"id": 2}')
    advance(server, 60_000)
    assert len(keys(server)) == 2
    postgres.start()
    advance(server, 240_000)
    assert postgres.sql("SELECT id FROM later ORDER BY id", "lake") == ["1", "2"]


@pytest.mark.parametrize("boundary", ["firehose.loaded", "firehose.copied", "firehose.delivered"])
def test_a_process_that_ends_loads_nothing_twice(tmp_path, postgres, boundary):
    table = boundary.replace(".", "_")
    postgres.sql(f"CREATE TABLE {table} (id int)", "lake")
    data = tmp_path / "data"
    with Served("--clock", "virtual", data=data, LEAT_CRASH_AT=f"{boundary}:1") as server:
        server.client("s3").create_bucket(Bucket="landing")
        client = create(server, postgres, table, "json 'auto'", retry=3600)
        put(client, '{"id": 1}', '{"id": 2}')
        with pytest.raises(Exception):
            advance(server, 60_000)
        server.process.wait(timeout=30)
    with Served("--clock", "virtual", data=data) as server:
        advance(server, 600_000)
        assert postgres.sql(f"SELECT id FROM {table} ORDER BY id", "lake") == ["1", "2"]
        assert len(keys(server)) == 1


def test_credentials_come_from_a_secret(server, postgres):
    postgres.sql("CREATE TABLE secrets (id int)", "lake")
    manager = server.client("secretsmanager")
    arn = manager.create_secret(Name="warehouse", SecretString='{"username": "loader"}')["ARN"]
    client = create(
        server, postgres, "secrets", "json 'auto'", retry=3600, Username=None, Password=None,
        SecretsManagerConfiguration={"Enabled": True, "SecretARN": arn, "RoleARN": ROLE})
    put(client, '{"id": 1}')
    advance(server, 60_000)
    assert postgres.sql("SELECT * FROM secrets", "lake") == []
    manager.put_secret_value(SecretId="warehouse", SecretString=json.dumps(
        {"username": "loader", "password": postgres.PASSWORD}))
    advance(server, 300_000)
    assert postgres.sql("SELECT * FROM secrets", "lake") == ["1"]


def test_what_cannot_be_carried_out_is_refused(server, postgres):
    for options, word in (("parquet", "PARQUET"), ("csv json 'auto'", "CSV"), ("nonsense", "NONSENSE")):
        with pytest.raises(ClientError, match=word):
            create(server, postgres, "t", options)


TEMPLATE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      RedshiftDestinationConfiguration:
        ClusterJDBCURL: ADDRESS
        Username: loader
        Password: "PASSWORD"
        RoleARN: arn:aws:iam::000000000000:role/delivery
        CopyCommand: {DataTableName: stacked, CopyOptions: "OPTIONS"}
        S3Configuration:
          BucketARN: !GetAtt Bucket.Arn
          RoleARN: arn:aws:iam::000000000000:role/delivery
          BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}
Outputs: {Name: {Value: !Ref Stream}}
"""


def test_a_template_makes_and_changes_it(server, postgres):
    postgres.sql("CREATE TABLE stacked (id int, name text)", "lake")
    cloudformation, client = server.client("cloudformation"), server.client("firehose")
    template = TEMPLATE.replace("ADDRESS", postgres.url).replace("PASSWORD", postgres.PASSWORD)
    cloudformation.create_stack(
        StackName="warehouse", TemplateBody=template.replace("OPTIONS", "json 'auto'"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="warehouse")
    (output,) = cloudformation.describe_stacks(StackName="warehouse")["Stacks"][0]["Outputs"]
    name = output["OutputValue"]
    put(client, '{"id": 1, "name": "a"}', name=name)
    advance(server, 60_000)
    cloudformation.update_stack(
        StackName="warehouse", TemplateBody=template.replace("OPTIONS", "csv"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="warehouse")
    put(client, "2,b\n", name=name)
    advance(server, 60_000)
    assert postgres.sql("SELECT * FROM stacked ORDER BY id", "lake") == ["1|a", "2|b"]
    with pytest.raises(ClientError):
        cloudformation.update_stack(
            StackName="warehouse", TemplateBody=template.replace("OPTIONS", "avro 'auto'"))
