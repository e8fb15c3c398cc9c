#!/usr/bin/env python3
"""Writes Sources/ServerlessTransform/Data/ServerlessFactsData.swift.

Takes three tables of facts from aws-sam-translator: the policy templates (actions, resources and
parameters), the paths below which managed policies stand, and the connector profiles (which
actions on which resources connect two types). No prose comes along.

usage: pip install aws-sam-translator; scripts/extract_serverless_facts.py [--check]

`--check` writes nothing and fails where the file is not what would be written.
"""
import json
import pathlib
import sys

import samtranslator

ROOT = pathlib.Path(samtranslator.__file__).parent
OUT = (pathlib.Path(__file__).resolve().parent.parent
       / "Sources/ServerlessTransform/Data/ServerlessFactsData.swift")

STATEMENT = ["Action", "Effect", "Resource", "Condition"]


def read(path):
    return json.loads((ROOT / path).read_text())


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def ordered(value):
    """A part of a statement, the variables of `Fn::Sub` in the order in which the text has them."""
    if isinstance(value, list):
        return [ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("Fn::Sub"), list):
        text, variables = value["Fn::Sub"]
        places = sorted(variables, key=lambda name: text.find("${" + name + "}"))
        return {"Fn::Sub": [text, {name: variables[name] for name in places}]}
    return {key: ordered(inner) for key, inner in value.items()}


def policy_templates():
    """Each template's name with its parameters and statements, the keys in one order."""
    for name, template in sorted(read("policy_templates_data/policy_templates.json")["Templates"].items()):
        statements = template["Definition"]["Statement"]
        for statement in statements:
            assert set(statement) <= set(STATEMENT), (name, statement)
        yield name, {
            "parameters": list(template["Parameters"]),
            "statements": [
                {key: ordered(statement[key]) for key in STATEMENT if key in statement}
                for statement in statements],
        }


def managed_policies():
    """The names of the policies that don't stand at the root, by their path."""
    paths = {}
    for policies in read("internal/data/aws_managed_policies.json").values():
        for name, arn in policies.items():
            path, _, last = arn.partition(":policy/")[2].rpartition("/")
            assert last == name, arn
            if path:
                assert paths.setdefault(name, path) == path, name
    for path in sorted(set(paths.values())):
        yield path, " ".join(sorted(name for name, own in paths.items() if own == path))


def connectors():
    """One row for each pair of types."""
    for source, destinations in read("model/connector_profiles/profiles.json")["Permissions"].items():
        for destination, profile in destinations.items():
            properties = profile["Properties"]
            row = {"source": source, "destination": destination, "type": profile["Type"]}
            for key in ["SourcePolicy", "DependedBy", "AccessCategories"]:
                if key in properties:
                    row[key] = properties[key]
            if combinations := properties.get("ValidAccessCategories"):
                row["combinations"] = combinations
            assert not set(properties) - {
                "SourcePolicy", "DependedBy", "AccessCategories", "ValidAccessCategories"}, properties
            yield row


HEADER = f"""\
// Written by scripts/extract_serverless_facts.py; do not edit.
// swift-format-ignore-file
//
// Facts taken from aws-sam-translator {samtranslator.__version__}, which is
// Copyright 2018 Amazon.com, Inc. or its affiliates and under the Apache License 2.0; see NOTICE.

"""


def text():
    def rows(pairs):
        return "".join(f"  ({compact(name)}, #\"{value}\"#),\n" for name, value in pairs)

    return (
        HEADER
        + f'let serverlessFactsVersion: StaticString = "{samtranslator.__version__}"\n\n'
        + "/// The policy templates as JSON, names ascending.\n"
        + "let policyTemplatesTable: [(name: StaticString, json: StaticString)] = [\n"
        + rows((name, compact(value)) for name, value in policy_templates())
        + "]\n\n/// The names of managed policies below a path, separated by blanks.\n"
        + "let managedPoliciesTable: [(path: StaticString, names: StaticString)] = [\n"
        + rows(managed_policies())
        + "]\n\n/// The connector profiles as JSON.\n"
        + "let connectorProfilesTable: [StaticString] = [\n"
        + "".join(f"  #\"{compact(row)}\"#,\n" for row in connectors()) + "]\n")


def main(arguments):
    if "--check" in arguments:
        if OUT.read_text() == text():
            return 0
        print(f"{OUT.name} is not what aws-sam-translator {samtranslator.__version__} gives;"
              " run scripts/extract_serverless_facts.py")
        return 1
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
