"""Sceptre: a project of two stacks, where one takes another's output; launch, change, delete."""
import pytest

from served import Served
from tools import needs, program, run

pytestmark = needs("sceptre")

STREAM = """
Parameters:
  Shards: {Type: Number, Default: 1}
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties: {ShardCount: !Ref Shards}
Outputs:
  Name: {Value: !Ref Stream}
"""

READER = """
Parameters:
  Stream: {Type: String}
Resources:
  Name:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: /reader/stream, Value: !Ref Stream}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "config/dev").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "config/config.yaml").write_text("project_code: shop\nregion: us-east-1\n")
    (tmp_path / "config/dev/config.yaml").write_text("")
    (tmp_path / "config/dev/stream.yaml").write_text(
        "template: {path: stream.yaml, type: file}\nparameters: {Shards: '1'}\n"
        "stack_tags: {team: data}\n")
    (tmp_path / "config/dev/reader.yaml").write_text(
        "template: {path: reader.yaml, type: file}\n"
        "parameters: {Stream: !stack_output dev/stream.yaml::Name}\n")
    (tmp_path / "templates/stream.yaml").write_text(STREAM)
    (tmp_path / "templates/reader.yaml").write_text(READER)
    return tmp_path


def test_a_project_is_launched_changed_and_deleted(project, tmp_path_factory):
    with Served(data=tmp_path_factory.mktemp("data")) as server:
        def sceptre(*arguments):
            return run([program("sceptre"), *arguments], project, server.environment())

        sceptre("launch", "--yes", "dev")
        stacks = server.client("cloudformation").describe_stacks()["Stacks"]
        assert {(s["StackName"], s["StackStatus"]) for s in stacks} == {
            ("shop-dev-stream", "CREATE_COMPLETE"), ("shop-dev-reader", "CREATE_COMPLETE")}
        name = server.client("ssm").get_parameter(Name="/reader/stream")["Parameter"]["Value"]
        assert name in server.client("kinesis").list_streams()["StreamNames"]
        assert "CREATE_COMPLETE" in sceptre("status", "dev")

        config = project / "config/dev/stream.yaml"
        config.write_text(config.read_text().replace("'1'", "'2'"))
        sceptre("launch", "--yes", "dev")
        summary = server.client("kinesis").describe_stream_summary(StreamName=name)
        assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 2
        sceptre("launch", "--yes", "dev")

        sceptre("delete", "--yes", "dev")
        assert server.client("cloudformation").describe_stacks()["Stacks"] == []
        assert server.client("kinesis").list_streams()["StreamNames"] == []
