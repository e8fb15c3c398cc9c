"""cfn-lint as a second judge of templates: it must find no mistake that `leat validate` misses, and
accept nothing that Leat refuses as wrong."""
import json
import pathlib
import subprocess

import pytest
from cfnlint.api import lint
from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.core import get_rules

from mistakes import MISTAKES
from served import LEAT, ROOT, clean_environment

GOLDEN = ROOT / "Tests/Golden"
REGION = "us-east-1"

# Mistakes by cfn-lint's reckoning that are none, or not where it says, with the reason.
EXCEPTIONS = {
}

# Golden templates that cfn-lint takes and Leat refuses, with the reason.
STRICTER = {
}

# Codes that say that a template is wrong, not that Leat lacks something or knows no value.
WRONG = ("LT1", "LT2001", "LT2002", "LT2003", "LT2005", "LT2006", "LT2007", "LT2012", "LT2014",
         "LT2017", "LT3001", "LT3003", "LT3005", "LT3006", "LT3007", "LT3008")


@pytest.fixture(scope="module")
def rules():
    return get_rules([], [], ["E"], configure_rules={}, include_experimental=False)


def cfn_errors(text, rules):
    """The E-errors of a template: their lines and rules."""
    matches = lint(text, rules, [REGION])
    return [(m.linenumber, m.rule.id, m.message) for m in matches if m.rule.id.startswith("E")]


def leat_errors(files):
    """The errors of many templates, by file: their lines and codes."""
    result = subprocess.run(
        [LEAT, "validate", *map(str, files), "--format", "json", "--region", REGION],
        cwd=ROOT, text=True, capture_output=True, env=clean_environment(), timeout=300)
    assert result.returncode in (0, 1), result.stderr
    found = {str(file): [] for file in files}
    for one in json.loads(result.stdout)["diagnostics"]:
        if one["severity"] != "error":
            continue
        span = one.get("span")
        place = found.get(span["file"]) if span else None
        if place is not None:
            lines = range(span["start"]["line"], span["end"]["line"] + 1)
            place.append((lines, one["code"], one["message"]))
    return found


def test_every_mistake_is_found_where_cfn_lint_finds_it(tmp_path, rules):
    base = (GOLDEN / "mistakes/base.yaml").read_text()
    assert cfn_errors(base, rules) == []
    assert len(MISTAKES) >= 100
    texts = {}
    for name, old, new in MISTAKES:
        assert base.count(old) >= 1, name
        texts[tmp_path / f"{name}.yaml"] = base.replace(old, new, 1)
    for file, text in texts.items():
        file.write_text(text)
    ours = leat_errors(texts)
    missed, judged = [], 0
    for file, text in texts.items():
        for line, rule, message in cfn_errors(text, rules):
            if (file.stem, rule) in EXCEPTIONS:
                continue
            judged += 1
            if not any(start.start == line for start, _, _ in ours[str(file)]):
                missed.append((file.stem, line, rule, message, ours[str(file)]))
    assert not missed, "\n".join(map(str, missed))
    assert judged >= 100


def test_nothing_right_is_refused(rules):
    files = sorted(GOLDEN.glob("*/*/template.*")) + sorted(ROOT.glob("stacks/*/template.*"))
    ours = leat_errors(files)
    refused = []
    for file in files:
        wrong = [e for e in ours[str(file)] if e[1].startswith(WRONG)]
        name = str(file.parent.relative_to(ROOT))
        if not wrong or name in STRICTER:
            continue
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        if not cfn_errors(text, rules):
            refused.append((name, wrong))
    assert not refused, "\n".join(map(str, refused))
