"""Runs every `sh` block of the documents, in a copy of the stacks and with a port of its own."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest

from served import LEAT, ROOT, clean_environment

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")),
             *sorted((ROOT / "stacks").glob("*/README.md"))]
BLOCK = re.compile(r"^```sh( background)?\n(.*?)^```$", re.M | re.S)


def blocks(path):
    return [(bool(m[1]), m[2]) for m in BLOCK.finditer(path.read_text())]


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if blocks(p)],
                         ids=lambda p: str(p.relative_to(ROOT)))
def test_commands(path, tmp_path):
    for folder in ["stacks", "Tests/assemblies"]:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "leat").symlink_to(LEAT)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    environment = clean_environment(LEAT_DATA=str(tmp_path / "data"), PATH=os.pathsep.join(
        [str(programs), str(ROOT / ".venv/bin"), os.environ["PATH"]]))
    background = None
    foreground = "set -euo pipefail\n"
    try:
        for is_background, text in blocks(path):
            text = text.replace("4566", str(port))
            if is_background:
                background = subprocess.Popen(
                    ["bash", "-c", f"exec {text.strip()} --port {port}"], cwd=tmp_path,
                    env=environment, stdout=subprocess.PIPE, text=True)
                wait_for_line(background, "listening on")
            else:
                foreground += text
        run = subprocess.run(["bash", "-c", foreground], cwd=tmp_path, env=environment, text=True,
                             capture_output=True, timeout=180)
        assert run.returncode == 0, run.stdout + run.stderr
    finally:
        if background:
            background.send_signal(signal.SIGTERM)
            background.communicate(timeout=30)
    if background:
        assert background.returncode == 0


def wait_for_line(process, words):
    for line in process.stdout:
        if words in line:
            return
    raise RuntimeError(f"ended without saying {words!r}")


def test_documents_are_found():
    assert sum(len(blocks(p)) for p in DOCUMENTS) >= 8


def test_links_lead_somewhere():
    for path in [*DOCUMENTS, *(ROOT / "docs").rglob("*.md"), ROOT / "stacks/README.md",
                 ROOT / "Sources/ARCHITECTURE.md", ROOT / "CONTRIBUTING.md",
                 ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path}: {target}"
