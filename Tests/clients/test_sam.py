"""The SAM transform's recorded expansions against aws-sam-translator."""
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import check_sam  # noqa: E402


def test_there_are_cases():
    assert len(check_sam.cases()) >= 92


@pytest.mark.parametrize("case", check_sam.cases())
def test_expansion_equals_the_reference(case):
    if (check_sam.CASES / case / "expected.json").exists():
        assert check_sam.check(case) == []
    else:
        assert check_sam.refused(case)


def test_the_facts_are_those_of_the_reference():
    """The tables of policies and connectors are what the script takes from the package."""
    facts = ROOT / "Sources/ServerlessTransform/Data/ServerlessFactsData.swift"
    version = re.search(r'serverlessFactsVersion: StaticString = "([^"]+)"', facts.read_text())[1]
    samtranslator = pytest.importorskip("samtranslator", reason="aws-sam-translator is absent")
    if samtranslator.__version__ != version:
        pytest.skip(f"the facts are of aws-sam-translator {version}, "
                    f"and {samtranslator.__version__} is installed")
    run = subprocess.run([sys.executable, ROOT / "scripts/extract_serverless_facts.py", "--check"],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
