"""Terraform's AWS provider on a delivery stream that converts: apply, empty plan, change, empty
plan, destroy."""
import sys

from served import Served
from terraform import Terraform, needed

pytestmark = needed

SERVICES = ("firehose", "glue", "iam", "sts", "s3")

RESOURCES = """
resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_iam_role" "delivery" {
  name               = "delivery"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole",
    Principal = { Service = "firehose.amazonaws.com" } }] })
}

resource "aws_glue_catalog_database" "lake" {
  name = "lake"
}

resource "aws_glue_catalog_table" "clicks" {
  name          = "clicks"
  database_name = aws_glue_catalog_database.lake.name
  storage_descriptor {
    columns {
      name = "a"
      type = "int"
    }
  }
}

resource "aws_kinesis_firehose_delivery_stream" "columns" {
  name        = "columns"
  destination = "extended_s3"
  extended_s3_configuration {
    role_arn            = aws_iam_role.delivery.arn
    bucket_arn          = aws_s3_bucket.lake.arn
    buffering_size      = 64
    prefix              = "data/"
    error_output_prefix = "errors/"
    data_format_conversion_configuration {
      input_format_configuration {
        deserializer {
          INPUT
        }
      }
      output_format_configuration {
        serializer {
          OUTPUT
        }
      }
      schema_configuration {
        database_name = aws_glue_catalog_database.lake.name
        table_name    = aws_glue_catalog_table.clicks.name
        role_arn      = aws_iam_role.delivery.arn
      }
    }
  }
}
"""

FIRST = ("open_x_json_ser_de {}", "parquet_ser_de {}")
SECOND = (
    'hive_json_ser_de { timestamp_formats = ["millis"] }',
    'orc_ser_de {\n compression = "ZLIB"\n bloom_filter_columns = ["a"]\n format_version = "V0_11"\n }')


def configuration(words):
    return RESOURCES.replace("INPUT", words[0]).replace("OUTPUT", words[1])


def test_a_conversion_through_terraform(tmp_path):
    with Served(data=tmp_path / "data", LEAT_QUERY_ENGINE=sys.executable) as server:
        terraform = Terraform(tmp_path / "stack", server, SERVICES)
        assert "Apply complete! Resources: 5 added" in terraform.apply(configuration(FIRST))
        assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed" in terraform.apply(
            configuration(SECOND))
        described = server.client("firehose").describe_delivery_stream(DeliveryStreamName="columns")
        described = described["DeliveryStreamDescription"]["Destinations"][0]
        conversion = described["ExtendedS3DestinationDescription"][
            "DataFormatConversionConfiguration"]
        assert conversion["OutputFormatConfiguration"]["Serializer"].keys() == {"OrcSerDe"}
        terraform.destroy()
