"""The query engine: what `leat doctor` says about it, and the environment that it makes."""
import json
import os
import pathlib
import subprocess
import sys

from served import LEAT, clean_environment

SUBJECT = "the query engine for Parquet and ORC"


def doctor(tmp_path, *arguments, **more):
    environment = clean_environment(**{"HOME": str(tmp_path), **more})
    environment.pop("XDG_DATA_HOME", None)
    answer = subprocess.run(
        [LEAT, "doctor", "--json", "--data", str(tmp_path / "data"), *arguments], text=True,
        capture_output=True, env=environment, timeout=600)
    return answer


def engine(answer):
    return next(f for f in json.loads(answer.stdout) if f["subject"] == SUBJECT)


def test_a_given_python_is_looked_at(tmp_path):
    found = engine(doctor(tmp_path, LEAT_QUERY_ENGINE=sys.executable))
    assert found["ok"] and not found["needed"]
    assert found["text"].startswith(sys.executable + ": PyArrow ")
    # The environment's folder does as well.
    found = engine(doctor(tmp_path, LEAT_QUERY_ENGINE=sys.prefix))
    assert found["ok"], found


def test_an_engine_that_is_missing_says_how_to_get_it(tmp_path):
    for engine_path in ["/nowhere/python3", str(tmp_path)]:
        found = engine(doctor(tmp_path, LEAT_QUERY_ENGINE=engine_path))
        assert not found["ok"]
        assert "run `leat doctor --install`" in found["text"]


def test_the_environment_is_made_and_found(tmp_path):
    cache = os.environ.get("PIP_CACHE_DIR", str(pathlib.Path.home() / ".cache/pip"))
    answer = doctor(tmp_path, "--install", PIP_CACHE_DIR=cache)
    assert answer.returncode in (0, 1), answer.stderr
    found = engine(answer)
    assert found["ok"], found
    own = tmp_path / ".local/share/leat/engine/bin/python3"
    assert found["text"].startswith(f"{own}: PyArrow ")
    assert engine(doctor(tmp_path))["text"] == found["text"]


def test_an_installation_that_fails_passes_pips_words_on(tmp_path):
    answer = doctor(
        tmp_path, "--install", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0",
        PIP_CONFIG_FILE="/dev/null")
    assert answer.returncode == 1
    error = json.loads(answer.stdout)["error"]
    assert "-m pip install" in error and "pyarrow" in error
