"""botocore's whole models of IAM and STS: each operation is implemented or refused by its own name,
each member of an input is read or refused by its own name."""
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import pytest

from model_walk import inputs, is_refused, model, request
from served import Served

MODELS = {name: model(name) for name in ["iam", "sts"]}

# Operations that are refused, and why.
REFUSED = {
    # What policies permit is not evaluated.
    "SimulateCustomPolicy", "SimulatePrincipalPolicy", "ListPoliciesGrantingServiceAccess",
    "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails",
    "GetServiceLastAccessedDetailsWithEntities", "GetHumanReadableSummary",
    # There are no organizations.
    "GenerateOrganizationsAccessReport", "GetOrganizationsAccessReport", "ListOrganizationsFeatures",
    "EnableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootCredentialsManagement",
    "EnableOrganizationsRootSessions", "DisableOrganizationsRootSessions", "AssumeRoot",
    # Delegation, role templates and properties of accounts.
    "AcceptDelegationRequest", "AssociateDelegationRequest", "CreateDelegationRequest",
    "GetDelegationRequest", "ListDelegationRequests", "RejectDelegationRequest",
    "SendDelegationToken", "UpdateDelegationRequest", "AcquireRole", "GetRoleTemplateVersion",
    "GetAccountProperties", "PutAccountProperties", "GetDelegatedAccessToken", "GetScopedCredentials",
    # Certificates, keys and passwords of other kinds, and devices.
    "UploadServerCertificate", "GetServerCertificate", "UpdateServerCertificate",
    "DeleteServerCertificate", "TagServerCertificate", "UntagServerCertificate",
    "ListServerCertificateTags", "UploadSigningCertificate", "UpdateSigningCertificate",
    "DeleteSigningCertificate", "UploadSSHPublicKey", "GetSSHPublicKey", "UpdateSSHPublicKey",
    "DeleteSSHPublicKey", "CreateServiceSpecificCredential", "UpdateServiceSpecificCredential",
    "DeleteServiceSpecificCredential", "ResetServiceSpecificCredential", "CreateVirtualMFADevice",
    "DeleteVirtualMFADevice", "EnableMFADevice", "DeactivateMFADevice", "ResyncMFADevice",
    "GetMFADevice", "TagMFADevice", "UntagMFADevice", "ListMFADeviceTags",
    # SAML, and tokens that AWS signs.
    "CreateSAMLProvider", "GetSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider",
    "TagSAMLProvider", "UntagSAMLProvider", "ListSAMLProviderTags", "AssumeRoleWithSAML",
    "EnableOutboundWebIdentityFederation", "DisableOutboundWebIdentityFederation",
    "GetOutboundWebIdentityFederationInfo", "GetWebIdentityToken", "DecodeAuthorizationMessage",
    # Identity providers of IAM Identity Center.
    "UpdateOpenIDConnectProvider",
}

# Members that are refused: IAM Identity Center, contexts of other providers, sizes of tokens.
REFUSED_MEMBERS = {
    "ContextProvider", "IdentityCenterInstanceArn", "ProvidedContexts", "MinimumSessionTokenSize",
    "ProviderId"}


@pytest.fixture(scope="module")
def server():
    with Served("--ephemeral", "--clock", "virtual") as server:
        yield server


TEXTS = {
    "arnType": "arn:aws:iam::000000000000:policy/none", "thumbprintType": "a" * 40,
    "pathType": "/", "pathPrefixType": "/", "policyPathType": "/",
    "accessKeyIdType": "AKIA" + "A" * 16, "policyVersionIdType": "v1",
    "OpenIDConnectProviderUrlType": "https://example.com", "accountAliasType": "alias",
    "policyDocumentType": '{"Statement":[]}',
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


def call(server, service, operation, members):
    form = [("Action", operation), ("Version", MODELS[service].api_version), *flat(members, "")]
    asked = urllib.request.Request(
        server.endpoint, data=urllib.parse.urlencode(form).encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261121/us-east-1/"
                             f"{service}/aws4_request, SignedHeaders=host, Signature=0"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as response:
            return response.status, None, ""
    except urllib.error.HTTPError as error:
        found = {item.tag.split("}")[-1]: item.text
                 for item in xml.etree.ElementTree.fromstring(error.read()).iter()}
        return error.code, found["Code"], found["Message"]


OPERATIONS = [(service, name) for service, model in MODELS.items() for name in model.operation_names]


@pytest.mark.parametrize("service, operation", OPERATIONS)
def test_every_operation_is_there_or_refused_by_name(server, service, operation):
    status, code, message = call(
        server, service, operation, request(MODELS[service], operation, TEXTS, other="nnnn"))
    assert status < 500, message
    if operation in REFUSED:
        assert is_refused(status, code, message, operation)
    else:
        assert code != "UnsupportedOperation" or "service-linked role" in message, message


MEMBERS = [
    (service, operation, member) for service, operation in OPERATIONS if operation not in REFUSED
    for member in inputs(MODELS[service], operation)]


def test_every_member_is_read_or_refused_by_name(server):
    wrong = []
    for service, operation, member in MEMBERS:
        members = request(MODELS[service], operation, TEXTS, member, other="nnnn")
        status, code, message = call(server, service, operation, members)
        if member in REFUSED_MEMBERS:
            right = is_refused(status, code, message, f"`{member}`")
        else:
            right = status < 500 and (
                code != "UnsupportedOperation" or "service-linked role" in message)
        if not right:
            wrong.append((operation, member, status, code, message))
    assert len(MEMBERS) > 300 and wrong == []
