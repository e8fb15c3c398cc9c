"""S3 through boto3."""
import hashlib
import io
import os
import subprocess
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(data=tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(server, request):
    """A client in an account of the test's own, so that no test sees another's buckets."""
    return server.client("s3", account=str(200000000000 + sum(map(ord, request.node.name))))


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket="bucket")
    return "bucket"


def failure(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_object_comes_back(s3, bucket):
    put = s3.put_object(
        Bucket=bucket, Key="dir/ä b+c.txt", Body=b"hello", ContentType="text/plain",
        Metadata={"colour": "blue"}, Tagging="a=1")
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    got = s3.get_object(Bucket=bucket, Key="dir/ä b+c.txt")
    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain"
    assert got["Metadata"] == {"colour": "blue"}
    head = s3.head_object(Bucket=bucket, Key="dir/ä b+c.txt")
    assert head["ContentLength"] == 5 and head["ETag"] == put["ETag"]
    assert head["LastModified"].year >= 2025


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_in_trailers(s3, bucket, algorithm):
    put = s3.put_object(
        Bucket=bucket, Key="k", Body=io.BytesIO(b"x" * 100_000), ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"x" * 100_000
    assert got["Checksum" + algorithm] == put["Checksum" + algorithm]


def test_errors(s3, bucket):
    assert failure(s3.get_object, Bucket=bucket, Key="no") == ("NoSuchKey", 404)
    assert failure(s3.head_object, Bucket=bucket, Key="no") == ("404", 404)
    assert failure(s3.head_bucket, Bucket="nowhere") == ("404", 404)
    assert failure(s3.list_objects_v2, Bucket="nowhere") == ("NoSuchBucket", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert failure(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    assert failure(
        s3.put_object, Bucket=bucket, Key="k", Body=b"y", IfNoneMatch="*") == (
            "PreconditionFailed", 412)
    code, status = failure(s3.put_bucket_policy, Bucket=bucket, Policy="{}")
    assert (code, status) == ("MalformedPolicy", 400)
    code, status = failure(s3.get_object, Bucket=bucket, Key="k", Range="bytes=9-")
    assert (code, status) == ("InvalidRange", 416)


def test_not_modified(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    assert failure(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag) == ("304", 304)


def test_ranges(s3, bucket):
    body = os.urandom(3_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    got = s3.get_object(Bucket=bucket, Key="k", Range="bytes=1000000-2000000")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == "bytes 1000000-2000000/3000000"
    assert got["Body"].read() == body[1_000_000:2_000_001]


def test_listings_in_pages(s3, bucket):
    keys = sorted(f"{a}/{b} {c}" for a in "xyz" for b in "äb" for c in range(5))
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    for operation in ["list_objects_v2", "list_objects"]:
        pages = s3.get_paginator(operation).paginate(
            Bucket=bucket, PaginationConfig={"PageSize": 4})
        assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
        pages = s3.get_paginator(operation).paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2})
        prefixes = [entry["Prefix"] for page in pages for entry in page["CommonPrefixes"]]
        assert prefixes == ["x/", "y/", "z/"]


def test_buckets_in_hosts(server):
    """boto3 and the AWS CLI put the bucket before `localhost`, even one that a service is named
    after; what is not signed for S3 and leads nowhere is refused."""
    port = server.endpoint.rsplit(":", 1)[1]
    account = "210000000001"
    server.client("s3", account=account).create_bucket(Bucket="kinesis")
    hosted = boto3.client(
        "s3", endpoint_url=f"http://localhost:{port}", region_name="us-east-1",
        aws_access_key_id=account, aws_secret_access_key="unchecked",
        config=Config(s3={"addressing_style": "virtual"}, signature_version="s3v4"))

    def send(operation, **more):
        url = hosted.generate_presigned_url(operation, Params={"Bucket": "kinesis", "Key": "k"})
        host, rest = url.removeprefix("http://").split("/", 1)
        assert host == f"kinesis.localhost:{port}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/{rest}", headers={"Host": host}, **more)
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read()

    send("put_object", data=b"hello", method="PUT")
    assert send("get_object") == b"hello"
    for name in ["a1.execute-api", "b.s3-website", "kinesis"]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/", headers={"Host": f"{name}.localhost:{port}"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        assert refused.value.code == 400
        assert f"the host {name}.localhost" in refused.value.read().decode()


def test_versions(s3, bucket):
    s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"1"
    listed = s3.list_object_versions(Bucket=bucket)
    assert len(listed["Versions"]) == 2 and len(listed["DeleteMarkers"]) == 1
    assert listed["DeleteMarkers"][0]["IsLatest"] is True
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [
        {"Key": "k", "VersionId": entry["VersionId"]}
        for entry in listed["Versions"] + listed["DeleteMarkers"]]})
    s3.delete_bucket(Bucket=bucket)


def test_large_files_go_in_parts(s3, bucket, tmp_path):
    body = os.urandom(20_000_000)
    (tmp_path / "in").write_bytes(body)
    s3.upload_file(str(tmp_path / "in"), bucket, "big")
    head = s3.head_object(Bucket=bucket, Key="big")
    assert head["ETag"].endswith('-3"') and head["ContentLength"] == len(body)
    s3.download_file(bucket, "big", str(tmp_path / "out"))
    assert hashlib.sha256((tmp_path / "out").read_bytes()).digest() == hashlib.sha256(body).digest()
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_an_upload_by_hand(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"abc")
    parts = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
    assert [(p["PartNumber"], p["Size"], p["ETag"]) for p in parts] == [(1, 3, part["ETag"])]
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    expected = hashlib.md5(hashlib.md5(b"abc").digest()).hexdigest()
    assert done["ETag"] == f'"{expected}-1"'
    aborted = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=aborted)
    assert failure(s3.list_parts, Bucket=bucket, Key="k", UploadId=aborted) == (
        "NoSuchUpload", 404)


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x", Metadata={"m": "1"})
    copy = s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "a b"})
    assert copy["CopyObjectResult"]["ETag"] == '"9dd4e461268c8034f5c8564e155c67a6"'
    assert s3.get_object(Bucket=bucket, Key="c")["Metadata"] == {"m": "1"}


def test_tags(s3, bucket):
    assert failure(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


def test_configurations_that_tools_read(s3, bucket):
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Grantee"]["Type"] == "CanonicalUser"
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert failure(s3.get_bucket_policy, Bucket=bucket) == ("NoSuchBucketPolicy", 404)
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_regions(server):
    s3 = server.client("s3", account="299999999999", region="eu-west-1")
    s3.create_bucket(
        Bucket="irish", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket="irish")["LocationConstraint"] == "eu-west-1"
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["irish"]
    assert failure(
        s3.create_bucket, Bucket="irish",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}) == (
            "BucketAlreadyOwnedByYou", 409)


def test_presigned_urls(s3, bucket):
    target = {"Bucket": bucket, "Key": "k"}
    url = s3.generate_presigned_url("put_object", Params=target)
    request = urllib.request.Request(url, data=b"signed", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    url = s3.generate_presigned_url("get_object", Params=target)
    assert urllib.request.urlopen(url).read() == b"signed"


def test_the_command_line(server, tmp_path):
    def aws(*arguments):
        return subprocess.run(
            ["aws", "s3", *arguments], env=server.environment(), check=True, text=True,
            capture_output=True).stdout

    (tmp_path / "folder").mkdir()
    for name in ["one.txt", "two words.txt"]:
        (tmp_path / "folder" / name).write_text(name)
    aws("mb", "s3://from-the-shell")
    aws("cp", "--recursive", str(tmp_path / "folder"), "s3://from-the-shell/in/")
    assert "two words.txt" in aws("ls", "s3://from-the-shell/in/")
    aws("sync", "s3://from-the-shell/in/", str(tmp_path / "back"))
    assert (tmp_path / "back" / "two words.txt").read_text() == "two words.txt"
    aws("rb", "--force", "s3://from-the-shell")
