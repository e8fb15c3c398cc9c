#!/usr/bin/env python3
"""Writes Sources/ResourceFacts/{ResourceFactsData,ResourceTypeNames}.swift.

Takes the facts of CloudFormation's resource types (property types, required properties, enums,
patterns, bounds, create-only and read-only properties, tagging) from the resource-provider schemas that
cfn-lint packages. No prose comes along.

usage: pip install cfn-lint; scripts/extract_resource_facts.py
"""
import json
import pathlib

import cfnlint.data.schemas as schemas

ROOT = pathlib.Path(schemas.__file__).parent
INDEX = json.loads((ROOT / "providers" / "us-east-1.json").read_text())
OUT = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "ResourceFacts"

SERVICES = """Kinesis KinesisFirehose Lambda S3 Glue IAM Logs CloudWatch Events Scheduler Pipes SNS
SQS StepFunctions ApiGateway ApiGatewayV2 KinesisAnalytics KinesisAnalyticsV2 Athena EMR
EMRServerless SSM SecretsManager KMS DynamoDB CloudFormation LakeFormation S3Tables Cognito
OpenSearchService RedshiftServerless""".split()
EC2 = """VPC Subnet SecurityGroup SecurityGroupIngress SecurityGroupEgress RouteTable Route
SubnetRouteTableAssociation InternetGateway VPCGatewayAttachment VPCEndpoint NatGateway EIP Instance
LaunchTemplate""".split()

# Keys of a value's facts that are kept, besides those that hold further facts.
SCALARS = {
    "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "required", "const", "dependentRequired", "dependentExcluded", "requiredXor",
    "requiredOr", "$ref", "format", "minProperties", "maxProperties", "uniqueItems", "default",
}
# Formats that say what a text is; the others speak of its type again.
FORMATS = {"date-time", "ipv4-network", "ipv6-network"}
MAPS = {"properties", "definitions"}
LISTS = {"oneOf", "anyOf"}
PATHS = {
    "readOnlyProperties", "createOnlyProperties", "conditionalCreateOnlyProperties",
    "primaryIdentifier",
}


def facts(node):
    if isinstance(node, bool):
        return {}
    out = {}
    for key, value in node.items():
        if key in MAPS:
            out[key] = {name: facts(inner) for name, inner in value.items()}
        elif key in LISTS:
            # Alternatives that only name what a value may refer to say nothing about its shape.
            choices = [facts(inner) for inner in value]
            if all(choices):
                out[key] = choices
        elif key == "allOf":
            # Of what holds besides, only what must be there can be merged.
            for inner in map(facts, value):
                if set(inner) == {"required"}:
                    out["required"] = sorted({*out.get("required", []), *inner["required"]})
        elif key == "items":
            if isinstance(value, dict):
                out[key] = facts(value)
        elif key == "patternProperties":
            if node.get("properties") or node.get("additionalProperties") is not False:
                out["open"] = True
            else:
                out["keys"] = list(value)
                out["values"] = facts(next(iter(value.values())))
        elif key == "additionalProperties":
            if value is not False:
                out["open"] = True
        elif key == "format" and not (value in FORMATS or value.startswith("AWS::")):
            continue
        elif key == "uniqueItems" and value is False:
            continue
        elif key == "pattern":
            # Characters beyond the first plane, written as halves, are written whole.
            pattern = value.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\U00010000-\U0010ffff")
            if pattern.replace("(?s)", "") != "^":
                out[key] = pattern.replace("(?s)", "")
        elif key == "required":
            out[key] = sorted({*out.get(key, []), *value})
        elif key in SCALARS:
            out[key] = value
    return out


def type_facts(name):
    raw = json.loads((ROOT / "resources" / f"{INDEX[name]}.json").read_text())
    out = facts(raw)
    for key in sorted(PATHS):
        if key in raw:
            out[key] = [path.removeprefix("/properties/") for path in raw[key]]
    tagging = raw.get("tagging", {})
    if tagging.get("taggable") and tagging.get("tagOnCreate"):
        out["tagging"] = {
            "property": tagging["tagProperty"].removeprefix("/properties/"),
            "system": tagging.get("cloudFormationSystemTags", False),
            "updatable": tagging.get("tagUpdatable", False),
        }
    return out


def literal(text):
    fence = "#"
    while f'"{fence}' in text:
        fence += "#"
    return f'{fence}"{text}"{fence}'


def selected():
    for name in sorted(INDEX):
        service, _, resource = name.removeprefix("AWS::").partition("::")
        if service in SERVICES or (service == "EC2" and resource in EC2):
            yield name


HEADER = "// Written by scripts/extract_resource_facts.py; do not edit.\n// swift-format-ignore-file\n\n"


def main():
    rows = []
    for name in selected():
        text = json.dumps(type_facts(name), separators=(",", ":"), sort_keys=True)
        rows.append(f"  ({json.dumps(name)}, {literal(text)}),\n")
    (OUT / "ResourceFactsData.swift").write_text(
        HEADER
        + "/// The facts of each type as JSON, types ascending.\n"
        + "let resourceFactsTable: [(type: StaticString, json: StaticString)] = [\n"
        + "".join(rows) + "]\n")
    names = " ".join(sorted(INDEX))
    (OUT / "ResourceTypeNames.swift").write_text(
        HEADER + "/// Every public type, separated by blanks, ascending.\n"
        + f"let resourceTypeNamesText: StaticString = {literal(names)}\n")


if __name__ == "__main__":
    main()
