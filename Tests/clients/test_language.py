"""cfn-lint as a second judge of templates: it must find no mistake that `leat validate` misses, and
accept nothing that Leat refuses as wrong."""
import json
import subprocess

import pytest
from cfnlint.api import lint
from cfnlint.core import get_rules

from mistakes import MISTAKES
from mistakes_by_rule import BY_RULE, NOT_SEEDED
from served import LEAT, ROOT, clean_environment, leat

GOLDEN = ROOT / "Tests/Golden"
REGION = "eu-west-1"

# cfn-lint's own failures over templates that it did not expect.
CRASHES = {"E0002"}

# Rules whose findings Leat has at another line, with the reason.
ELSEWHERE = {
    "E3004": "one finding names the whole cycle; cfn-lint has one for each resource in it",
    "E3510": "policies are judged by IAM's own checks, which speak of the document",
    "E3530": "policies are judged by IAM's own checks, which speak of the document",
}

# Mistakes whose other findings by cfn-lint follow from the first, or stand at another line.
EXCEPTIONS = {
    ("parameter-type-unknown", "E1020"): "what refers to a parameter without a type",
    ("parameter-type-unknown", "E2001"): "bounds of a parameter without a type",
    ("parameter-type-missing", "E1020"): "what refers to a parameter without a type",
    ("parameter-type-missing", "E2001"): "bounds of a parameter without a type",
    ("parameter-allowed-text", "E8004"): "cfn-lint reads the text as a list of letters",
    ("parameter-allowed-text", "E6005"): "cfn-lint reads the text as a list of letters",
    ("parameter-allowed-text", "E3015"): "cfn-lint reads the text as a list of letters",
    ("parameter-allowed-text", "E1028"): "cfn-lint reads the text as a list of letters",
    ("parameter-allowed-text", "E1011"): "cfn-lint reads the text as a list of letters",
    ("condition-unknown", "E8004"): "at the line of the name, not of the list around it",
    ("condition-not-two", "E8004"): "at the line of the function, not of the list around it",
    ("property-unknown-in-list", "E3003"): "the misspelt key is reported, with the right one",
    ("anchor", "E0000"): "at the line of the alias; cfn-lint says line 1",
    ("getazs-object", "E1017"): "at the function's line, not at that of the list around it",
}

# Golden templates that cfn-lint takes and Leat refuses, with the reason.
STRICTER = {
    "Tests/Golden/intrinsics/unsupported": "SAM refuses a function without code and runtime",
    "Tests/Golden/intrinsics/rule-function": "CloudFormation takes these functions in Rules alone",
    "Tests/Golden/intrinsics/select-negative": "the list has no such element",
    "Tests/Golden/intrinsics/select-range": "the list has no such element",
    "Tests/Golden/dynamic/elsewhere": "CloudFormation answers references only in some places",
    "Tests/Golden/parameters/rule-value-of": "a rule names a parameter that is not there",
    "Tests/Golden/properties/fraction": "the type's schema wants a whole number",
    "Tests/Golden/properties/null": "CloudFormation takes no null values",
    "Tests/Golden/properties/read-only": "the type's schema says that it can't be set",
    "Tests/Golden/include/errors": "cfn-lint does not read included files",
    "Tests/Golden/loops/misplaced": "CloudFormation has no loops over parameters",
    "Tests/Golden/loops/shadowed": "CloudFormation refuses identifiers that are taken",
    "Tests/Golden/loops/too-deep": "CloudFormation nests loops five times at most",
    "Tests/Golden/standalone/default-through-transform": "a destination that SAM passes on is an ARN",
    "Tests/Golden/syntax/alias-bomb": "Leat bounds what aliases stand for; cfn-lint writes it all out",
    "Tests/Golden/slips/blank-after-mark": "`! Ref x` is text in YAML, and never what was meant",
    "Tests/Golden/slips/circle-of-conditions": "conditions can't be answered in a circle",
    "Tests/Golden/loops/too-many": "Leat bounds what loops make; cfn-lint writes it all out",
}

# Codes that say that a template is wrong, not that Leat lacks something or knows no value.
WRONG = ("LT1", "LT2001", "LT2002", "LT2003", "LT2005", "LT2006", "LT2007", "LT2012", "LT2014",
         "LT2017", "LT3001", "LT3003", "LT3005", "LT3006", "LT3007", "LT3008")


@pytest.fixture(scope="module")
def rules():
    return get_rules([], [], ["E"], configure_rules={}, include_experimental=False)


def cfn_errors(text, rules):
    """The E-errors of a template: lines, rules and messages."""
    try:
        matches = lint(text, rules, [REGION])
    except (TypeError, AttributeError) as failure:
        # A transform that fails, or a section of another shape, ends cfn-lint itself.
        return [(1, "E0002", str(failure))]
    return [(m.linenumber, m.rule.id, m.message) for m in matches if m.rule.id.startswith("E")]


def every_rule(rules):
    """cfn-lint's rules, whatever it keeps them in."""
    return rules.rules.values() if hasattr(rules.rules, "values") else rules.rules


def leat_errors(files):
    """The errors of many templates, by file: their lines and codes.

    That nothing provisions a type is none: it says nothing about what is written. That text holds
    a name as it stands is one: CloudFormation deploys it, so that Leat warns.
    """
    result = subprocess.run(
        [LEAT, "validate", *map(str, files), "--format", "json", "--region", REGION,
         "--account", "123456789012"],
        cwd=ROOT, text=True, capture_output=True, env=clean_environment(), timeout=300)
    assert result.returncode in (0, 1), result.stderr
    found = {str(file): [] for file in files}
    for one in json.loads(result.stdout)["diagnostics"]:
        if one["severity"] != "error" and one["code"] != "LT2102" or one["code"] == "LT3002":
            continue
        span = one.get("span")
        place = found.get(span["file"]) if span else None
        if place is not None:
            lines = {span["start"]["line"]}
            lines |= {related["span"]["start"]["line"] for related in one["related"]}
            place.append((lines, one["code"], one["message"]))
    return found


def test_every_mistake_is_found_where_cfn_lint_finds_it(tmp_path, rules):
    base = (GOLDEN / "mistakes/base.yaml").read_text()
    assert cfn_errors(base, rules) == []
    assert len(MISTAKES) + len(BY_RULE) >= 200
    texts = {}
    for name, old, new in MISTAKES + BY_RULE:
        assert base.count(old) >= 1, name
        file = tmp_path / f"{name}.yaml"
        assert file not in texts, name
        texts[file] = base.replace(old, new, 1)
    for file, text in texts.items():
        file.write_text(text)
    ours = leat_errors(texts)
    missed, judged, covered = [], 0, set()
    for file, text in texts.items():
        for line, rule, message in cfn_errors(text, rules):
            if rule in CRASHES or (file.stem, rule) in EXCEPTIONS:
                continue
            judged += 1
            covered.add(rule)
            found = ours[str(file)]
            if rule in ELSEWHERE and found:
                continue
            if not any(line in lines for lines, _, _ in found):
                missed.append((file.stem, line, rule, message, ours[str(file)]))
    assert not missed, "\n".join(map(str, missed))
    assert judged >= 200
    known = {rule for rule in (r.id for r in every_rule(rules)) if rule.startswith("E")}
    unjudged = known - covered - CRASHES - NOT_SEEDED.keys()
    assert not unjudged, f"no mistake and no reason: {sorted(unjudged)}"
    assert not covered & NOT_SEEDED.keys(), sorted(covered & NOT_SEEDED.keys())


def test_nothing_right_is_refused(rules):
    files = sorted(GOLDEN.glob("*/*/template.*")) + sorted(ROOT.glob("stacks/*/template.*"))
    # Those of `sam` show what the transform gives, whether it can be deployed or not.
    files = [file for file in files if file.parent.parent.name != "sam"]
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


EXPORTER = """
Parameters:
  Name: {Type: String, Default: shared}
Resources:
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Ref Name}}
Outputs:
  Name: {Value: !Ref Logs, Export: {Name: shared-name}}
"""
IMPORTER = """
Resources:
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub ["${N}/in", {N: !ImportValue shared-name}]}}
Outputs:
  Name: {Value: !Ref Logs}
"""


def test_exports_reach_other_stacks_and_are_kept_while_used(tmp_path):
    data = tmp_path / "data"
    exporter, importer, second = (tmp_path / n for n in ("exporter.yaml", "importer.yaml", "second.yaml"))
    exporter.write_text(EXPORTER)
    importer.write_text(IMPORTER)
    second.write_text(EXPORTER.replace("Default: shared", "Default: other"))

    early = leat("deploy", importer, "--yes", data=data, check=False)
    assert early.returncode == 1 and "LT2019" in early.stderr
    leat("deploy", exporter, "--yes", data=data)
    leat("deploy", importer, "--yes", data=data)
    assert leat("outputs", "importer", "--key", "Name", data=data).stdout.strip() == "shared/in"

    taken = leat("deploy", second, "--yes", data=data, check=False)
    assert taken.returncode == 1 and "LT4008" in taken.stderr
    changed = leat("deploy", exporter, "--yes", "--parameters", "Name=new", data=data, check=False)
    assert changed.returncode == 1 and "LT4009" in changed.stderr and "importer" in changed.stderr
    removed = leat("destroy", "exporter", "--yes", data=data, check=False)
    assert removed.returncode == 1 and "LT4009" in removed.stderr and "importer" in removed.stderr

    leat("destroy", "importer", "--yes", data=data)
    leat("destroy", "exporter", "--yes", data=data)


def test_outputs_of_other_stacks_are_read_weakly(tmp_path):
    data = tmp_path / "data"
    maker, reader = tmp_path / "maker.yaml", tmp_path / "reader.yaml"
    maker.write_text(EXPORTER)
    reader.write_text("""
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub
        - "${Name}/in"
        - Name: {Fn::GetStackOutput: {StackName: maker, OutputName: Name, Region: us-east-1}}
Outputs:
  Name: {Value: !Ref Logs}
""")
    leat("validate", reader, data=data)
    early = leat("deploy", reader, "--yes", data=data, check=False)
    assert early.returncode == 1 and "LT2019" in early.stderr and "`maker`" in early.stderr
    leat("deploy", maker, "--yes", data=data)
    assert "shared/in" in leat("deploy", reader, "--yes", data=data).stdout
    # The reference holds nothing back, and follows at the next deployment.
    maker.write_text(EXPORTER.replace("Default: shared", "Default: other"))
    leat("deploy", maker, "--yes", data=data)
    assert "other/in" in leat("deploy", reader, "--yes", data=data).stdout
    leat("destroy", "maker", "--yes", data=data)
    leat("destroy", "reader", "--yes", data=data)


def test_exports_are_kept_while_an_included_file_imports_them(tmp_path):
    data = tmp_path / "data"
    exporter, importer = tmp_path / "exporter.yaml", tmp_path / "importer.yaml"
    exporter.write_text(EXPORTER)
    importer.write_text(
        "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}\n")
    part = tmp_path / "part.yaml"
    part.write_text("Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: "
                    '{"Fn::Sub": ["${N}/in", {"N": {"Fn::ImportValue": "shared-name"}}]}}}\n')
    leat("deploy", exporter, "--yes", data=data)
    leat("deploy", importer, "--yes", data=data)
    # The deployed template counts, not what the file says now.
    part.unlink()
    removed = leat("destroy", "exporter", "--yes", data=data, check=False)
    assert removed.returncode == 1 and "LT4009" in removed.stderr and "importer" in removed.stderr

    # The same value from the template itself: nothing changes but where it comes from.
    part.write_text("Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: shared/in}}\n")
    leat("deploy", importer, "--yes", data=data)
    leat("destroy", "exporter", "--yes", data=data)


def test_types_that_are_not_provisioned_are_left_out_where_the_user_says_so(tmp_path):
    data, template = tmp_path / "data", tmp_path / "orders.yaml"
    template.write_text("""
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Logs:
    Type: AWS::Logs::LogGroup
    DependsOn: Table
    Properties: {LogGroupName: !Sub "/orders/${Table}"}
Outputs:
  Logs: {Value: !Ref Logs}
  Table: {Value: !GetAtt Table.Arn}
""")
    for command in (["validate"], ["plan"], ["deploy", "--yes"]):
        refused = leat(command[0], template, *command[1:], data=data, check=False)
        assert refused.returncode == 1 and "error[LT3002]" in refused.stderr
        assert "--allow-unsupported" in refused.stderr
    done = leat("deploy", template, "--yes", "--allow-unsupported", data=data)
    assert "warning[LT3002]" in done.stderr and "orders.yaml:4:11" in done.stderr
    assert "Table  AWS::DynamoDB::Table" not in done.stdout
    assert "/orders/orders-Table" in done.stdout
    assert "arn:aws:dynamodb:us-east-1:000000000000:table/orders-Table-left-out" in done.stdout
    again = leat("plan", template, "--allow-unsupported", data=data)
    assert "No changes" in again.stdout
    # A fault of a resource is one, left out or not.
    template.write_text(template.read_text().replace("PAY_PER_REQUEST", "PAY_PER_WISH"))
    wrong = leat("plan", template, "--allow-unsupported", data=data, check=False)
    assert wrong.returncode == 1 and "LT3007" in wrong.stderr
    leat("destroy", "orders", "--yes", data=data)


def test_many_files_are_checked_at_once_and_reported_as_sarif(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(EXPORTER)
    bad.write_text("Resources:\n  Logs: {Type: AWS::Logs::LogGruop}\n")
    done = leat("validate", good, bad, "--format", "sarif", data=tmp_path, check=False)
    assert done.returncode == 1
    results = json.loads(done.stdout)["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == ["LT3001"]
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    text = leat("validate", good, bad, data=tmp_path, check=False)
    assert f"{good}: valid" in text.stdout and "LogGruop" in text.stderr


def test_included_files_lie_beside_the_template(tmp_path):
    template = tmp_path / "included.yaml"
    body = "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: %s}}\n"
    (tmp_path / "logs.yaml").write_text("Logs: {Type: AWS::Logs::LogGroup}\n")
    template.write_text(body % "logs.yaml")
    leat("validate", template, data=tmp_path)
    template.write_text(body % "../logs.yaml")
    refused = leat("validate", template, data=tmp_path, check=False)
    assert refused.returncode == 1 and "LT5001" in refused.stderr


def test_fmt_writes_checks_and_prints(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("Resources:\n  Logs: {Type: AWS::Logs::LogGroup}  \nDescription: x\n")
    assert leat("fmt", file, "--check", data=tmp_path, check=False).returncode == 1
    formatted = "Description: x\n\nResources:\n  Logs: {Type: AWS::Logs::LogGroup}\n"
    assert leat("fmt", file, "--stdout", data=tmp_path).stdout == formatted
    leat("fmt", file, data=tmp_path)
    assert file.read_text() == formatted
    leat("fmt", file, "--check", data=tmp_path)


@pytest.mark.parametrize("name, text, place", [
    ("a.yaml", b"Resources:\n  # caf\xc3\xa9 caf\xe9\n  A: {Type: AWS::S3::Bucket}\n", "a.yaml:2:13"),
    ("a.json", b'{"Resources": {"A": {"Type": "\xff"}}}', "a.json:1:31"),
])
def test_bytes_that_are_not_utf8_are_found_where_they_stand(tmp_path, name, text, place):
    (tmp_path / name).write_bytes(text)
    done = leat("validate", tmp_path / name, data=tmp_path, check=False)
    assert done.returncode == 1
    assert "error[LT1001]" in done.stderr and f"{place}: a byte that is not UTF-8" in done.stderr
