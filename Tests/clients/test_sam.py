"""The SAM transform's recorded expansions against aws-sam-translator."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
import check_sam  # noqa: E402


def test_there_are_cases():
    assert len(check_sam.cases()) >= 60


@pytest.mark.parametrize("case", check_sam.cases())
def test_expansion_equals_the_reference(case):
    if (check_sam.CASES / case / "expected.json").exists():
        assert check_sam.check(case) == []
    else:
        assert check_sam.refused(case)
