"""botocore's whole model of Lambda: each operation is implemented or refused by its own name, each
member of an input is read or refused by its own name."""
import pytest
from botocore.exceptions import ClientError

from model_walk import inputs, is_refused, model, request
from served import Served

MODEL = model("lambda")

# Durable functions, functions on instances, and policies as whole documents.
REFUSED = {
    name for name in MODEL.operation_names
    if "Durable" in name or "CapacityProvider" in name or "ScalingConfig" in name
    or name.endswith("ResourcePolicy")}

# Members that are refused: networks, file systems, images, instances, durable functions, tenants,
# copies at the edge.
REFUSED_MEMBERS = {
    "VpcConfig", "FileSystemConfigs", "ImageConfig", "ImageUri", "PublishTo", "TenancyConfig",
    "CapacityProviderConfig", "DurableConfig", "RuntimeConfig", "AcceleratorConfig", "MasterRegion",
    "DurableExecutionName", "TenantId", "S3ObjectStorageMode", "SourceKMSKeyArn",
}

# Of event-source mappings: other sources than streams, and what their pollers are told.
REFUSED_OF_MAPPINGS = {
    "KMSKeyArn", "MetricsConfig", "LoggingConfig", "ScalingConfig", "Topics", "Queues",
    "SourceAccessConfigurations", "SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "ProvisionedPollerConfig",
}

ROLE = "arn:aws:iam::000000000000:role/none"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:none"
TEXTS = {
    "FunctionRuntimeArn": "arn:aws:lambda:us-east-1:000000000000:runtime/none-none",
    "RoleArn": ROLE, "FunctionArn": FUNCTION, "TaggableResource": FUNCTION, "Runtime": "python3.12",
    "LayerVersionArn": "arn:aws:lambda:us-east-1:000000000000:layer:none:1",
    "CodeSigningConfigArn":
        "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-00000000000000000",
    "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/none", "Qualifier": "1",
    "NumericLatestPublishedOrAliasQualifier": "1", "Version": "1",
    "VersionWithLatestPublished": "1", "OrganizationId": "o-0123456789", "Alias": "alias",
    "PrincipalOrgID": "o-0123456789", "Arn": "arn:aws:s3:::none", "SourceOwner": "0" * 12,
    "Action": "lambda:InvokeFunctionUrl", "LayerPermissionAllowedAction": "lambda:GetLayerVersion",
    "LayerPermissionAllowedPrincipal": "*",
    "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:" + "0" * 64,
    "FileSystemArn":
        "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0",
    "LocalMountPath": "/mnt/none", "MasterRegion": "us-east-1",
    "CapacityProviderArn": "arn:aws:lambda:us-east-1:000000000000:capacity-provider:none",
    "RuntimeArn": "arn:aws:lambda:us-east-1:000000000000:runtime/none",
    "FunctionVersion": "ALL", "Handler": "index.handler", "Principal": "*",
}


@pytest.fixture(scope="module")
def client():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server.client(
            "lambda", parameter_validation=False)


def call(client, operation, members):
    try:
        answer = client._make_api_call(operation, members)
        return answer["ResponseMetadata"]["HTTPStatusCode"], None, ""
    except ClientError as error:
        found = error.response["Error"]
        return (
            error.response["ResponseMetadata"]["HTTPStatusCode"], found["Code"], found["Message"])


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_every_operation_is_there_or_refused_by_name(client, operation):
    status, code, message = call(client, operation, request(MODEL, operation, TEXTS))
    assert status < 500, message
    if operation in REFUSED:
        assert is_refused(status, code, message, operation), message
    else:
        assert code != "UnsupportedOperation", message


MEMBERS = [
    (operation, member) for operation in MODEL.operation_names
    if operation not in REFUSED for member in inputs(MODEL, operation)]


def test_every_member_is_read_or_refused_by_name(client):
    wrong = []
    for operation, member in MEMBERS:
        members = request(MODEL, operation, TEXTS, member)
        status, code, message = call(client, operation, members)
        if member in REFUSED_MEMBERS or (
                "EventSourceMapping" in operation and member in REFUSED_OF_MAPPINGS):
            # What is empty changes nothing, and is taken.
            right = is_refused(status, code, message, member) or code is None or not members[member]
        else:
            right = status < 500 and code not in ("UnsupportedOperation", "SerializationException")
        if not right:
            wrong.append((operation, member, members[member], status, code, message))
    assert len(MEMBERS) > 150
    assert wrong == [], "\n".join(map(str, wrong))
