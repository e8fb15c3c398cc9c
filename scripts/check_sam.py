"""Compares the recorded expansions of Tests/Golden/sam with those of aws-sam-translator.

    python3 scripts/check_sam.py [case …]

Every `expected.json` must equal the reference's output resource for resource and property for
property, but for what Tests/Golden/sam/differences.json lists with a reason.
"""
import copy
import json
import logging
import os
import pathlib
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = ROOT / "Tests/Golden/sam"
REGION = "us-east-1"

class ManagedPolicies:
    """Stands for the call to IAM; the reference carries the names that the cases use."""

    @staticmethod
    def load():
        return {}


def is_local(uri):
    return isinstance(uri, str) and not uri.startswith("s3://")


# Properties that the SAM CLI would have replaced by an address in S3, and what they become.
LOCAL = {
    ("AWS::Serverless::Function", "CodeUri"): ("AWS::Lambda::Function", "Code"),
    ("AWS::Serverless::LayerVersion", "ContentUri"): ("AWS::Lambda::LayerVersion", "Content"),
    ("AWS::Serverless::StateMachine", "DefinitionUri"):
        ("AWS::StepFunctions::StateMachine", "DefinitionS3Location"),
    ("AWS::Serverless::Api", "DefinitionUri"): ("AWS::ApiGateway::RestApi", "BodyS3Location"),
    ("AWS::Serverless::HttpApi", "DefinitionUri"): ("AWS::ApiGatewayV2::Api", "BodyS3Location"),
}


def build(template):
    """Names the code and images that a build and packaging take where a function names none."""
    preset = (template.get("Globals") or {}).get("Function") or {}
    for name, resource in template["Resources"].items():
        if resource.get("Type") != "AWS::Serverless::Function":
            continue
        own = resource.get("Properties") or {}
        metadata = resource.get("Metadata") or {}
        properties = {**preset, **own}
        if properties.get("PackageType") != "Image":
            if not properties.get("InlineCode") and "CodeUri" not in properties:
                own["CodeUri"] = "."
        elif "ImageUri" not in properties and "Dockerfile" in metadata:
            image = metadata.get("DockerImage", name).lower()
            own["ImageUri"] = f"{image}:{metadata.get('DockerTag', 'latest')}"


def package(template):
    """Gives local paths an address in S3, as packaging would; returns the paths by address."""
    paths = {}

    def replace(properties, kind):
        for (kind_, name), _ in LOCAL.items():
            if kind_ == kind and isinstance(properties, dict) and is_local(properties.get(name)):
                address = f"s3://local/{len(paths)}"
                paths[len(paths)] = properties[name]
                properties[name] = address

    for name, properties in (template.get("Globals") or {}).items():
        replace(properties, f"AWS::Serverless::{name}")
    for resource in template["Resources"].values():
        replace(resource.get("Properties"), resource.get("Type"))
    return paths


def unpackage(output, paths):
    """Puts the local paths back."""
    for resource in output["Resources"].values():
        for kind, name in LOCAL.values():
            location = (resource.get("Properties") or {}).get(name)
            if resource["Type"] != kind or not isinstance(location, dict):
                continue
            if location.get("S3Bucket", location.get("Bucket")) == "local":
                key = location.get("S3Key", location.get("Key"))
                resource["Properties"][name] = paths[int(key)]


class Repository:
    """Stands for the Serverless Application Repository."""

    @staticmethod
    def create_cloud_formation_template(ApplicationId, SemanticVersion):  # noqa: N803
        return {"Status": "ACTIVE", "TemplateUrl": f"https://{ApplicationId}/{SemanticVersion}"}


def use_region(region):
    """The reference takes the region from the environment, once; this makes it look again."""
    from samtranslator.translator import arn_generator

    os.environ["AWS_DEFAULT_REGION"] = region
    arn_generator._get_region_from_session.cache_clear()
    arn_generator._region_to_partition.cache_clear()


def reference(folder):
    """The reference's expansion of a case."""
    logging.disable(logging.WARNING)
    from samtranslator.plugins.application import serverless_app_plugin
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse((folder / "template.yaml").read_text())
    parameters = {}
    if (folder / "parameters.json").exists():
        parameters = json.loads((folder / "parameters.json").read_text())
    use_region(parameters.get("AWS::Region", REGION))
    # The plug-in's own name for boto3: everyone else's stays as it is.
    serverless_app_plugin.boto3 = types.SimpleNamespace(client=lambda *_, **__: Repository)
    build(template)
    paths = package(template)
    output = transform(copy.deepcopy(template), parameters, ManagedPolicies)
    unpackage(output, paths)
    return json.loads(json.dumps(output))


# The reference takes the conditions of a shared usage plan from a set.
UNORDERED = {"DependsOn", "Fn::Or"}


def normal(value, key=None):
    """The value without orders that mean nothing."""
    if isinstance(value, dict):
        return {k: normal(v, k) for k, v in value.items()}
    if isinstance(value, list):
        items = [normal(v) for v in value]
        if key in UNORDERED:
            return sorted(items, key=json.dumps)
        return items
    return value


def differences(ours, theirs, path=""):
    """The paths at which two trees differ, with both sides."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for key in sorted(ours.keys() | theirs.keys()):
            below = f"{path}/{key}"
            if key not in ours or key not in theirs:
                found.append((below, ours.get(key, "absent"), theirs.get(key, "absent")))
            else:
                found += differences(ours[key], theirs[key], below)
        return found
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        found = []
        for index, (a, b) in enumerate(zip(ours, theirs)):
            found += differences(a, b, f"{path}/{index}")
        return found
    if type(ours) is not type(theirs) or ours != theirs:
        return [(path, ours, theirs)]
    return []


def allowed(case):
    table = json.loads((CASES / "differences.json").read_text())
    return [entry for entry in table if case in entry["cases"] or entry["cases"] == ["*"]]


def differs_whole(case):
    """True where the whole case is listed."""
    return any(entry["path"] == "/" for entry in allowed(case))


def check(case):
    """Differences in a case that are not listed, and listed ones that are none."""
    folder = CASES / case
    if differs_whole(case):
        return []
    ours = normal(json.loads((folder / "expected.json").read_text()))
    theirs = normal(reference(folder))
    entries = allowed(case)
    found = []
    used = set()
    for path, a, b in differences(ours, theirs):
        for index, entry in enumerate(entries):
            if path.startswith(entry["path"]):
                used.add(index)
                break
        else:
            found.append(f"{case}: {path}\n    ours:      {json.dumps(a)}"
                         f"\n    reference: {json.dumps(b)}")
    for index, entry in enumerate(entries):
        if index not in used and entry["cases"] != ["*"]:
            found.append(f"{case}: the listed difference {entry['path']} is none")
    return found


def refused(case):
    """True where the reference refuses the case too, or where the refusal is listed."""
    if differs_whole(case):
        return True
    try:
        reference(CASES / case)
    except Exception:  # the reference raises many kinds; each is a refusal
        return True
    return False


def cases():
    return sorted(path.parent.name for path in CASES.glob("*/template.yaml"))


def main(names):
    failed = 0
    for case in names or cases():
        if (CASES / case / "expected.json").exists():
            found = check(case)
        else:
            found = [] if refused(case) else [f"{case}: the reference accepts what we refuse"]
        failed += bool(found)
        for line in found:
            print(line)
    print(f"{len(names or cases())} cases, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
