"""Instances of every described type, made from the schemas that the facts come from: what cfn-lint
accepts, Leat does not refuse for its shape."""
import json
import random
import re
import subprocess
from pathlib import Path

import cfnlint.data.schemas as schemas
from cfnlint.api import lint
from cfnlint.core import get_rules

from served import LEAT, ROOT, clean_environment

SCHEMAS = Path(schemas.__file__).parent
INDEX = json.loads((SCHEMAS / "providers/us-east-1.json").read_text())
REGION = "us-east-1"
BATCH = 120

# Texts that are tried where a schema wants one; where none fits, a parameter stands in.
TEXTS = [
    "abc", "1", "arn:aws:iam::123456789012:role/x", "arn:aws:s3:::bucket-name",
    "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:sns:us-east-1:123456789012:t",
    "arn:aws:kinesis:us-east-1:123456789012:stream/s", "2024-01-01T00:00:00Z", "10.0.0.0/16",
    "https://example.com/a", "sg-0123456789abcdef0", "subnet-0123456789abcdef0",
    "vpc-0123456789abcdef0", "123456789012", "PT5M", "rate(1 hour)",
]
UNKNOWN = {"Ref": "P"}

# Findings about wrong shapes, and those about types that have no checks of their own.
SHAPE = {"LT3001", "LT3003", "LT3006", "LT3008"}
VALUE = {"LT3005", "LT3007"}


def described_types():
    text = (ROOT / "Sources/ResourceFacts/ResourceFactsData.swift").read_text()
    return sorted(set(re.findall(r'^  \("(AWS::[A-Za-z0-9:]+)"', text, re.M)))


def text_for(shape):
    for text in TEXTS:
        if not shape.get("minLength", 0) <= len(text) <= shape.get("maxLength", 1 << 20):
            continue
        try:
            if "pattern" not in shape or re.search(shape["pattern"], text):
                return text
        except re.error:
            return UNKNOWN
    return UNKNOWN


def instance(shape, root, depth, full):
    """A value for a shape: with all properties, or with those alone that must be there."""
    while "$ref" in shape:
        shape = root["definitions"].get(shape["$ref"].split("/")[-1], {})
    if depth > 7:
        return UNKNOWN
    if "const" in shape or shape.get("enum"):
        return shape["const"] if "const" in shape else shape["enum"][0]
    choices = shape.get("oneOf") or shape.get("anyOf") or []
    kind = shape.get("type") or ("object" if shape.get("properties") else None)
    if kind is None and choices:
        return instance(choices[0], root, depth + 1, full)
    if isinstance(kind, list):
        kind = "object" if "object" in kind else kind[0]
    if kind == "object":
        needed = {*shape.get("required", []), *(choices[0].get("required", []) if choices else [])}
        needed |= {*shape.get("requiredXor", [])[:1], *shape.get("requiredOr", [])[:1]}
        return {
            name: instance(inner, root, depth + 1, full and depth < 4)
            for name, inner in shape.get("properties", {}).items()
            if name in needed or full and depth > 0}
    if kind == "array":
        count = min(max(1, shape.get("minItems", 1)), 5)
        return [instance(shape.get("items", {}), root, depth + 1, full) for _ in range(count)]
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return max(shape.get("minimum", 0), min(1, shape.get("maximum", 1)))
    return text_for(shape)


def without(value, paths, at=""):
    """The value without what can't be set."""
    if isinstance(value, dict):
        return {
            key: without(inner, paths, f"{at}/{key}")
            for key, inner in value.items() if f"{at}/{key}" not in paths}
    if isinstance(value, list):
        return [without(inner, paths, f"{at}/*") for inner in value]
    return value


def cases():
    """Of each type the least instance, and with it each property, bare and full."""
    for kind in described_types():
        root = json.loads((SCHEMAS / "resources" / f"{INDEX[kind]}.json").read_text())
        fixed = {path.removeprefix("/properties") for path in root.get("readOnlyProperties", [])}
        least = instance({**root, "type": "object"}, root, 0, False)
        seen = set()
        for name, shape in [(None, {}), *root["properties"].items()]:
            for full in (False, True):
                more = {} if name is None else {name: instance(shape, root, 1, full)}
                text = json.dumps(without({**least, **more}, fixed))
                if f"/{name}" not in fixed and text not in seen:
                    seen.add(text)
                    yield kind, text


def test_what_fits_the_schema_is_not_refused_for_its_shape(tmp_path):
    rules = get_rules([], [], ["E"], configure_rules={}, include_experimental=False)
    rows = list(cases())
    # Few of one type in one template, so that they do not claim one name.
    random.Random(1).shuffle(rows)
    accepted, refused = 0, []
    for start in range(0, len(rows), BATCH):
        batch = rows[start:start + BATCH]
        lines = [
            f'"R{index}": {{"Type": "{kind}", "Properties": {text}}}'
            for index, (kind, text) in enumerate(batch)]
        template = '{"Parameters": {"P": {"Type": "String"}}, "Resources": {\n'
        template += ",\n".join(lines) + "\n}}"
        wrong = {
            match.linenumber for match in lint(template, rules, [REGION])
            if match.rule.id.startswith("E")}
        file = tmp_path / f"batch{start}.json"
        file.write_text(template)
        result = subprocess.run(
            [LEAT, "validate", file, "--format", "json", "--region", REGION],
            text=True, capture_output=True, env=clean_environment(), timeout=300)
        found = {}
        for one in json.loads(result.stdout)["diagnostics"]:
            if one["severity"] == "error" and one.get("span"):
                found.setdefault(one["span"]["start"]["line"], []).append(one)
        for line, row in enumerate(batch, start=2):
            if line in wrong:
                continue
            accepted += 1
            codes = {one["code"] for one in found.get(line, [])}
            bad = SHAPE | VALUE if "LT3002" in codes else SHAPE
            refused += [(row, one["message"]) for one in found.get(line, []) if one["code"] in bad]
    assert accepted > 1500
    assert not refused, "\n".join(map(str, refused[:20]))
