"""CFNgin (of Runway) with a bucket for its templates: deploy, change, destroy."""
import pytest

from served import Served
from tools import needs, program, run

pytestmark = needs("runway")

TEMPLATE = """
Parameters:
  Shards: {Type: Number}
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties: {ShardCount: {Ref: Shards}}
Outputs:
  StreamName: {Value: {Ref: Stream}}
"""

CONFIG = """
namespace: shop-dev
cfngin_bucket: shop-dev-templates
cfngin_bucket_region: us-east-1
tags: {team: data}
stacks:
  - name: stream
    template_path: ./templates/stream.yaml
    variables: {Shards: SHARDS}
"""

# Without a parameter, Runway passes modules over.
RUNWAY = """
deployments:
  - modules: [{path: stream.cfn}]
    regions: [us-east-1]
    parameters: {team: data}
"""


def test_stacks_go_by_way_of_a_bucket(tmp_path, tmp_path_factory):
    module = tmp_path / "stream.cfn"
    (module / "templates").mkdir(parents=True)
    (tmp_path / "runway.yml").write_text(RUNWAY)
    (module / "templates/stream.yaml").write_text(TEMPLATE)
    config = module / "cfngin.yml"
    config.write_text(CONFIG.replace("SHARDS", "1"))
    with Served(data=tmp_path_factory.mktemp("data")) as server:
        environment = {**server.environment(), "CI": "1", "DEPLOY_ENVIRONMENT": "dev"}

        def runway(*arguments):
            return run([program("runway"), *arguments], tmp_path, environment)

        runway("deploy")
        buckets = [b["Name"] for b in server.client("s3").list_buckets()["Buckets"]]
        assert "shop-dev-templates" in buckets
        stacks = server.client("cloudformation").describe_stacks()["Stacks"]
        assert {(s["StackName"], s["StackStatus"]) for s in stacks} == {
            ("shop-dev-cfngin-bucket", "CREATE_COMPLETE"), ("shop-dev-stream", "CREATE_COMPLETE")}
        config.write_text(CONFIG.replace("SHARDS", "2"))
        runway("deploy")
        runway("deploy")
        name = server.client("kinesis").list_streams()["StreamNames"][0]
        summary = server.client("kinesis").describe_stream_summary(StreamName=name)
        assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 2
        runway("destroy")
        assert server.client("kinesis").list_streams()["StreamNames"] == []
