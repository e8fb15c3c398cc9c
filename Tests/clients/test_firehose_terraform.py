"""Terraform's AWS provider on delivery streams, by destination: apply, empty plan, change, empty
plan, destroy."""
from served import Served
from terraform import Terraform, needed

pytestmark = needed

COMMON = """
resource "aws_s3_bucket" "lake" {
  bucket        = "lake"
  force_destroy = true
}
"""

BUCKET = """
    s3_configuration {
      role_arn           = "arn:aws:iam::000000000000:role/r"
      bucket_arn         = aws_s3_bucket.lake.arn
      buffering_size     = 10
      buffering_interval = 400
      compression_format = "GZIP"
    }
"""

DESTINATIONS = {
    "http_endpoint": """
      url                = "https://collector.example/in"
      name               = "collector"
      access_key         = "s3cret"
      buffering_size     = 15
      buffering_interval = SECONDS
      role_arn           = "arn:aws:iam::000000000000:role/r"
      s3_backup_mode     = "FailedDataOnly"
      request_configuration {
        content_encoding = "GZIP"
        common_attributes {
          name  = "team"
          value = "blue"
        }
      }
    """ + BUCKET,
    "splunk": """
      hec_endpoint               = "https://hec.example:8088"
      hec_token                  = "51D4DA16-C61B-4F5F-8EC7-ED4301342A4A"
      hec_acknowledgment_timeout = 300
      hec_endpoint_type          = "Event"
      s3_backup_mode             = "FailedEventsOnly"
      buffering_interval         = SECONDS
      buffering_size             = 2
    """ + BUCKET,
    "opensearch": """
      cluster_endpoint      = "https://search.example"
      role_arn              = "arn:aws:iam::000000000000:role/r"
      index_name            = "logs"
      index_rotation_period = "OneHour"
      buffering_interval    = SECONDS
      document_id_options {
        default_document_id_format = "NO_DOCUMENT_ID"
      }
    """ + BUCKET,
    "elasticsearch": """
      cluster_endpoint   = "https://search.example"
      role_arn           = "arn:aws:iam::000000000000:role/r"
      index_name         = "logs"
      buffering_interval = SECONDS
    """ + BUCKET,
    "opensearchserverless": """
      collection_endpoint = "https://collection.us-east-1.aoss.amazonaws.com"
      role_arn            = "arn:aws:iam::000000000000:role/r"
      index_name          = "logs"
      buffering_interval  = SECONDS
    """ + BUCKET,
    "redshift": """
      cluster_jdbcurl    = "jdbc:redshift://rides.c1.us-east-1.redshift.amazonaws.com:5439/rides"
      username           = "loader"
      password           = "s3cret!"
      role_arn           = "arn:aws:iam::000000000000:role/r"
      data_table_name    = "rides"
      data_table_columns = "at,car"
      copy_options       = "json 'auto' gzip"
      retry_duration     = SECONDS
      s3_backup_mode     = "Enabled"
      s3_backup_configuration {
        role_arn   = "arn:aws:iam::000000000000:role/r"
        bucket_arn = aws_s3_bucket.lake.arn
        prefix     = "source/"
      }
    """ + BUCKET,
    "iceberg": """
      role_arn           = "arn:aws:iam::000000000000:role/r"
      catalog_arn        = "arn:aws:glue:us-east-1:000000000000:catalog"
      buffering_interval = SECONDS
      buffering_size     = 10
      destination_table_configuration {
        database_name          = "lake"
        table_name             = "rides"
        s3_error_output_prefix = "errors/"
      }
    """ + BUCKET,
    "extended_s3": """
      role_arn            = "arn:aws:iam::000000000000:role/r"
      bucket_arn          = aws_s3_bucket.lake.arn
      buffering_size      = 64
      buffering_interval  = SECONDS
      compression_format  = "ZIP"
      custom_time_zone    = "Europe/Zurich"
      file_extension      = ".json.zip"
      prefix              = "c=!{partitionKeyFromQuery:c}/!{timestamp:yyyy}/"
      error_output_prefix = "e/!{firehose:error-output-type}/"
      s3_backup_mode      = "Enabled"
      dynamic_partitioning_configuration {
        enabled = true
      }
      s3_backup_configuration {
        role_arn   = "arn:aws:iam::000000000000:role/r"
        bucket_arn = aws_s3_bucket.lake.arn
        prefix     = "source/"
      }
      processing_configuration {
        enabled = true
        processors {
          type = "RecordDeAggregation"
          parameters {
            parameter_name  = "SubRecordType"
            parameter_value = "JSON"
          }
        }
        processors {
          type = "AppendDelimiterToRecord"
        }
        processors {
          type = "MetadataExtraction"
          parameters {
            parameter_name  = "JsonParsingEngine"
            parameter_value = "JQ-1.6"
          }
          parameters {
            parameter_name  = "MetadataExtractionQuery"
            parameter_value = "{c: .customer}"
          }
        }
      }
    """,
}


def configuration(seconds):
    text = COMMON
    for destination, body in DESTINATIONS.items():
        text += f"""
resource "aws_kinesis_firehose_delivery_stream" "{destination}" {{
  name        = "{destination}"
  destination = "{destination}"
  tags        = {{ team = "blue" }}
  server_side_encryption {{
    enabled = true
  }}
  {destination}_configuration {{
    {body.replace("SECONDS", str(seconds))}
  }}
}}
"""
    return text


def test_every_destination_comes_and_goes(tmp_path):
    with Served(data=tmp_path / "data") as server:
        terraform = Terraform(tmp_path / "stack", server, ("firehose", "s3", "iam", "sts"))
        assert "9 added" in terraform.apply(configuration(60))
        assert "0 added, 8 changed, 0 destroyed" in terraform.apply(configuration(50))
        client = server.client("firehose")
        for destination in DESTINATIONS:
            described = client.describe_delivery_stream(DeliveryStreamName=destination)
            described = described["DeliveryStreamDescription"]
            (place,) = described["Destinations"]
            (block,) = [value for key, value in place.items()
                        if key not in ("DestinationId", "S3DestinationDescription")]
            if destination == "redshift":
                assert block["RetryOptions"]["DurationInSeconds"] == 50
            else:
                assert block["BufferingHints"]["IntervalInSeconds"] == 50
            assert described["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLED"
        terraform.destroy()
        assert client.list_delivery_streams()["DeliveryStreamNames"] == []
