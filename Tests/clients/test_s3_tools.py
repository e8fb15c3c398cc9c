"""S3 as tools and other clients speak it: presigned URLs, the AWS CLI, s3cmd, rclone, SAM CLI."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest
from botocore.config import Config

from served import ACCOUNT, Served

BIN = pathlib.Path(sys.executable).parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(data=tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(server, request):
    return server.client("s3", account=str(300000000000 + sum(map(ord, request.node.name))))


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket="bucket")
    return "bucket"


def tool(name):
    """The tool's path; skips the test where it is not installed."""
    found = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command, cwd=None, check=True, **more):
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, text=True, capture_output=True, timeout=180, **more)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def send(url, data=None, method="GET", **headers):
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


# MARK: presigned URLs

def test_a_presigned_put_takes_what_other_clients_hoist(s3, bucket):
    """The JavaScript SDK puts every header into the query, and the checksum of no bytes."""
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    hoisted = {
        "x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32",
        "x-id": "PutObject", "x-amz-meta-colour": "dark blue", "x-amz-tagging": "a=1",
        "x-amz-acl": "private", "x-amz-storage-class": "STANDARD",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "alias/mine",
        "x-amz-user-agent": "aws-sdk-js/3", "content-type": "image/png"}
    status, _, body = send(f"{url}&{urllib.parse.urlencode(hoisted)}", b"pixels", "PUT")
    assert status == 200, body
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"pixels"
    assert got["Metadata"] == {"colour": "dark blue"}
    assert got["TagCount"] == 1
    assert got["ServerSideEncryption"] == "aws:kms"
    assert got["SSEKMSKeyId"].endswith(":alias/mine")


def test_a_presigned_put_of_signature_version_2(server):
    s3 = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=ACCOUNT,
        aws_secret_access_key="unchecked",
        config=Config(signature_version="s3", s3={"addressing_style": "path"}))
    s3.create_bucket(Bucket="second")
    url = s3.generate_presigned_url("put_object", Params={
        "Bucket": "second", "Key": "k", "ContentType": "image/png", "Metadata": {"a": "b"}})
    assert "content-type=image%2Fpng" in url
    status, _, body = send(url, b"pixels", "PUT", **{"Content-Type": "image/png"})
    assert status == 200, body
    got = s3.get_object(Bucket="second", Key="k")
    assert got["ContentType"] == "image/png" and got["Metadata"] == {"a": "b"}


def test_anonymous_requests_override_no_headers(s3, bucket, server):
    own = server.client("s3")
    own.create_bucket(Bucket="open")
    own.put_object(Bucket="open", Key="k", Body=b"x")
    status, _, body = send(f"{server.endpoint}/open/k?response-content-type=text%2Fcsv")
    assert status == 400 and b"anonymous GET requests" in body
    url = own.generate_presigned_url(
        "get_object", Params={"Bucket": "open", "Key": "k", "ResponseContentType": "text/csv"})
    assert send(url)[1]["content-type"] == "text/csv"


def test_a_trailer_that_does_not_come_is_refused(server):
    own = server.client("s3")
    own.create_bucket(Bucket="trailers")
    url = own.generate_presigned_url("put_object", Params={"Bucket": "trailers", "Key": "k"})
    status, _, body = send(
        url, b"b\r\nhello world\r\n0\r\n\r\n", "PUT", **{
            "content-encoding": "aws-chunked", "x-amz-decoded-content-length": "11",
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-trailer": "x-amz-checksum-crc32"})
    assert status == 400 and b"MalformedTrailerError" in body
    assert "Contents" not in own.list_objects_v2(Bucket="trailers")


def test_a_web_page_may_read_what_the_bucket_lets_it(server):
    own = server.client("s3")
    own.create_bucket(Bucket="pages")
    own.put_bucket_cors(Bucket="pages", CORSConfiguration={"CORSRules": [{
        "AllowedOrigins": ["https://example.com"], "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"], "MaxAgeSeconds": 5}]})
    assert own.get_bucket_cors(Bucket="pages")["CORSRules"][0]["MaxAgeSeconds"] == 5
    origin = {"Origin": "https://example.com"}
    status, headers, _ = send(f"{server.endpoint}/pages/k", method="OPTIONS", **{
        **origin, "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type"})
    assert status == 200
    assert headers["access-control-allow-origin"] == "https://example.com"
    assert headers["access-control-allow-headers"] == "content-type"
    url = own.generate_presigned_url("put_object", Params={"Bucket": "pages", "Key": "k"})
    status, headers, _ = send(url, b"x", "PUT", **origin)
    assert status == 200 and headers["access-control-allow-origin"] == "https://example.com"
    status, headers, _ = send(f"{server.endpoint}/pages/none", **origin)
    assert status == 404 and headers["access-control-allow-origin"] == "https://example.com"
    status, headers, body = send(f"{server.endpoint}/pages/k", method="OPTIONS", **{
        "Origin": "https://elsewhere.org", "Access-Control-Request-Method": "PUT"})
    assert status == 403 and b"AccessForbidden" in body


# MARK: boto3

def test_configurations_are_set_read_and_removed(s3, bucket):
    kms = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": kms, "BucketKeyEnabled": True}]})
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule == {"ApplyServerSideEncryptionByDefault": kms, "BucketKeyEnabled": True}
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"] == "aws:kms"
    s3.delete_bucket_encryption(Bucket=bucket)
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"] == "AES256"

    policy = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    s3.delete_bucket_policy(Bucket=bucket)

    rules = [{"ID": "a", "Status": "Enabled", "Filter": {"And": {
        "Prefix": "logs/", "Tags": [{"Key": "k", "Value": "v"}]}}, "Expiration": {"Days": 3}},
        {"ID": "b", "Status": "Disabled", "Filter": {"Prefix": ""},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    s3.delete_bucket_lifecycle(Bucket=bucket)

    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={
        "Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    grants = s3.get_object_acl(Bucket=bucket, Key="k")
    assert [g["Permission"] for g in grants["Grants"]] == ["FULL_CONTROL", "READ"]
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={
        "Owner": grants["Owner"], "Grants": grants["Grants"]})
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"] == grants["Grants"]


def test_a_part_is_read_by_its_number(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts = []
    for number, body in [(1, b"a" * (5 << 20)), (2, b"tail")]:
        part = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    done = [s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
        for _ in range(2)]
    assert done[0]["ETag"] == done[1]["ETag"]
    head = s3.head_object(Bucket=bucket, Key="k", PartNumber=2)
    assert head["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (head["ContentLength"], head["PartsCount"]) == (4, 2)


ENCRYPTED = '''
Resources:
  Encrypted:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: from-cdk
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms"}
      CorsConfiguration:
        CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"]}]
      LifecycleConfiguration:
        Rules: [{Status: Enabled, ExpirationInDays: DAYS}]
    UpdateReplacePolicy: Retain
    DeletionPolicy: Delete
  EncryptedPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: {Ref: Encrypted}
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Action: "s3:*"
            Condition: {Bool: {"aws:SecureTransport": "false"}}
            Effect: Deny
            Principal: {AWS: "*"}
            Resource:
              - {"Fn::GetAtt": [Encrypted, Arn]}
              - {"Fn::Join": ["", [{"Fn::GetAtt": [Encrypted, Arn]}, /*]]}
'''


def test_an_encrypted_bucket_with_its_policy_deploys(server):
    """As CDK writes `s3.Bucket(self, "Encrypted", encryption=…, enforce_ssl=True)`."""
    stacks, s3 = server.client("cloudformation"), server.client("s3")
    stacks.create_stack(StackName="encrypted", TemplateBody=ENCRYPTED.replace("DAYS", "3"))
    stacks.get_waiter("stack_create_complete").wait(
        StackName="encrypted", WaiterConfig={"Delay": 1})
    put = s3.put_object(Bucket="from-cdk", Key="k", Body=b"x")
    assert put["ServerSideEncryption"] == "aws:kms" and put["SSEKMSKeyId"].startswith("arn:aws:kms")
    policy = json.loads(s3.get_bucket_policy(Bucket="from-cdk")["Policy"])
    assert policy["Statement"][0]["Resource"] == [
        "arn:aws:s3:::from-cdk", "arn:aws:s3:::from-cdk/*"]
    stacks.update_stack(StackName="encrypted", TemplateBody=ENCRYPTED.replace("DAYS", "9"))
    stacks.get_waiter("stack_update_complete").wait(
        StackName="encrypted", WaiterConfig={"Delay": 1})
    rules = s3.get_bucket_lifecycle_configuration(Bucket="from-cdk")["Rules"]
    assert rules[0]["Expiration"] == {"Days": 9}
    s3.delete_object(Bucket="from-cdk", Key="k")
    stacks.delete_stack(StackName="encrypted")
    stacks.get_waiter("stack_delete_complete").wait(
        StackName="encrypted", WaiterConfig={"Delay": 1})


# MARK: tools

def test_the_command_line_encrypts_and_packages(server, tmp_path):
    aws = [tool("aws")]
    environment = server.environment()
    (tmp_path / "f").write_text("x")
    run(*aws, "s3", "mb", "s3://packages", env=environment)
    run(*aws, "s3", "cp", tmp_path / "f", "s3://packages/f", "--sse", "aws:kms",
        "--sse-kms-key-id", "alias/mine", env=environment)
    head = json.loads(run(*aws, "s3api", "head-object", "--bucket", "packages", "--key", "f",
                          env=environment))
    assert head["ServerSideEncryption"] == "aws:kms"
    run(*aws, "s3", "cp", tmp_path / "f", "s3://packages/g", "--sse", env=environment)
    code = tmp_path / "code"
    code.mkdir()
    (code / "index.py").write_text("def handler(event, context):\n  return 1\n")
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        "      Code: code\n      Handler: index.handler\n      Runtime: python3.12\n"
        "      Role: arn:aws:iam::000000000000:role/r\n")
    for more in [], ["--kms-key-id", "alias/mine"]:
        packaged = run(*aws, "cloudformation", "package", "--template-file", "template.yaml",
                       "--s3-bucket", "packages", "--force-upload", *more, cwd=tmp_path,
                       env=environment)
        assert "S3Bucket: packages" in packaged


def test_s3cmd_as_it_ships(server, tmp_path):
    host = server.endpoint.split("//")[1]
    s3cmd = [tool("s3cmd"), f"--access_key={ACCOUNT}", "--secret_key=unchecked",
             f"--host={host}", f"--host-bucket={host}/%(bucket)", "--no-ssl",
             "--config=/dev/null"]
    (tmp_path / "f").write_text("hello")
    run(*s3cmd, "mb", "s3://from-s3cmd")
    run(*s3cmd, "put", tmp_path / "f", "s3://from-s3cmd/dir/f")
    assert "s3://from-s3cmd/dir/f" in run(*s3cmd, "ls", "--recursive", "s3://from-s3cmd")
    info = run(*s3cmd, "info", "s3://from-s3cmd/dir/f")
    assert "File size: 5" in info
    run(*s3cmd, "info", "s3://from-s3cmd")
    run(*s3cmd, "cp", "s3://from-s3cmd/dir/f", "s3://from-s3cmd/copy")
    run(*s3cmd, "mv", "s3://from-s3cmd/copy", "s3://from-s3cmd/moved")
    run(*s3cmd, "modify", "--add-header=Cache-Control:no-store", "s3://from-s3cmd/moved")
    run(*s3cmd, "get", "s3://from-s3cmd/moved", tmp_path / "back")
    assert (tmp_path / "back").read_text() == "hello"
    with open(tmp_path / "large", "wb") as file:
        file.write(os.urandom(16 << 20))
    run(*s3cmd, "put", tmp_path / "large", "s3://from-s3cmd/large")
    run(*s3cmd, "sync", f"{tmp_path}/", "s3://from-s3cmd/sync/")
    (tmp_path / "policy.json").write_text(json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket",
            "Resource": "arn:aws:s3:::from-s3cmd"}]}))
    run(*s3cmd, "setpolicy", tmp_path / "policy.json", "s3://from-s3cmd")
    run(*s3cmd, "delpolicy", "s3://from-s3cmd")
    run(*s3cmd, "expire", "--expiry-days=3", "s3://from-s3cmd")
    assert "3" in run(*s3cmd, "getlifecycle", "s3://from-s3cmd")
    run(*s3cmd, "del", "--recursive", "--force", "s3://from-s3cmd")
    run(*s3cmd, "rb", "s3://from-s3cmd")


def test_rclone(server, tmp_path):
    # For provider AWS, rclone itself wants TLS: it can't sign a stream without it.
    rclone = [tool("rclone"), "--config", tmp_path / "rclone.conf"]
    (tmp_path / "rclone.conf").write_text(
        f"[leat]\ntype = s3\nprovider = Other\naccess_key_id = {ACCOUNT}\n"
        f"secret_access_key = unchecked\nregion = us-east-1\nendpoint = {server.endpoint}\n"
        "server_side_encryption = AES256\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a b+c.txt").write_text("hello")
    (folder / "large").write_bytes(os.urandom(12 << 20))
    run(*rclone, "mkdir", "leat:from-rclone")
    run(*rclone, "sync", folder, "leat:from-rclone/in", "--s3-upload-cutoff", "6M",
        "--s3-chunk-size", "5M")
    run(*rclone, "check", folder, "leat:from-rclone/in")
    run(*rclone, "copyto", "leat:from-rclone/in/a b+c.txt", "leat:from-rclone/copied")
    run(*rclone, "moveto", "leat:from-rclone/copied", "leat:from-rclone/moved")
    assert "hello" == run(*rclone, "cat", "leat:from-rclone/moved")
    run(*rclone, "touch", "leat:from-rclone/moved")
    run(*rclone, "purge", "leat:from-rclone")


def test_sam_packages(server, tmp_path):
    sam = tool("sam")
    server.client("s3").create_bucket(Bucket="sam-artifacts")
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text("def handler(event, context):\n  return 1\n")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n"
        "    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: code/\n"
        "      Handler: app.handler\n      Runtime: python3.12\n")
    environment = {**server.environment(), "SAM_CLI_TELEMETRY": "0"}
    for more in [], ["--kms-key-id", "alias/mine"]:
        run(sam, "package", "--s3-bucket", "sam-artifacts", "--output-template-file",
            "packaged.yaml", "--force-upload", *more, cwd=tmp_path, env=environment)
        assert "s3://sam-artifacts/" in (tmp_path / "packaged.yaml").read_text()
