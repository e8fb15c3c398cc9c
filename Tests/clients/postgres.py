"""A PostgreSQL server of its own in a folder of its own, for tests that load into one."""
import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest


def _program(name):
    found = shutil.which(name)
    return found or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))), None)


# CI has it installed by scripts/install.sh: there its absence is a failure.
needed = pytest.mark.skipif(
    _program("postgres") is None and "CI" not in os.environ,
    reason="PostgreSQL is not on this machine")


class Postgres:
    """Runs until it is stopped, on a port of its own, with a user `loader` and passwords asked for."""

    PASSWORD = "s3cret pass'word"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leat-postgres-"))
        self.data = self.folder / "data"
        self.user = None
        if os.getuid() == 0:
            # The server refuses to run as root.
            self.user = pwd.getpwnam("postgres")
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        secret = self.folder / "password"
        secret.write_text(self.PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb", "-D", self.data, "-U", "loader", "-A", "scram-sha-256", "--no-sync",
            f"--pwfile={secret}", "-E", "UTF8", "--locale=C")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()
        self.sql("CREATE DATABASE lake")

    @property
    def url(self):
        return f"jdbc:redshift://127.0.0.1:{self.port}/lake"

    def start(self):
        self._run(
            "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o",
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            "-c fsync=off", "start")

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def end(self):
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def sql(self, statement, database="postgres"):
        """The rows, fields with a bar between them."""
        result = subprocess.run(
            [_program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", "loader", "-d", database, "-c", statement],
            text=True, capture_output=True, timeout=60,
            env={**os.environ, "PGPASSWORD": self.PASSWORD})
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    def _run(self, program, *arguments):
        subprocess.run(
            [_program(program), *map(str, arguments)], check=True, timeout=120, cwd=self.folder,
            stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None)
