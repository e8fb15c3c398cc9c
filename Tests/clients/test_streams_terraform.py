"""Terraform's AWS provider on streams, delivery streams, functions and roles: apply, empty plan,
change, empty plan, destroy."""
import zipfile

from served import Served
from terraform import Terraform, needed

pytestmark = needed

SERVICES = ("kinesis", "firehose", "lambda", "iam", "sts", "s3", "logs", "ec2")
RESOURCES = """
resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_kinesis_stream" "events" {
  name             = "events"
  shard_count      = SHARDS
  retention_period = 48
  encryption_type  = "KMS"
  kms_key_id       = "alias/aws/kinesis"
  tags             = { team = "TEAM" }

  shard_level_metrics       = ["IncomingBytes", "METRIC"]
  enforce_consumer_deletion = true
}

resource "aws_kinesis_stream_consumer" "reader" {
  name       = "reader"
  stream_arn = aws_kinesis_stream.events.arn
}

resource "aws_kinesis_resource_policy" "shared" {
  resource_arn = aws_kinesis_stream_consumer.reader.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "111122223333" }
      Action    = ["kinesis:SubscribeToShard"]
      Resource  = aws_kinesis_stream_consumer.reader.arn
    }]
  })
}

resource "aws_kinesis_stream" "free" {
  name = "free"
  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

resource "aws_iam_role" "delivery" {
  name = "delivery"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["firehose.amazonaws.com", "lambda.amazonaws.com"] }
    }]
  })
}

resource "aws_iam_policy" "write" {
  name = "write"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "ACTION"
      Resource = "${aws_s3_bucket.lake.arn}/*"
    }]
  })
  tags = { team = "TEAM" }
}

resource "aws_iam_role_policy_attachment" "write" {
  role       = aws_iam_role.delivery.name
  policy_arn = aws_iam_policy.write.arn
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.delivery.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_cloudwatch_log_group" "delivery" {
  name              = "/delivery"
  retention_in_days = 7
}

resource "aws_cloudwatch_log_stream" "delivery" {
  name           = "S3"
  log_group_name = aws_cloudwatch_log_group.delivery.name
}

resource "aws_kinesis_firehose_delivery_stream" "plain" {
  name        = "plain"
  destination = "extended_s3"
  extended_s3_configuration {
    role_arn           = aws_iam_role.delivery.arn
    bucket_arn         = aws_s3_bucket.lake.arn
    buffering_interval = INTERVAL
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.delivery.name
      log_stream_name = aws_cloudwatch_log_stream.delivery.name
    }
  }
}

resource "aws_kinesis_firehose_delivery_stream" "sourced" {
  name        = "sourced"
  destination = "extended_s3"
  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.events.arn
    role_arn           = aws_iam_role.delivery.arn
  }
  extended_s3_configuration {
    role_arn   = aws_iam_role.delivery.arn
    bucket_arn = aws_s3_bucket.lake.arn
  }
}

resource "aws_lambda_function" "answer" {
  function_name = "answer"
  role          = aws_iam_role.delivery.arn
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "code.zip"
  timeout       = TIMEOUT
  tracing_config {
    mode = "PassThrough"
  }
  ephemeral_storage {
    size = 512
  }
}
"""

FIRST = {"SHARDS": "1", "METRIC": "OutgoingBytes", "TEAM": "data", "ACTION": "s3:PutObject", "INTERVAL": "60", "TIMEOUT": "3"}
SECOND = {"SHARDS": "2", "METRIC": "IncomingRecords", "TEAM": "ops", "ACTION": "s3:*", "INTERVAL": "90", "TIMEOUT": "9"}


def filled(words):
    text = RESOURCES
    for key, value in words.items():
        text = text.replace(key, value)
    return text


def test_streams_and_functions_through_terraform(tmp_path):
    with Served(data=tmp_path / "data") as server:
        terraform = Terraform(tmp_path / "stack", server, SERVICES)
        with zipfile.ZipFile(terraform.folder / "code.zip", "w") as code:
            code.writestr("index.py", "def handler(event, context): return 1")
        assert "Apply complete! Resources: 14 added" in terraform.apply(filled(FIRST))
        assert "Apply complete! Resources: 0 added, 4 changed, 0 destroyed" in terraform.apply(
            filled(SECOND))
        summary = server.client("kinesis").describe_stream_summary(
            StreamName="events")["StreamDescriptionSummary"]
        assert (summary["OpenShardCount"], summary["KeyId"]) == (2, "alias/aws/kinesis")
        policy = server.client("iam").list_policies(Scope="Local")["Policies"][0]
        assert policy["AttachmentCount"] == 1
        terraform.destroy()
        assert server.client("kinesis").list_streams()["StreamNames"] == []
        assert server.client("iam").list_policies(Scope="Local")["Policies"] == []
