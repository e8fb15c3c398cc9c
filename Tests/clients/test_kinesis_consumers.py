"""Registered consumers and shard-level metrics of streams."""
import json

import pytest
from botocore.exceptions import ClientError

from served import ACCOUNT, Served

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kinesis:GetRecords",
    "Resource": "*"}]})
ALL = ["IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
       "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
       "IteratorAgeMilliseconds"]


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture
def stream(server, request):
    name = request.node.name[:60].replace("[", "-").replace("]", "")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    return kinesis, name, f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"


def code(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_consumers_are_registered_and_found(stream):
    kinesis, name, arn = stream
    made = kinesis.register_stream_consumer(
        StreamARN=arn, ConsumerName="app", Tags={"team": "ours"})["Consumer"]
    assert made["ConsumerStatus"] == "CREATING" and made["ConsumerName"] == "app"
    seconds = int(made["ConsumerCreationTimestamp"].timestamp())
    assert made["ConsumerARN"] == f"{arn}/consumer/app:{seconds}"
    for reference in ({"ConsumerARN": made["ConsumerARN"]},
                      {"StreamARN": arn, "ConsumerName": "app"}):
        found = kinesis.describe_stream_consumer(**reference)["ConsumerDescription"]
        assert found["ConsumerStatus"] == "ACTIVE" and found["StreamARN"] == arn
        assert found["ConsumerARN"] == made["ConsumerARN"]
    assert code(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="app") == (
        "ResourceInUseException")
    assert code(kinesis.describe_stream_consumer, StreamARN=arn, ConsumerName="other") == (
        "ResourceNotFoundException")
    assert code(kinesis.describe_stream_consumer, ConsumerARN=f"{arn}/consumer/app:1") == (
        "ResourceNotFoundException"), "a consumer that is registered again is another"
    assert code(kinesis.describe_stream_consumer, ConsumerARN="nothing") == "ValidationException"
    assert code(kinesis.describe_stream_consumer, ConsumerName="app") == "InvalidArgumentException"
    consumer = made["ConsumerARN"]
    assert kinesis.list_tags_for_resource(ResourceARN=consumer)["Tags"] == [
        {"Key": "team", "Value": "ours"}]
    kinesis.tag_resource(ResourceARN=consumer, Tags={"stage": "dev"})
    kinesis.untag_resource(ResourceARN=consumer, TagKeys=["team"])
    assert kinesis.list_tags_for_resource(ResourceARN=consumer)["Tags"] == [
        {"Key": "stage", "Value": "dev"}]
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["ConsumerCount"] == 1
    kinesis.deregister_stream_consumer(ConsumerARN=made["ConsumerARN"])
    assert kinesis.list_stream_consumers(StreamARN=arn)["Consumers"] == []
    assert code(kinesis.deregister_stream_consumer, ConsumerARN=made["ConsumerARN"]) == (
        "ResourceNotFoundException")


def test_a_stream_has_twenty_consumers_at_most_and_lists_them_in_pages(stream):
    kinesis, _, arn = stream
    names = sorted(f"c{number}" for number in range(20))
    for name in names:
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)
    assert code(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="late") == (
        "LimitExceededException")
    pages = list(kinesis.get_paginator("list_stream_consumers").paginate(
        StreamARN=arn, PaginationConfig={"PageSize": 7}))
    assert [len(page["Consumers"]) for page in pages] == [7, 7, 6]
    assert [one["ConsumerName"] for page in pages for one in page["Consumers"]] == names


def test_a_stream_with_consumers_is_deleted_only_by_force(stream):
    kinesis, name, arn = stream
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")
    assert code(kinesis.delete_stream, StreamName=name) == "ResourceInUseException"
    assert code(kinesis.delete_stream, StreamName=name, EnforceConsumerDeletion=False) == (
        "ResourceInUseException")
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
    kinesis.create_stream(StreamName=name, ShardCount=1)
    assert kinesis.list_stream_consumers(StreamARN=arn)["Consumers"] == []


def test_shard_level_metrics_are_switched(stream):
    kinesis, name, arn = stream

    def shown():
        described = kinesis.describe_stream(StreamName=name)["StreamDescription"]
        summary = kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
        assert described["EnhancedMonitoring"] == summary["EnhancedMonitoring"]
        return described["EnhancedMonitoring"][0]["ShardLevelMetrics"]

    assert shown() == []
    answer = kinesis.enable_enhanced_monitoring(
        StreamName=name, ShardLevelMetrics=["OutgoingBytes", "IncomingBytes"])
    assert answer["CurrentShardLevelMetrics"] == [] and answer["StreamARN"] == arn
    assert answer["DesiredShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"] == shown()
    kinesis.enable_enhanced_monitoring(StreamARN=arn, ShardLevelMetrics=["ALL"])
    assert shown() == ALL
    kinesis.disable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["IncomingBytes"])
    assert shown() == ALL[1:]
    kinesis.disable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["ALL"])
    assert shown() == []
    assert code(kinesis.enable_enhanced_monitoring, StreamName=name,
                ShardLevelMetrics=["Nothing"]) in ("ValidationException", "InvalidArgumentException")


def test_a_template_says_which_metrics(server):
    cloudformation, kinesis = server.client("cloudformation"), server.client("kinesis")

    def deploy(call, waiter, metrics):
        call(StackName="metered", TemplateBody=json.dumps({"Resources": {"S": {
            "Type": "AWS::Kinesis::Stream", "Properties": {
                "Name": "metered", "ShardCount": 1, "DesiredShardLevelMetrics": metrics}}}}))
        cloudformation.get_waiter(waiter).wait(StackName="metered")
        described = kinesis.describe_stream(StreamName="metered")["StreamDescription"]
        return described["EnhancedMonitoring"][0]["ShardLevelMetrics"]

    assert deploy(cloudformation.create_stack, "stack_create_complete", ["ALL"]) == ALL
    assert deploy(cloudformation.update_stack, "stack_update_complete", ["IncomingBytes"]) == [
        "IncomingBytes"]


def test_consumers_survive_a_kill(tmp_path):
    data = tmp_path / "data"
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="kept", ShardCount=1)
        arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/kept"
        made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")["Consumer"]
        kinesis.enable_enhanced_monitoring(StreamName="kept", ShardLevelMetrics=["IncomingBytes"])
        for resource in (arn, made["ConsumerARN"]):
            kinesis.put_resource_policy(ResourceARN=resource, Policy=POLICY)
        kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
        commitment = kinesis.update_account_settings(
            MinimumThroughputBillingCommitment={"Status": "ENABLED"})
        kinesis.create_stream(StreamName="warm", WarmThroughputMiBps=5,
                              RecordDistributionStrategy="AUTO")
        kinesis.start_stream_encryption(StreamName="kept", EncryptionType="KMS", KeyId="k")
        kinesis.put_record(StreamName="kept", PartitionKey="k", Data=b"x" * (2 << 20))
        server.kill()
    with Served(data=data) as server:
        kinesis = server.client("kinesis")
        found = kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])
        assert found["ConsumerDescription"]["ConsumerName"] == "app"
        described = kinesis.describe_stream(StreamName="kept")["StreamDescription"]
        assert described["EnhancedMonitoring"][0]["ShardLevelMetrics"] == ["IncomingBytes"]
        for resource in (arn, made["ConsumerARN"]):
            assert kinesis.get_resource_policy(ResourceARN=resource)["Policy"] == POLICY
        summary = kinesis.describe_stream_summary(StreamName="kept")["StreamDescriptionSummary"]
        assert summary["MaxRecordSizeInKiB"] == 2048 and summary["ConsumerCount"] == 1
        warm = kinesis.describe_stream_summary(StreamName="warm")["StreamDescriptionSummary"]
        assert warm["WarmThroughput"] == {"TargetMiBps": 5, "CurrentMiBps": 5}
        assert warm["RecordDistributionStrategy"] == "AUTO" and warm["OpenShardCount"] == 5
        kept = kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]
        assert kept == commitment["MinimumThroughputBillingCommitment"]
        iterator = kinesis.get_shard_iterator(
            StreamName="kept", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
        (record,) = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        assert len(record["Data"]) == 2 << 20 and record["EncryptionType"] == "KMS"
