"""Terraform on S3: a bucket with all that goes with it, and state kept in a bucket."""
from served import ACCOUNT, Served
from terraform import Folder, Terraform, needed

pytestmark = needed

BUCKET = """
resource "aws_s3_bucket" "lake" {
  bucket = "lake"
  tags   = { team = "TEAM" }
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  bucket = aws_s3_bucket.lake.id
  rule { object_ownership = "BucketOwnerPreferred" }
}

resource "aws_s3_bucket_acl" "lake" {
  depends_on = [aws_s3_bucket_ownership_controls.lake]
  bucket     = aws_s3_bucket.lake.id
  acl        = "private"
}

resource "aws_s3_bucket_policy" "lake" {
  bucket = aws_s3_bucket.lake.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TEAM"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_s3_bucket_cors_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  depends_on = [aws_s3_bucket_versioning.lake]
  bucket     = aws_s3_bucket.lake.id
  rule {
    id     = "logs"
    status = "Enabled"
    filter {
      and {
        prefix = "logs/"
        tags   = { keep = "no" }
      }
    }
    expiration { days = DAYS }
    noncurrent_version_expiration { noncurrent_days = 7 }
  }
  rule {
    id     = "uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload { days_after_initiation = 2 }
  }
}

resource "aws_s3_bucket_notification" "lake" {
  bucket = aws_s3_bucket.lake.id
}

resource "aws_s3_object" "one" {
  bucket                 = aws_s3_bucket.lake.id
  key                    = "one.txt"
  content                = "DAYS"
  server_side_encryption = "AES256"
  tags                   = { keep = "no" }
}

resource "aws_s3_object_copy" "two" {
  bucket = aws_s3_bucket.lake.id
  key    = "two.txt"
  source = "${aws_s3_bucket.lake.id}/${aws_s3_object.one.key}"

  tagging_directive = "REPLACE"
  tags              = { copy = "yes" }
}
"""


def test_a_bucket_with_everything_through_terraform(tmp_path):
    with Served(data=tmp_path / "data") as server:
        terraform = Terraform(tmp_path / "stack", server, ("s3", "sts", "iam"))
        output = terraform.apply(BUCKET.replace("TEAM", "data").replace("DAYS", "3"))
        assert "Apply complete! Resources: 12 added" in output
        s3 = server.client("s3")
        head = s3.head_object(Bucket="lake", Key="two.txt")
        assert head["ServerSideEncryption"] == "aws:kms"
        output = terraform.apply(BUCKET.replace("TEAM", "ops").replace("DAYS", "9"))
        assert "0 destroyed" in output
        rules = s3.get_bucket_lifecycle_configuration(Bucket="lake")["Rules"]
        assert rules[0]["Expiration"] == {"Days": 9}
        for version in s3.list_object_versions(Bucket="lake").get("Versions", []):
            s3.delete_object(
                Bucket="lake", Key=version["Key"], VersionId=version["VersionId"])
        terraform.destroy()
        assert s3.list_buckets()["Buckets"] == []


def test_terraform_keeps_its_state_in_a_bucket(tmp_path):
    folder = Folder(tmp_path / "stack")
    with Served(data=tmp_path / "data") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="state")
        configuration = """
terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "app/terraform.tfstate"
    region                      = "us-east-1"
    encrypt                     = true
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    access_key                  = "%s"
    secret_key                  = "unchecked"
    endpoints                   = { s3 = "%s" }
  }
}

resource "terraform_data" "one" { input = "1" }
""" % (ACCOUNT, server.endpoint)
        (folder.folder / "stack.tf").write_text(configuration)
        folder.run("init", "-input=false")
        folder.apply(configuration)
        head = s3.head_object(Bucket="state", Key="app/terraform.tfstate")
        assert head["ServerSideEncryption"] == "AES256"
        folder.run("workspace", "new", "other")
        assert "other" in folder.run("workspace", "list")
        folder.apply(configuration)
        folder.destroy()
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="state")["Contents"]]
        assert not [key for key in keys if key.endswith(".tflock")]
