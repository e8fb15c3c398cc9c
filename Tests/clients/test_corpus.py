"""Two judges over Tests/corpus: cfn-lint finds no error in a template, and Leat refuses none for
what is written in it. Both run once, over all templates."""
import json
import subprocess

import pytest
from cfnlint.api import lint
from cfnlint.core import get_rules
from cfnlint.decode import decode_str

from served import LEAT, ROOT, clean_environment

REGION = "eu-west-1"
FILES = sorted(
    file for file in (ROOT / "Tests/corpus").glob("*/*") if file.suffix in (".yaml", ".json"))
NAMES = [str(file.relative_to(ROOT)) for file in FILES]

# What a template may be refused for although it is right: Leat lacks something, or a value is not
# known here.
RIGHT = {
    "LT2008": "a parameter without a default has no value",
    "LT2018": "no parameter store or store of secrets has the value",
    "LT2019": "no stack exports the value",
    "LT3002": "nothing provisions the type",
    "LT3004": "the property is not implemented",
    "LT3009": "the value is not implemented",
}


def run(*arguments):
    return subprocess.run(
        [LEAT, *arguments], cwd=ROOT, text=True, capture_output=True, env=clean_environment(),
        timeout=300)


def tree(text):
    """What a template means to cfn-lint's reader, or why it could not be read."""
    template, problems = decode_str(text)
    assert not problems, problems
    return json.dumps(template, default=str, sort_keys=True)


def comments(text):
    """The lines that hold a comment and nothing else."""
    return sorted(line.strip() for line in text.splitlines() if line.strip().startswith("#"))


@pytest.fixture(scope="module")
def refusals():
    result = run(
        "validate", *NAMES, "--format", "json", "--region", REGION, "--account", "123456789012")
    assert result.returncode in (0, 1), result.stderr
    found = {name: [] for name in NAMES}
    for one in json.loads(result.stdout)["diagnostics"]:
        if one["severity"] == "error":
            span = one.get("span")
            assert span, one
            found[span["file"]].append((span["start"]["line"], one["code"], one["message"]))
    return found


def test_the_corpus_is_large_and_diverse():
    assert len(FILES) >= 60
    assert len({file.parent for file in FILES}) >= 10
    types = set()
    for file in FILES:
        template, _ = decode_str(file.read_text(encoding="utf-8-sig"))
        types |= {
            resource["Type"] for resource in template["Resources"].values() if "Type" in resource}
    assert len(types) >= 100


def test_cfn_lint_finds_no_error():
    rules = get_rules([], [], ["E"], configure_rules={}, include_experimental=False)
    wrong = []
    for name, file in zip(NAMES, FILES):
        text = file.read_bytes().decode()
        wrong += [
            (name, match.linenumber, match.rule.id, match.message)
            for match in lint(text, rules, [REGION]) if match.rule.id.startswith("E")]
    assert not wrong, "\n".join(map(str, wrong))


def test_leat_refuses_nothing_that_is_written(refusals):
    wrong = [
        (name, *one) for name, found in refusals.items() for one in found if one[1] not in RIGHT]
    assert not wrong, "\n".join(map(str, wrong))


def test_leat_takes_many_of_them_whole(refusals):
    whole = [name for name, found in refusals.items() if not found]
    assert len(whole) >= 8, whole


@pytest.mark.parametrize("name", NAMES)
def test_formatting_keeps_tree_and_comments(name, tmp_path):
    file = ROOT / name
    text = file.read_bytes().decode()
    once = run("fmt", name, "--stdout")
    assert once.returncode == 0, once.stderr
    assert tree(once.stdout) == tree(text)
    assert comments(once.stdout) == comments(text)
    again = tmp_path / file.name
    again.write_text(once.stdout, newline="")
    assert run("fmt", str(again), "--check").returncode == 0
