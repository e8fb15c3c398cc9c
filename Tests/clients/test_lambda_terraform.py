"""Functions, layers, versions and aliases through Terraform's AWS provider."""
import io
import json
import zipfile

from served import Served
from terraform import Terraform, needed

pytestmark = needed

STACK = """
resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_lambda_layer_version" "shared" {
  layer_name               = "shared"
  filename                 = "layer.zip"
  description              = "shared code"
  license_info             = "MIT"
  compatible_runtimes      = ["python3.12"]
  compatible_architectures = ["x86_64"]
}

resource "aws_lambda_layer_version_permission" "everyone" {
  layer_name     = aws_lambda_layer_version.shared.layer_name
  version_number = aws_lambda_layer_version.shared.version
  statement_id   = "everyone"
  action         = "lambda:GetLayerVersion"
  principal      = "*"
}

resource "aws_lambda_function" "worker" {
  function_name                  = "worker"
  filename                       = "code.zip"
  source_code_hash               = filebase64sha256("code.zip")
  role                           = aws_iam_role.worker.arn
  runtime                        = "python3.12"
  handler                        = "index.handler"
  description                    = "%(text)s"
  layers                         = [aws_lambda_layer_version.shared.arn]
  memory_size                    = %(memory)d
  timeout                        = 20
  publish                        = true
  reserved_concurrent_executions = %(reserved)d
  environment { variables = { TEXT = "%(text)s" } }
  ephemeral_storage { size = 1024 }
  tracing_config { mode = "%(tracing)s" }
  tags = { team = "%(text)s" }
}

resource "aws_lambda_function" "taker" {
  function_name = "taker"
  filename      = "code.zip"
  role          = aws_iam_role.worker.arn
  runtime       = "python3.12"
  handler       = "index.handler"
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "%(text)s"
  function_name    = aws_lambda_function.worker.function_name
  function_version = aws_lambda_function.worker.version
}

resource "aws_lambda_permission" "bucket" {
  statement_id  = "bucket"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.worker.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "s3.amazonaws.com"
  source_arn    = "arn:aws:s3:::bucket"
}

resource "aws_lambda_function_event_invoke_config" "afterwards" {
  function_name                = aws_lambda_function.worker.function_name
  maximum_retry_attempts       = %(retries)d
  maximum_event_age_in_seconds = 600
  destination_config {
    on_failure { destination = aws_lambda_function.taker.arn }
  }
}

resource "aws_lambda_provisioned_concurrency_config" "warm" {
  function_name                     = aws_lambda_alias.live.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = %(warm)d
}

resource "aws_lambda_runtime_management_config" "worker" {
  function_name     = aws_lambda_function.worker.function_name
  update_runtime_on = "%(updates)s"
}

resource "aws_lambda_function_recursion_config" "worker" {
  function_name  = aws_lambda_function.worker.function_name
  recursive_loop = "%(loop)s"
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.worker.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "%(auth)s"
  cors {
    allow_origins = ["*"]
    allow_methods = ["GET"]
    max_age       = %(age)d
  }
}

resource "aws_lambda_code_signing_config" "ours" {
  description = "%(text)s"
  allowed_publishers {
    signing_profile_version_arns = [
      "arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/1234567890"
    ]
  }
  policies { untrusted_artifact_on_deployment = "Warn" }
}
"""

FIRST = {"text": "one", "memory": 128, "reserved": 5, "tracing": "PassThrough", "retries": 1,
         "warm": 1, "updates": "Auto", "loop": "Allow", "auth": "NONE", "age": 60}
SECOND = {"text": "two", "memory": 256, "reserved": 6, "tracing": "Active", "retries": 0,
          "warm": 2, "updates": "FunctionUpdate", "loop": "Terminate", "auth": "AWS_IAM", "age": 90}

CODE = """
import os, shared
def handler(event, context):
    return [shared.VALUE, os.environ["TEXT"], context.function_version]
"""


def archive(folder, name, files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for path, text in files.items():
            zipped.writestr(zipfile.ZipInfo(path), text)
    (folder / name).write_bytes(out.getvalue())


def test_one_of_each_is_made_changed_in_place_and_destroyed(tmp_path):
    with Served("--ephemeral") as server:
        terraform = Terraform(tmp_path / "stack", server, ["iam", "sts", "lambda"])
        archive(terraform.folder, "layer.zip", {"python/shared.py": "VALUE = 'layer'"})
        archive(terraform.folder, "code.zip", {"index.py": CODE})
        made = terraform.apply(STACK % FIRST)
        assert "0 changed, 0 destroyed" in made
        client = server.client("lambda")

        def called():
            answer = client.invoke(FunctionName="worker", Qualifier="live")
            assert "FunctionError" not in answer, answer["Payload"].read()
            return json.loads(answer["Payload"].read()), answer["ExecutedVersion"]

        assert called() == (["layer", "one", "1"], "1")
        changed = terraform.apply(STACK % SECOND)
        assert "0 destroyed" in changed, changed
        assert called() == (["layer", "two", "2"], "2")
        limits = client.get_account_settings()["AccountLimit"]
        assert limits["UnreservedConcurrentExecutions"] == 994
        terraform.destroy()
        assert client.list_functions()["Functions"] == []
        assert client.list_layers()["Layers"] == []
