"""CloudWatch Logs through boto3."""
import time

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.fixture
def logs(server, request):
    """A client in an account of the test's own, so that no test sees another's groups."""
    return server.client("logs", account=str(300000000000 + sum(map(ord, request.node.name))))


@pytest.fixture
def group(logs):
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    return "group"


def failure(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def put(logs, group, *messages):
    now = int(time.time() * 1000)
    return logs.put_log_events(
        logGroupName=group, logStreamName="stream",
        logEvents=[{"timestamp": now, "message": message} for message in messages])


def test_events_are_read_back(logs, group):
    put(logs, group, "one", "two", "three")
    answer = logs.get_log_events(
        logGroupName=group, logStreamName="stream", startFromHead=True, limit=2)
    assert [event["message"] for event in answer["events"]] == ["one", "two"]
    more = logs.get_log_events(
        logGroupName=group, logStreamName="stream", nextToken=answer["nextForwardToken"])
    assert [event["message"] for event in more["events"]] == ["three"]
    end = logs.get_log_events(
        logGroupName=group, logStreamName="stream", nextToken=more["nextForwardToken"])
    assert end["events"] == [] and end["nextForwardToken"] == more["nextForwardToken"]


def test_filtering_in_pages(logs, group):
    put(logs, group, *(f"{'ERROR' if n % 2 else 'INFO'} {n}" for n in range(20)))
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern="ERROR", PaginationConfig={"PageSize": 3})
    found = [event["message"] for page in pages for event in page["events"]]
    assert found == [f"ERROR {n}" for n in range(1, 20, 2)]
    put(logs, group, '{"level":"WARN","code":7}')
    answer = logs.filter_log_events(logGroupName=group, filterPattern="{ $.code > 5 }")
    assert len(answer["events"]) == 1


def test_groups(logs, group):
    described = logs.describe_log_groups(logGroupNamePrefix="gr")["logGroups"]
    assert [g["logGroupName"] for g in described] == ["group"]
    assert described[0]["arn"].endswith(":log-group:group:*")
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    logs.tag_log_group(logGroupName=group, tags={"a": "1"})
    arn = described[0]["logGroupArn"]
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["stream"]
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups()["logGroups"] == []


def test_errors(logs, group):
    assert failure(logs.create_log_group, logGroupName=group) == (
        "ResourceAlreadyExistsException", "The specified log group already exists")
    assert failure(logs.get_log_events, logGroupName="no", logStreamName="s") == (
        "ResourceNotFoundException", "The specified log group does not exist.")
    assert failure(logs.get_log_events, logGroupName=group, logStreamName="s") == (
        "ResourceNotFoundException", "The specified log stream does not exist.")
    code, message = failure(logs.put_metric_filter, logGroupName=group, filterName="f",
                            filterPattern="", metricTransformations=[{
                                "metricName": "m", "metricNamespace": "n", "metricValue": "1"}])
    assert code == "UnsupportedOperation" and "PutMetricFilter" in message


def test_an_arn_with_a_star_is_no_identifier(logs, group):
    arn = logs.describe_log_groups()["logGroups"][0]["arn"]
    assert arn.endswith(":*")
    for call, more in [(logs.filter_log_events, {}), (logs.describe_log_streams, {}),
                       (logs.get_log_events, {"logStreamName": "stream"})]:
        assert failure(call, logGroupIdentifier=arn, **more) == (
            "InvalidParameterException",
            f"1 validation error detected: Value '{arn}' at 'logGroupIdentifier' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*")
        call(logGroupIdentifier=arn[:-2], **more)


@pytest.mark.parametrize("pattern, expected", [
    ("[level=ERROR, ...]", ["ERROR 7 slow"]), ("[..., n>5, word]", ["ERROR 7 slow"]),
    ("%^(INFO|WARN)%", ["INFO 3 fast"]), ('{ $.tags[*] = "b" }', ['{"tags": ["a", "b"]}']),
])
def test_patterns_of_fields_and_expressions(logs, group, pattern, expected):
    put(logs, group, "ERROR 7 slow", "INFO 3 fast", '{"tags": ["a", "b"]}')
    found = logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
    assert [event["message"] for event in found] == expected
