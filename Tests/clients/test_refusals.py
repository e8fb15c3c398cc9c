"""What Leat does not have is refused in the words and the form that a service's users know."""
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError

from served import Served


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral") as server:
        yield server


@pytest.mark.parametrize("client, operation, arguments, name", [
    ("kms", "create_key", {}, "KMS"),
    ("dynamodb", "list_tables", {}, "DynamoDB"),
    ("sqs", "list_queues", {}, "SQS"),
    ("events", "list_event_buses", {}, "EventBridge"),
    ("stepfunctions", "list_state_machines", {}, "Step Functions"),
    ("ec2", "describe_instances", {}, "EC2"),
    ("sns", "list_topics", {}, "SNS"),
    ("rds", "describe_db_instances", {}, "RDS"),
    ("apigatewayv2", "get_apis", {}, "API Gateway"),
    ("ecs", "list_clusters", {}, "ECS"),
])
def test_refusals_name_the_service(server, client, operation, arguments, name):
    with pytest.raises(ClientError) as caught:
        getattr(server.client(client), operation)(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == "UnsupportedOperation", error
    assert re.search(rf"\b{name}\b", error["Message"]), error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_errors_of_ec2_have_their_own_xml(server):
    form = urllib.parse.urlencode({"Action": "DescribeVpcs", "Version": "2016-11-15"}).encode()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(server.endpoint, data=form)
    text = caught.value.read().decode()
    assert re.search("<Response><Errors><Error><Code>UnsupportedOperation</Code>", text), text
    assert "<RequestID>" in text


def test_a_wrong_region_is_answered_with_the_right_one(server):
    request = urllib.request.Request(server.endpoint + "/bucket/key", headers={
        "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261127/US_EAST/s3/aws4_request,"
                         " SignedHeaders=host, Signature=0"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    text = caught.value.read().decode()
    assert "<Code>AuthorizationHeaderMalformed</Code>" in text
    assert "<Region>us-east-1</Region>" in text
    assert "the region 'US_EAST' is wrong; expecting 'us-east-1'" in text


def test_the_api_gives_no_advice_about_the_command_line(server):
    template = "Resources:\n  Machine: {Type: 'AWS::EC2::Instance'}\n"
    with pytest.raises(ClientError) as caught:
        server.client("cloudformation").create_stack(StackName="machine", TemplateBody=template)
    message = caught.value.response["Error"]["Message"]
    assert "LT3002" in message and "AWS::EC2::Instance" in message
    assert "--" not in message
