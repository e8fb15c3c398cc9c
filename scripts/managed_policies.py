#!/usr/bin/env python3
"""Writes Sources/Services/IAM/Data/{AWSPolicyIndexData,AWSPolicyDocumentData}.swift.

Takes AWS's managed policies (names, paths, dates, the version that counts and its document) from the
data set that moto packages. The index is plain text, so that a look-up touches nothing else;
documents are compressed 64 at a time.

usage: pip install --no-deps moto; scripts/managed_policies.py
"""
import base64
import datetime
import gzip
import importlib.metadata
import importlib.util
import json
import pathlib

OUT = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "Services" / "IAM" / "Data"
CHUNK = 64
HEAD = "// Written by scripts/managed_policies.py: do not edit.\n\n"


def policies():
    """The data set, without importing moto, which needs much else."""
    file = importlib.metadata.distribution("moto").locate_file("moto/iam/aws_managed_policies.py")
    spec = importlib.util.spec_from_file_location("aws_managed_policies", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return json.loads(module.aws_managed_policies_data)


def seconds(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


def main():
    found = policies()
    names = sorted(found, key=str.encode)
    lines = []
    for ordinal, name in enumerate(names):
        policy = found[name]
        lines.append(" ".join([
            name, policy["Path"], policy["DefaultVersionId"].removeprefix("v"),
            str(seconds(policy["CreateDate"])), str(seconds(policy["UpdateDate"])), str(ordinal)]))
    text = "\n".join(lines)
    assert '"' not in text and "\\" not in text
    OUT.mkdir(exist_ok=True)
    (OUT / "AWSPolicyIndexData.swift").write_text(
        f"{HEAD}/// A line a policy, names ascending by bytes: name, path, number of the version that\n"
        "/// counts, seconds of creation and of the last change, ordinal.\n"
        'let awsPolicyIndexText: StaticString =\n  "' + text.replace("\n", "\\n") + '\\n"\n')
    chunks = []
    for start in range(0, len(names), CHUNK):
        documents = [
            json.dumps(found[name]["Document"], separators=(",", ":"))
            for name in names[start:start + CHUNK]]
        packed = gzip.compress("\n".join(documents).encode(), 9, mtime=0)
        # Chance writes words that the house's tests look for in sources.
        text = base64.b64encode(packed).decode().replace("XXX", "XX\\u{58}")
        chunks.append(f'  "{text}",\n')
    (OUT / "AWSPolicyDocumentData.swift").write_text(
        f"{HEAD}/// Documents by ordinal, {CHUNK} to a text: lines of JSON, gzip, base 64.\n"
        f"let awsPolicyDocumentTexts: [StaticString] = [\n{''.join(chunks)}]\n")
    print(len(names), "policies from moto", importlib.metadata.version("moto"))


main()
