"""Finds the tools that people deploy with. `make tools` installs them, each by itself."""
import os
import pathlib
import shutil
import subprocess

import pytest

from served import ROOT, LEAT

INSTALLED = pathlib.Path(os.environ.get("LEAT_TOOLS", ROOT / ".tools"))


def program(tool, name=None):
    """The path of a tool's program: one that `make tools` has installed, or one of the machine's
    where the program is the tool itself."""
    own = INSTALLED / tool / "bin" / (name or tool)
    return str(own) if own.exists() else None if name else shutil.which(tool)


def needs(tool, name=None):
    """Skips a module's tests where the tool can't be had."""
    return pytest.mark.skipif(
        program(tool, name) is None, reason=f"needs {name or tool}; `make tools` installs it")


def run(command, folder, environment, check=True, answers=""):
    """Runs a command to its end, with answers to its questions; its output is one text."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, text=True, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, input=answers)
    if check and done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


__all__ = ["INSTALLED", "LEAT", "needs", "program", "run"]
