"""botocore's whole model of CloudFormation: each operation is implemented or refused by its own name,
each member of an input is read or refused by its own name."""
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import pytest

from model_walk import inputs, is_refused, model, request
from served import Served

MODEL = model("cloudformation")

IMPLEMENTED = {
    "CancelUpdateStack", "ContinueUpdateRollback", "CreateChangeSet", "CreateStack",
    "DeleteChangeSet", "DeleteStack", "DescribeAccountLimits", "DescribeChangeSet", "DescribeEvents",
    "DescribeStackDriftDetectionStatus", "DescribeStackEvents", "DescribeStackResource",
    "DescribeStackResourceDrifts", "DescribeStackResources", "DescribeStacks", "DetectStackDrift",
    "DetectStackResourceDrift", "ExecuteChangeSet", "GetStackPolicy", "GetTemplate", "GetTemplateSummary", "ListChangeSets",
    "ListExports", "ListImports", "ListStackResources", "ListStacks", "RollbackStack",
    "SetStackPolicy", "SignalResource", "UpdateStack", "UpdateTerminationProtection",
    "ValidateTemplate",
}

# Everything else: prices; types, hooks and modules of one's own; publishers; stack sets and
# organizations; generated templates and scans of an account; refactorings of several stacks.
REFUSED = set(MODEL.operation_names) - IMPLEMENTED

# Members that are refused in whatever form: alarms and notifications, change sets of whole trees, stack
# sets.
REFUSED_MEMBERS = {
    ("CreateStack", "NotificationARNs"), ("UpdateStack", "NotificationARNs"),
    ("CreateChangeSet", "NotificationARNs"),
    ("DescribeEvents", "ChangeSetName"), ("GetTemplateSummary", "StackSetName"),
    ("GetTemplateSummary", "CallAs"),
}


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server


TEXTS = {
    "TemplateBody": '{"Resources":{"S":{"Type":"AWS::SSM::Parameter","Properties":'
                    '{"Type":"String","Value":"v"}}}}',
    "StackPolicyBody": '{"Statement":[]}', "StackPolicyDuringUpdateBody": '{"Statement":[]}',
    "TemplateURL": "https://s3.amazonaws.com/none/none", "RoleARN": "arn:aws:iam::000000000000:role/r",
    "NextToken": "MA==", "TemplateStage": "Original", "ResourceType": "AWS::SSM::Parameter",
}


def flat(value, name):
    """A value as the Query protocol writes it."""
    match value:
        case dict():
            return [pair for key, item in value.items()
                    for pair in flat(item, f"{name}.{key}" if name else key)]
        case list():
            return [pair for index, item in enumerate(value)
                    for pair in flat(item, f"{name}.member.{index + 1}")]
        case bool():
            return [(name, str(value).lower())]
    return [(name, str(value))]


def call(server, operation, members):
    form = [("Action", operation), ("Version", MODEL.api_version), *flat(members, "")]
    asked = urllib.request.Request(
        server.endpoint, data=urllib.parse.urlencode(form).encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261121/us-east-1/"
                             "cloudformation/aws4_request, SignedHeaders=host, Signature=0"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as response:
            return response.status, None, ""
    except urllib.error.HTTPError as error:
        tree = xml.etree.ElementTree.fromstring(error.read())
        found = {item.tag.rsplit("}", 1)[-1]: item.text or "" for item in tree.iter()}
        return error.code, found["Code"], found["Message"]


@pytest.mark.parametrize("operation", sorted(IMPLEMENTED | REFUSED))
def test_every_operation_is_there_or_refused_by_name(server, operation):
    status, code, message = call(server, operation, request(MODEL, operation, TEXTS))
    assert status < 500, message
    if operation in REFUSED:
        assert is_refused(status, code, message, operation), (status, code, message)
    else:
        assert code != "UnsupportedOperation", message


MEMBERS = [
    (operation, member) for operation in sorted(IMPLEMENTED) for member in inputs(MODEL, operation)]


@pytest.mark.parametrize("operation, member", MEMBERS)
def test_every_member_is_read_or_refused_by_name(server, operation, member):
    members = request(MODEL, operation, TEXTS, member)
    if operation in ["CreateStack", "CreateChangeSet"]:
        members.setdefault("TemplateBody", TEXTS["TemplateBody"])
        members["StackName"] = f"{operation}{member}"
    if operation == "CreateChangeSet":
        members["ChangeSetType"] = "CREATE"
    status, code, message = call(server, operation, members)
    assert status < 500, message
    if (operation, member) in REFUSED_MEMBERS:
        assert is_refused(status, code, message, f"`{member}"), (status, code, message)
    else:
        assert code != "UnsupportedOperation", message
        assert "unread" not in message
