"""Terraform's AWS provider on the Glue Data Catalog: apply, empty plan, change, empty plan, destroy."""
from served import ACCOUNT, Served
from terraform import Terraform, needed

pytestmark = needed

CATALOG = """
resource "aws_glue_catalog_database" "lake" {
  name        = "lake"
  description = "DESCRIPTION"
  parameters  = { owner = "data" }
  tags        = { team = "TEAM" }
}

resource "aws_glue_catalog_table" "events" {
  name          = "events"
  database_name = aws_glue_catalog_database.lake.name
  description   = "DESCRIPTION"
  table_type    = "EXTERNAL_TABLE"
  owner         = "data"
  retention     = 3
  parameters    = { classification = "json" }

  partition_keys {
    name = "year"
    type = "int"
  }
  partition_keys {
    name    = "city"
    type    = "string"
    comment = "where"
  }
  partition_index {
    index_name = "by-year"
    keys       = ["year"]
  }

  storage_descriptor {
    location      = "s3://lake/events/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    ser_de_info {
      name                  = "json"
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
      parameters            = { paths = "id" }
    }
    sort_columns {
      column     = "id"
      sort_order = 1
    }
    skewed_info {
      skewed_column_names               = ["id"]
      skewed_column_values              = ["1"]
      skewed_column_value_location_maps = { "1" = "s3://lake/one/" }
    }
    columns {
      name    = "id"
      type    = "bigint"
      comment = "who"
    }
    columns {
      name = "COLUMN"
      type = "string"
    }
  }
}

resource "aws_glue_catalog_table" "plain" {
  name          = "plain"
  database_name = aws_glue_catalog_database.lake.name
}

resource "aws_glue_partition" "bern" {
  database_name    = aws_glue_catalog_database.lake.name
  table_name       = aws_glue_catalog_table.events.name
  partition_values = ["2026", "bern"]
  parameters       = { note = "DESCRIPTION" }
  storage_descriptor {
    location = "s3://lake/events/year=2026/city=bern/"
    columns {
      name = "id"
      type = "bigint"
    }
  }
}

# Without its catalog, the provider would replace the function in each plan, on AWS too.
resource "aws_glue_user_defined_function" "mask" {
  name          = "mask"
  catalog_id    = aws_glue_catalog_database.lake.catalog_id
  database_name = aws_glue_catalog_database.lake.name
  class_name    = "org.example.COLUMN"
  owner_name    = "data"
  owner_type    = "GROUP"
  resource_uris {
    resource_type = "JAR"
    uri           = "s3://lake/mask.jar"
  }
}

resource "aws_glue_data_catalog_encryption_settings" "off" {
  data_catalog_encryption_settings {
    connection_password_encryption {
      return_connection_password_encrypted = false
    }
    encryption_at_rest {
      catalog_encryption_mode = "DISABLED"
    }
  }
}
"""

FIRST = {"DESCRIPTION": "first", "TEAM": "data", "COLUMN": "text"}
SECOND = {"DESCRIPTION": "second", "TEAM": "ops", "COLUMN": "body"}


def filled(words):
    text = CATALOG
    for key, value in words.items():
        text = text.replace(key, value)
    return text


def test_the_catalog_through_terraform(tmp_path):
    with Served(data=tmp_path / "data") as server:
        terraform = Terraform(tmp_path / "stack", server, ("glue", "sts", "iam"))
        assert "Apply complete! Resources: 6 added" in terraform.apply(filled(FIRST))
        glue = server.client("glue")
        assert glue.get_table(DatabaseName="lake", Name="events")["Table"]["VersionId"] == "0"
        assert "Apply complete! Resources: 0 added, 4 changed, 0 destroyed" in terraform.apply(
            filled(SECOND))
        got = glue.get_table(DatabaseName="lake", Name="events")["Table"]
        assert (got["VersionId"], got["Description"]) == ("1", "second")
        arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:database/lake"
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "ops"}
        terraform.destroy()
        assert glue.get_databases()["DatabaseList"] == []
