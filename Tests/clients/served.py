"""Starts `leat serve` on a free port and gives boto3 clients for it."""
import os
import pathlib
import subprocess

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEAT = str(pathlib.Path(os.environ.get("LEAT", ROOT / ".build/debug/leat")).resolve())
ACCOUNT = "000000000000"


def clean_environment(**more):
    """The environment of a command: nothing of the caller's AWS or Leat settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LEAT"))}
    return {**kept, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1", **more}


def leat(*arguments, data, check=True, **more):
    """Runs a command to its end; its text is in stdout and stderr."""
    return subprocess.run(
        [LEAT, *map(str, arguments), "--data", str(data)], cwd=ROOT, text=True, check=check,
        capture_output=True, env=clean_environment(**more), timeout=120)


class Served:
    """A running server. Ends with `stop` (SIGTERM) or `kill` (SIGKILL)."""

    def __init__(self, *arguments, data=None, **more):
        command = [LEAT, "serve", "--port", "0", *arguments]
        if data is not None:
            command += ["--data", str(data)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(**more))
        self.lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("".join(self.lines) + self.process.stderr.read())
            self.lines.append(line)
            if "listening on http://" in line:
                self.endpoint = "http://" + line.split("http://", 1)[1].strip()
                break

    def client(self, name, account=ACCOUNT, region="us-east-1", **config):
        return boto3.client(
            name, endpoint_url=self.endpoint, region_name=region, aws_access_key_id=account,
            aws_secret_access_key="unchecked",
            config=Config(retries={"max_attempts": 1}, max_pool_connections=32,
                          s3={"addressing_style": "path"}, **config))

    def environment(self):
        """The environment of the `aws` command line."""
        return clean_environment(
            AWS_ENDPOINT_URL=self.endpoint, AWS_ACCESS_KEY_ID=ACCOUNT,
            AWS_SECRET_ACCESS_KEY="unchecked", AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=30)
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
