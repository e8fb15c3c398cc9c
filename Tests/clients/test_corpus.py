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

def run(*arguments):
    return subprocess.run(
        [LEAT, *arguments], cwd=ROOT, text=True, capture_output=True, env=clean_environment(),
        timeout=300)


def tree(text):
    """A template's meaning to cfn-lint's reader, or why it could not be read."""
    template, problems = decode_str(text)
    assert not problems, problems
    return json.dumps(template, default=str, sort_keys=True)


def comments(text):
    """The lines that hold a comment and nothing else."""
    return sorted(line.strip() for line in text.splitlines() if line.strip().startswith("#"))


def errors(*options):
    """The errors of every template, by its name."""
    result = run(
        "validate", *NAMES, *options, "--format", "json", "--region", REGION,
        "--account", "123456789012")
    assert result.returncode in (0, 1), result.stderr
    found = {name: [] for name in NAMES}
    for one in json.loads(result.stdout)["diagnostics"]:
        if one["severity"] == "error":
            span = one.get("span")
            assert span, one
            found[span["file"]].append((span["start"]["line"], one["code"], one["message"]))
    return found


def test_the_corpus_is_large_and_diverse():
    assert len(FILES) >= 80
    assert len({file.parent for file in FILES}) >= 10
    types = set()
    for file in FILES:
        template, _ = decode_str(file.read_text(encoding="utf-8-sig"))
        types |= {
            resource["Type"] for resource in template["Resources"].values() if "Type" in resource}
    assert len(types) >= 150


def test_cfn_lint_finds_no_error():
    rules = get_rules([], [], ["E"], configure_rules={}, include_experimental=False)
    wrong = []
    for name, file in zip(NAMES, FILES):
        text = file.read_bytes().decode()
        wrong += [
            (name, match.linenumber, match.rule.id, match.message)
            for match in lint(text, rules, [REGION]) if match.rule.id.startswith("E")]
    assert not wrong, "\n".join(map(str, wrong))


def test_leat_takes_them_all():
    found = errors("--allow-unsupported")
    wrong = [(name, *one) for name, found in found.items() for one in found]
    assert not wrong, "\n".join(map(str, wrong))


def test_only_what_is_not_implemented_is_refused():
    lacking = {"LT3002": "the type", "LT3004": "the property", "LT3009": "the value"}
    found = errors()
    wrong = [
        (name, *one) for name, found in found.items() for one in found if one[1] not in lacking]
    assert not wrong, "\n".join(map(str, wrong))
    assert len([name for name in found if not found[name]]) >= 8


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
