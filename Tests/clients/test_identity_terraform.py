"""IAM through Terraform's AWS provider: one state with a resource of each kind."""
import pytest

from served import Served
from terraform import Terraform, needed

pytestmark = needed

ASSUME = """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "reads" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::bucket/%(prefix)s*"]
  }
}

data "aws_iam_policy" "basic" {
  arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_caller_identity" "me" {}

resource "aws_iam_policy" "reads" {
  name        = "reads"
  path        = "/team/"
  description = "reads a bucket"
  policy      = data.aws_iam_policy_document.reads.json
  tags        = { team = "%(tag)s" }
}

resource "aws_iam_role" "worker" {
  name                 = "worker"
  path                 = "/team/"
  description          = "works %(tag)s"
  max_session_duration = %(seconds)d
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.reads.arn
  tags                 = { team = "%(tag)s" }
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.reads.json
}

resource "aws_iam_role_policy_attachment" "basic" {
  role       = aws_iam_role.worker.name
  policy_arn = data.aws_iam_policy.basic.arn
}

resource "aws_iam_instance_profile" "box" {
  name = "box"
  role = aws_iam_role.worker.name
  tags = { team = "%(tag)s" }
}

resource "aws_iam_group" "team" {
  name = "team"
  path = "%(path)s"
}

resource "aws_iam_group_policy" "inline" {
  name   = "inline"
  group  = aws_iam_group.team.name
  policy = data.aws_iam_policy_document.reads.json
}

resource "aws_iam_group_policy_attachment" "reads" {
  group      = aws_iam_group.team.name
  policy_arn = aws_iam_policy.reads.arn
}

resource "aws_iam_user" "ann" {
  name          = "ann"
  path          = "%(path)s"
  force_destroy = true
  tags          = { team = "%(tag)s" }
}

resource "aws_iam_user" "bob" {
  name = "bob"
}

resource "aws_iam_user_policy" "inline" {
  name   = "inline"
  user   = aws_iam_user.ann.name
  policy = data.aws_iam_policy_document.reads.json
}

resource "aws_iam_user_policy_attachment" "reads" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.reads.arn
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.team.name]
}

resource "aws_iam_group_membership" "team" {
  name  = "team"
  group = aws_iam_group.team.name
  users = [aws_iam_user.ann.name%(member)s]
}

resource "aws_iam_access_key" "ann" {
  user   = aws_iam_user.ann.name
  status = "%(status)s"
}

resource "aws_iam_user_login_profile" "ann" {
  user                    = aws_iam_user.ann.name
  password_reset_required = true
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.example.com"
  client_id_list  = ["sts.amazonaws.com"%(client)s]
  thumbprint_list = ["%(thumbprint)s"]
  tags            = { team = "%(tag)s" }
}

resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "team"
  description      = "scales %(tag)s"
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "leat-team"
}

resource "aws_iam_account_password_policy" "rules" {
  minimum_password_length        = %(length)d
  require_numbers                = true
  allow_users_to_change_password = true
  max_password_age               = 90
}

output "caller" {
  value = data.aws_caller_identity.me.arn
}
"""

FIRST = {
    "prefix": "a/", "tag": "data", "seconds": 3600, "path": "/staff/",
    "member": "", "status": "Active", "client": "", "thumbprint": "a" * 40, "length": 10}
SECOND = {
    "prefix": "b/", "tag": "other", "seconds": 7200, "path": "/",
    "member": ", aws_iam_user.bob.name", "status": "Inactive", "client": ', "second"',
    "thumbprint": "b" * 40, "length": 12}


def test_one_of_each_is_made_changed_in_place_and_destroyed(tmp_path):
    with Served("--ephemeral") as server:
        terraform = Terraform(tmp_path / "stack", server, ["iam", "sts"])
        made = terraform.apply(ASSUME % FIRST)
        assert "20 added, 0 changed, 0 destroyed" in made
        iam = server.client("iam")
        key = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"][0]
        changed = terraform.apply(ASSUME % SECOND)
        assert "0 destroyed" in changed, changed
        assert iam.list_access_keys(UserName="ann")["AccessKeyMetadata"] == [
            {**key, "Status": "Inactive"}]
        assert [u["UserName"] for u in iam.get_group(GroupName="team")["Users"]] == ["ann", "bob"]
        summary = iam.get_account_summary()["SummaryMap"]
        assert (summary["Users"], summary["Groups"], summary["Roles"], summary["Policies"]) == (
            2, 1, 2, 1)
        terraform.destroy()
        summary = iam.get_account_summary()["SummaryMap"]
        assert all(summary[what] == 0 for what in [
            "Users", "Groups", "Roles", "Policies", "InstanceProfiles", "Providers"])
