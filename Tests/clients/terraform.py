"""Terraform with the AWS provider, pointed at a server."""
import os
import shutil
import subprocess

import pytest

from served import ACCOUNT

PROGRAM = shutil.which("terraform")
PLUGINS = os.environ.get("TF_PLUGIN_DIR", "/opt/tf-plugins")
needed = pytest.mark.skipif(
    not PROGRAM or not os.path.isdir(PLUGINS),
    reason="needs terraform, and the AWS provider in the folder that TF_PLUGIN_DIR names")

PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "%s"
  secret_key                  = "unchecked"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    %s
  }
}
"""


class Folder:
    """A folder that Terraform works on."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def run(self, command, *arguments):
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("AWS_", "TF_"))}
        run = subprocess.run(
            [PROGRAM, command, *arguments, "-no-color"], cwd=self.folder, text=True,
            capture_output=True, timeout=400,
            # The provider spends a half of its time on collecting the garbage of its schemas.
            env={**environment, "AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1",
                 "GOGC": "400"})
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def apply(self, text):
        """Applies a configuration, and holds the next plan to be empty."""
        (self.folder / "stack.tf").write_text(text)
        output = self.run("apply", "-input=false", "-auto-approve")
        self.run("plan", "-input=false", "-detailed-exitcode")
        return output

    def destroy(self):
        return self.run("destroy", "-input=false", "-auto-approve")


class Terraform(Folder):
    """A folder with the AWS provider, pointed at a server."""

    def __init__(self, folder, server, services):
        super().__init__(folder)
        endpoints = "\n    ".join(f'{name} = "{server.endpoint}"' for name in services)
        (folder / "provider.tf").write_text(PROVIDER % (ACCOUNT, endpoints))
        self.run("init", "-input=false", f"-plugin-dir={PLUGINS}")
