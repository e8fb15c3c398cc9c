"""The Glue Data Catalog through boto3 and the AWS CLI."""
import json
import shutil
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from served import ROOT, Served

AWS = shutil.which("aws", path=str(ROOT / ".venv/bin")) or shutil.which("aws")

COLUMNS = [{"Name": "id", "Type": "bigint", "Comment": "who"}, {"Name": "text", "Type": "string"}]
STORAGE = {
    "Columns": COLUMNS, "Location": "s3://lake/events/",
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "Compressed": True, "NumberOfBuckets": -1, "BucketColumns": ["id"],
    "SerdeInfo": {"Name": "json", "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                  "Parameters": {"paths": "id,text"}},
    "SortColumns": [{"Column": "id", "SortOrder": 1}], "Parameters": {"k": "v"},
    "SkewedInfo": {"SkewedColumnNames": ["id"], "SkewedColumnValues": ["1"],
                   "SkewedColumnValueLocationMaps": {"1": "s3://lake/one/"}},
    "StoredAsSubDirectories": False,
}
KEYS = [{"Name": "year", "Type": "int"}, {"Name": "city", "Type": "string"}]


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture
def glue(server, request):
    """A client in an account of the test's own."""
    account = str(300000000000 + sum(map(ord, request.node.name)))
    client = server.client("glue", account=account)
    client.account = account
    return client


def fault(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def table(glue, name="events", **more):
    glue.create_table(DatabaseName="lake", TableInput={
        "Name": name, "StorageDescriptor": STORAGE, "PartitionKeys": KEYS, **more})


@pytest.fixture
def lake(glue):
    glue.create_database(DatabaseInput={"Name": "lake"})
    return glue


def values(answer):
    return [p["Values"] for p in answer["Partitions"]]


def test_a_database_comes_back_as_it_was_given(glue):
    before = time.time()
    glue.create_database(
        DatabaseInput={"Name": "Lake", "Description": "all of it", "LocationUri": "s3://lake/",
                       "Parameters": {"owner": "data"}}, Tags={"team": "data"})
    got = glue.get_database(Name="lake")["Database"]
    assert abs(got.pop("CreateTime").timestamp() - before) < 60
    assert got == {
        "Name": "lake", "Description": "all of it", "LocationUri": "s3://lake/",
        "Parameters": {"owner": "data"}, "CatalogId": glue.account,
        "CreateTableDefaultPermissions": [
            {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
             "Permissions": ["ALL"]}]}
    glue.update_database(Name="LAKE", DatabaseInput={"Name": "lake", "Description": "less"})
    assert glue.get_database(Name="lake")["Database"]["Description"] == "less"
    assert "LocationUri" not in glue.get_database(Name="lake")["Database"]
    glue.delete_database(Name="lake")
    assert fault(glue.get_database, Name="lake") == (
        "EntityNotFoundException", "Database lake not found.")


def test_databases_are_listed_in_pages(glue):
    names = [f"db{number:02}" for number in range(7)]
    for name in names:
        glue.create_database(DatabaseInput={"Name": name})
    pages = list(glue.get_paginator("get_databases").paginate(
        PaginationConfig={"PageSize": 3}))
    assert [len(page["DatabaseList"]) for page in pages] == [3, 3, 1]
    assert [d["Name"] for page in pages for d in page["DatabaseList"]] == names
    only = glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"]
    assert only[0] == {"Name": "db00"}
    assert glue.get_databases(ResourceShareType="FOREIGN")["DatabaseList"] == []


def test_errors_are_aws_s(lake):
    table(lake)
    assert fault(lake.create_database, DatabaseInput={"Name": "LAKE"}) == (
        "AlreadyExistsException", "Database already exists.")
    assert fault(lake.create_table, DatabaseName="lake", TableInput={"Name": "Events"}) == (
        "AlreadyExistsException", "Table already exists.")
    assert fault(lake.create_table, DatabaseName="sea", TableInput={"Name": "t"}) == (
        "EntityNotFoundException", "Database sea not found.")
    assert fault(lake.get_table, DatabaseName="lake", Name="nothing") == (
        "EntityNotFoundException", "Table nothing not found.")
    assert fault(lake.delete_table, DatabaseName="lake", Name="nothing")[0] == (
        "EntityNotFoundException")
    assert fault(lake.get_partition, DatabaseName="lake", TableName="events",
                 PartitionValues=["2026", "bern"]) == (
        "EntityNotFoundException", "Cannot find partition.")
    lake.create_partition(DatabaseName="lake", TableName="events",
                          PartitionInput={"Values": ["2026", "bern"]})
    assert fault(lake.create_partition, DatabaseName="lake", TableName="events",
                 PartitionInput={"Values": ["2026", "bern"]}) == (
        "AlreadyExistsException", "Partition already exists.")
    code, message = fault(lake.create_partition, DatabaseName="lake", TableName="events",
                          PartitionInput={"Values": ["2026"]})
    assert code == "InvalidInputException"
    assert message == "The number of partition keys do not match the number of partition values"


def test_another_account_s_catalog_is_denied(lake):
    assert fault(lake.get_database, CatalogId="123456789012", Name="lake")[0] == (
        "AccessDeniedException")
    assert fault(lake.get_databases, CatalogId="somewhere")[0] == "EntityNotFoundException"
    assert lake.get_database(CatalogId=lake.account, Name="lake")["Database"]["Name"] == "lake"


def test_a_table_comes_back_as_it_was_given(lake):
    given = {"Description": "what happened", "Owner": "data", "Retention": 3,
             "ViewOriginalText": "select 1", "ViewExpandedText": "select 1 as one",
             "TableType": "EXTERNAL_TABLE", "Parameters": {"classification": "json"}}
    table(lake, "Events", **given)
    got = lake.get_table(DatabaseName="LAKE", Name="EVENTS")["Table"]
    assert got.pop("CreateTime") == got.pop("UpdateTime")
    assert got == {
        **given, "Name": "events", "DatabaseName": "lake", "StorageDescriptor": STORAGE,
        "PartitionKeys": KEYS, "CreatedBy": f"arn:aws:iam::{lake.account}:root",
        "IsRegisteredWithLakeFormation": False, "CatalogId": lake.account, "VersionId": "0"}


def test_versions(lake):
    table(lake)
    for number in range(1, 4):
        lake.update_table(DatabaseName="lake", VersionId=str(number - 1), TableInput={
            "Name": "events", "Description": str(number)})
    assert fault(lake.update_table, DatabaseName="lake", VersionId="1",
                 TableInput={"Name": "events"}) == (
        "ConcurrentModificationException",
        "Update table failed due to concurrent modifications.")
    lake.update_table(DatabaseName="lake", SkipArchive=True, TableInput={"Name": "events"})
    pages = list(lake.get_paginator("get_table_versions").paginate(
        DatabaseName="lake", TableName="events", PaginationConfig={"PageSize": 2}))
    versions = [v for page in pages for v in page["TableVersions"]]
    # The third gave way without being kept.
    assert [v["VersionId"] for v in versions] == ["4", "2", "1", "0"]
    assert [len(page["TableVersions"]) for page in pages] == [2, 2]
    assert versions[1]["Table"]["Description"] == "2"
    got = lake.get_table_version(DatabaseName="lake", TableName="events", VersionId="1")
    assert got["TableVersion"]["Table"]["Description"] == "1"
    latest = lake.get_table_version(DatabaseName="lake", TableName="events")
    assert latest["TableVersion"]["VersionId"] == "4"
    lake.delete_table_version(DatabaseName="lake", TableName="events", VersionId="1")
    errors = lake.batch_delete_table_version(
        DatabaseName="lake", TableName="events", VersionIds=["0", "1", "4"])["Errors"]
    assert [(e["VersionId"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        ("1", "EntityNotFoundException"), ("4", "InvalidInputException")]
    left = lake.get_table_versions(DatabaseName="lake", TableName="events")["TableVersions"]
    assert [v["VersionId"] for v in left] == ["4", "2"]


def test_tables_are_listed_by_pattern_and_deleted_together(lake):
    for name in ("a1", "a2", "b1"):
        table(lake, name, TableType="EXTERNAL_TABLE")
    def names(**more):
        return [t["Name"] for t in lake.get_tables(DatabaseName="lake", **more)["TableList"]]
    assert names() == ["a1", "a2", "b1"]
    assert names(Expression="a.*") == ["a1", "a2"]
    assert names(Expression="a") == []
    assert names(Expression=".*1") == ["a1", "b1"]
    assert fault(lake.get_tables, DatabaseName="lake", Expression="(")[0] == (
        "InvalidInputException")
    only = lake.get_tables(DatabaseName="lake", AttributesToGet=["NAME", "TABLE_TYPE"])
    assert only["TableList"][0] == {"Name": "a1", "TableType": "EXTERNAL_TABLE"}
    errors = lake.batch_delete_table(
        DatabaseName="lake", TablesToDelete=["a1", "c1", "b1"])["Errors"]
    assert errors == [{"TableName": "c1", "ErrorDetail": {
        "ErrorCode": "EntityNotFoundException", "ErrorMessage": "Table c1 not found."}}]
    assert names() == ["a2"]


def test_tables_are_searched(lake):
    table(lake, "customer-link", Description="who buys")
    table(lake, "xx-link-yy", Owner="ops")
    table(lake, "xxlinkyy")
    def names(**more):
        return [t["Name"] for t in lake.search_tables(**more)["TableList"]]
    assert names(Filters=[{"Key": "Name", "Value": "link"}]) == ["customer-link", "xx-link-yy"]
    assert names(SearchText="link", SortCriteria=[{"FieldName": "Name", "Sort": "DESC"}]) == [
        "xxlinkyy", "xx-link-yy", "customer-link"]
    assert names(SearchText='"who buys"') == ["customer-link"]
    assert len(names(SearchText="city")) == 3
    assert names(Filters=[{"Key": "Owner", "Value": "ops"}]) == ["xx-link-yy"]
    assert names(Filters=[
        {"Key": "CreateTime", "Value": "4102444800", "Comparator": "LESS_THAN"}]) != []
    first = lake.search_tables(MaxResults=2)
    assert len(first["TableList"]) == 2
    assert len(lake.search_tables(MaxResults=2, NextToken=first["NextToken"])["TableList"]) == 1
    assert fault(lake.search_tables, Filters=[{"Key": "Shape", "Value": "1"}])[0] == (
        "UnsupportedOperation")


def test_partitions(lake):
    table(lake)
    where = {"DatabaseName": "lake", "TableName": "events"}
    errors = lake.batch_create_partition(**where, PartitionInputList=[
        {"Values": [year, city], "StorageDescriptor": STORAGE, "Parameters": {"rows": "1"}}
        for year in ("2025", "2026") for city in ("bern", "rome")])["Errors"]
    assert errors == []
    got = lake.get_partition(**where, PartitionValues=["2026", "rome"])["Partition"]
    assert got.pop("CreationTime")
    assert got == {"Values": ["2026", "rome"], "DatabaseName": "lake", "TableName": "events",
                   "StorageDescriptor": STORAGE, "Parameters": {"rows": "1"},
                   "CatalogId": lake.account}
    found = lake.get_partitions(**where, Expression="year > 2025 AND city LIKE 'b%'",
                                ExcludeColumnSchema=True)
    assert values(found) == [["2026", "bern"]]
    assert "Columns" not in found["Partitions"][0]["StorageDescriptor"]
    assert fault(lake.get_partitions, **where, Expression="month = 1") == (
        "InvalidInputException", "Unknown column 'month'")
    lake.update_partition(**where, PartitionValueList=["2025", "rome"],
                          PartitionInput={"Values": ["2024", "rome"]})
    errors = lake.batch_update_partition(**where, Entries=[
        {"PartitionValueList": ["2024", "rome"],
         "PartitionInput": {"Values": ["2024", "rome"], "Parameters": {"rows": "2"}}},
        {"PartitionValueList": ["1", "rome"], "PartitionInput": {"Values": ["1", "rome"]}}])
    assert [e["PartitionValueList"] for e in errors["Errors"]] == [["1", "rome"]]
    got = lake.batch_get_partition(**where, PartitionsToGet=[
        {"Values": ["2024", "rome"]}, {"Values": ["2025", "rome"]}])
    assert got["Partitions"][0]["Parameters"] == {"rows": "2"}
    assert got["UnprocessedKeys"] == [{"Values": ["2025", "rome"]}]
    lake.delete_partition(**where, PartitionValues=["2024", "rome"])
    errors = lake.batch_delete_partition(**where, PartitionsToDelete=[
        {"Values": ["2024", "rome"]}, {"Values": ["2026", "rome"]}])["Errors"]
    assert [e["PartitionValues"] for e in errors] == [["2024", "rome"]]
    assert values(lake.get_partitions(**where)) == [["2025", "bern"], ["2026", "bern"]]


def test_partition_indexes(lake):
    lake.create_table(
        DatabaseName="lake", TableInput={"Name": "events", "PartitionKeys": KEYS},
        PartitionIndexes=[{"IndexName": "by-year", "Keys": ["year"]}])
    where = {"DatabaseName": "lake", "TableName": "events"}
    lake.create_partition_index(**where, PartitionIndex={
        "IndexName": "by-city", "Keys": ["city", "year"]})
    indexes = lake.get_partition_indexes(**where)["PartitionIndexDescriptorList"]
    assert indexes == [
        {"IndexName": "by-city", "IndexStatus": "ACTIVE",
         "Keys": [{"Name": "city", "Type": "string"}, {"Name": "year", "Type": "int"}]},
        {"IndexName": "by-year", "IndexStatus": "ACTIVE",
         "Keys": [{"Name": "year", "Type": "int"}]}]
    assert fault(lake.create_partition_index, **where, PartitionIndex={
        "IndexName": "by-year", "Keys": ["city"]})[0] == "AlreadyExistsException"
    assert fault(lake.create_partition_index, **where, PartitionIndex={
        "IndexName": "x", "Keys": ["id"]})[0] == "InvalidInputException"
    lake.delete_partition_index(**where, IndexName="by-year")
    assert len(lake.get_partition_indexes(**where)["PartitionIndexDescriptorList"]) == 1
    assert fault(lake.delete_partition_index, **where, IndexName="by-year")[0] == (
        "EntityNotFoundException")


def test_user_defined_functions(lake):
    given = {"FunctionName": "mask", "ClassName": "org.example.Mask", "OwnerName": "data",
             "OwnerType": "GROUP",
             "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://lake/mask.jar"}]}
    lake.create_user_defined_function(DatabaseName="lake", FunctionInput=given)
    got = lake.get_user_defined_function(DatabaseName="lake", FunctionName="mask")
    function = got["UserDefinedFunction"]
    assert function.pop("CreateTime")
    assert function == {**given, "DatabaseName": "lake", "CatalogId": lake.account}
    lake.update_user_defined_function(
        DatabaseName="lake", FunctionName="mask",
        FunctionInput={**given, "ClassName": "org.example.Mask2"})
    lake.create_user_defined_function(
        DatabaseName="lake", FunctionInput={**given, "FunctionName": "hash"})
    def names(**more):
        found = lake.get_user_defined_functions(**more)["UserDefinedFunctions"]
        return [f["FunctionName"] for f in found]
    assert names(DatabaseName="lake", Pattern="*") == ["hash", "mask"]
    assert names(Pattern="m.*") == ["mask"]
    assert fault(lake.create_user_defined_function, DatabaseName="lake", FunctionInput=given)[0] == (
        "AlreadyExistsException")
    lake.delete_user_defined_function(DatabaseName="lake", FunctionName="mask")
    assert fault(lake.get_user_defined_function, DatabaseName="lake", FunctionName="mask")[0] == (
        "EntityNotFoundException")


def test_tags_of_databases(lake):
    arn = f"arn:aws:glue:us-east-1:{lake.account}:database/lake"
    lake.tag_resource(ResourceArn=arn, TagsToAdd={"a": "1", "b": "2"})
    lake.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert lake.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert fault(lake.get_tags, ResourceArn=arn + "x")[0] == "EntityNotFoundException"
    assert fault(lake.tag_resource, ResourceArn=arn.replace("database/lake", "table/lake/t"),
                 TagsToAdd={"a": "1"})[0] == "InvalidInputException"


def test_settings(glue):
    assert glue.get_catalog_import_status()["ImportStatus"]["ImportCompleted"] is True
    settings = glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    assert settings == {"EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
                        "ConnectionPasswordEncryption": {
                            "ReturnConnectionPasswordEncrypted": False}}
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=settings)
    assert fault(glue.put_data_catalog_encryption_settings, DataCatalogEncryptionSettings={
        "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}) == (
        "UnsupportedOperation", "Leat does not support encryption of a Data Catalog.")


@pytest.mark.parametrize("name, arguments, word", [
    ("create_database", {"DatabaseInput": {"Name": "x", "TargetDatabase": {
        "CatalogId": "123456789012", "DatabaseName": "y"}}}, "TargetDatabase"),
    ("get_column_statistics_for_table", {
        "DatabaseName": "lake", "TableName": "t", "ColumnNames": ["a"]},
        "GetColumnStatisticsForTable"),
    ("create_crawler", {"Name": "c", "Role": "r", "Targets": {}}, "CreateCrawler"),
    ("get_jobs", {}, "GetJobs"),
])
def test_what_is_not_there_is_refused_by_name(lake, name, arguments, word):
    code, message = fault(getattr(lake, name), **arguments)
    assert code == "UnsupportedOperation"
    assert word in message


def test_the_command_line(server):
    def aws(*arguments):
        run = subprocess.run([AWS, "glue", *arguments], capture_output=True, text=True,
                             env=server.environment(), timeout=60)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout) if run.stdout.strip() else {}
    aws("create-database", "--database-input", json.dumps({"Name": "cli"}))
    aws("create-table", "--database-name", "cli", "--table-input",
        json.dumps({"Name": "t", "PartitionKeys": KEYS}))
    aws("create-partition", "--database-name", "cli", "--table-name", "t", "--partition-input",
        json.dumps({"Values": ["2026", "bern"]}))
    found = aws("get-partitions", "--database-name", "cli", "--table-name", "t",
                "--expression", "year = '2026'")
    assert found["Partitions"][0]["Values"] == ["2026", "bern"]
    aws("delete-database", "--name", "cli")
    assert aws("get-databases")["DatabaseList"] == []


def test_many_partitions(server):
    glue = server.client("glue", account="999999999999")
    glue.create_database(DatabaseInput={"Name": "lake"})
    table(glue)
    where = {"DatabaseName": "lake", "TableName": "events"}
    for start in range(0, 5000, 100):
        glue.batch_create_partition(**where, PartitionInputList=[
            {"Values": [str(number), "bern"]} for number in range(start, start + 100)])
    pages = glue.get_paginator("get_partitions").paginate(
        **where, PaginationConfig={"PageSize": 900})
    listed = [values(page) for page in pages]
    assert [len(page) for page in listed] == [900] * 5 + [500]
    assert {int(v[0]) for page in listed for v in page} == set(range(5000))
    found = glue.get_partitions(**where, Expression="year >= 4995")
    assert sorted(values(found)) == [[str(n), "bern"] for n in range(4995, 5000)]


def test_nothing_acknowledged_is_lost(tmp_path):
    server = Served(data=tmp_path)
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    table(glue)
    where = {"DatabaseName": "lake", "TableName": "events"}
    expected = []
    for number in range(5):
        glue.create_partition(**where, PartitionInput={"Values": [str(number), "bern"]})
        expected.append([str(number), "bern"])
        glue.update_table(DatabaseName="lake", TableInput={
            "Name": "events", "PartitionKeys": KEYS, "Description": str(number)})
        server.kill()
        server = Served(data=tmp_path)
        glue = server.client("glue")
        assert values(glue.get_partitions(**where)) == expected
        got = glue.get_table(DatabaseName="lake", Name="events")["Table"]
        assert (got["VersionId"], got["Description"]) == (str(number + 1), str(number))
    assert len(glue.get_table_versions(**where)["TableVersions"]) == 6
    glue.delete_partition(**where, PartitionValues=["0", "bern"])
    glue.delete_table_version(**where, VersionId="0")
    server.kill()
    with Served(data=tmp_path) as server:
        glue = server.client("glue")
        assert values(glue.get_partitions(**where)) == expected[1:]
        assert len(glue.get_table_versions(**where)["TableVersions"]) == 5
        glue.delete_database(Name="lake")
        server.kill()
    with Served(data=tmp_path) as server:
        assert server.client("glue").get_databases()["DatabaseList"] == []
