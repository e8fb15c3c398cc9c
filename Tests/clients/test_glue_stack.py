"""The Glue Data Catalog by template: deploy, change in place, replace, destroy."""
import json

from served import Served, leat

TEMPLATE = """
Resources:
  Lake:
    Type: AWS::Glue::Database
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput: {Name: lake, Description: DESCRIPTION}
  Made:
    Type: AWS::Glue::Database
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput: {}
  Events:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref HOME
      TableInput:
        Name: Events
        Description: DESCRIPTION
        TableType: EXTERNAL_TABLE
        Parameters: {classification: json, "skip.header.line.count": 1}
        PartitionKeys: [{Name: year, Type: int}]
        StorageDescriptor:
          Location: s3://lake/events/
          Compressed: false
          Columns: [{Name: id, Type: bigint}]
          SerdeInfo:
            SerializationLibrary: org.openx.data.jsonserde.JsonSerDe
            Parameters: {paths: id}
  This:
    Type: AWS::Glue::Partition
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref HOME
      TableName: !Ref Events
      PartitionInput:
        Values: ["YEAR"]
        StorageDescriptor: {Location: s3://lake/events/YEAR/}
Outputs:
  Database: {Value: !Ref Made}
  Table: {Value: !Ref Events}
  Partition: {Value: !Ref This}
"""

FIRST = {"DESCRIPTION": "first", "HOME": "Lake", "YEAR": "2025"}


def filled(words):
    text = TEMPLATE
    for key, value in words.items():
        text = text.replace(key, value)
    return text


def test_a_stack_of_a_catalog(tmp_path):
    template, data = tmp_path / "catalog.yaml", tmp_path / "data"

    def deploy(**words):
        template.write_text(filled({**FIRST, **words}))
        leat("deploy", template, "--yes", "--stack-name", "catalog", data=data)
        again = leat("plan", template, "--stack-name", "catalog", "--detailed-exitcode", data=data)
        assert again.returncode == 0
        outputs = leat("outputs", "catalog", "--json", data=data).stdout
        return json.loads(outputs)

    outputs = deploy()
    assert outputs["Table"] == "Events"
    assert outputs["Database"].startswith("catalog-made-")
    assert outputs["Partition"] == "000000000000|lake|Events|2025"
    with Served(data=data) as server:
        glue = server.client("glue")
        assert {d["Name"] for d in glue.get_databases()["DatabaseList"]} == {
            "lake", outputs["Database"]}
        table = glue.get_table(DatabaseName="lake", Name="events")["Table"]
        assert table["Parameters"] == {"classification": "json", "skip.header.line.count": "1"}
        assert table["VersionId"] == "0"
        found = glue.get_partitions(DatabaseName="lake", TableName="events")["Partitions"]
        assert [p["Values"] for p in found] == [["2025"]]
        glue.create_partition(DatabaseName="lake", TableName="events",
                              PartitionInput={"Values": ["1999"]})
    # In place: the table keeps what others have put into it.
    deploy(DESCRIPTION="second")
    with Served(data=data) as server:
        glue = server.client("glue")
        table = glue.get_table(DatabaseName="lake", Name="events")["Table"]
        assert (table["VersionId"], table["Description"]) == ("1", "second")
        assert len(glue.get_partitions(DatabaseName="lake", TableName="events")["Partitions"]) == 2
    # Other values and another database are replacements.
    deploy(DESCRIPTION="second", YEAR="2026")
    outputs = deploy(DESCRIPTION="second", YEAR="2026", HOME="Made")
    with Served(data=data) as server:
        glue = server.client("glue")
        assert glue.get_tables(DatabaseName="lake")["TableList"] == []
        found = glue.get_partitions(DatabaseName=outputs["Database"], TableName="events")
        assert [p["Values"] for p in found["Partitions"]] == [["2026"]]
    leat("destroy", "catalog", "--yes", data=data)
    with Served(data=data) as server:
        assert server.client("glue").get_databases()["DatabaseList"] == []


def test_what_the_catalog_does_not_know_is_refused_with_its_place(tmp_path):
    template = tmp_path / "catalog.yaml"
    template.write_text(filled(FIRST).replace(
        "TableType: EXTERNAL_TABLE", "ViewDefinition: {IsProtected: true}").replace(
        "DatabaseInput: {}", "DatabaseInput: {TargetDatabase: {DatabaseName: x}}"))
    run = leat("plan", template, "--stack-name", "catalog", data=tmp_path / "data", check=False)
    assert run.returncode != 0
    text = run.stdout + run.stderr
    assert "TargetDatabase" in text and "catalog.yaml:12" in text
