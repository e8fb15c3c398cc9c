"""The time that `leat validate` takes over generated templates, the whole process and each stage inside
it, and how much memory, with cfn-lint beside it on 500 resources.

    python bench/language.py [--leat .build/release/leat] [--json]
"""
import argparse
import json
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZES = (100, 500, 1_000, 2_000, 5_000, 10_000)


def template(count):
    """Streams, buckets, roles and log groups that refer to one another."""
    lines = [
        'AWSTemplateFormatVersion: "2010-09-09"', "Parameters:", "  Stage:", "    Type: String",
        "    Default: dev", "Conditions:", "  IsProd: !Equals [!Ref Stage, prod]", "Resources:"]
    for index in range(count // 4):
        lines += [
            f"  Stream{index}:", "    Type: AWS::Kinesis::Stream", "    Properties:",
            f'      Name: !Sub "${{Stage}}-events-{index}"',
            "      ShardCount: !If [IsProd, 4, 1]", "      RetentionPeriodHours: 24",
            "      Tags:", "        - Key: stage", "          Value: !Ref Stage",
            f"  Bucket{index}:", "    Type: AWS::S3::Bucket", "    Properties:",
            "      VersioningConfiguration:", "        Status: Enabled",
            f"  Role{index}:", "    Type: AWS::IAM::Role", "    Properties:",
            "      AssumeRolePolicyDocument:", '        Version: "2012-10-17"',
            "        Statement:", "          - Effect: Allow", "            Principal:",
            "              Service: firehose.amazonaws.com", "            Action: sts:AssumeRole",
            "      Policies:", "        - PolicyName: write", "          PolicyDocument:",
            '            Version: "2012-10-17"', "            Statement:",
            "              - Effect: Allow", "                Action: kinesis:PutRecord",
            f"                Resource: !GetAtt Stream{index}.Arn",
            f"  Logs{index}:", "    Type: AWS::Logs::LogGroup", "    Properties:",
            f'      LogGroupName: !Join ["/", [/app, !Ref Stream{index}]]',
            "      RetentionInDays: 14"]
    return "\n".join(lines) + "\n"


def measured(command):
    """Wall-clock seconds, CPU seconds and the peak of memory in MB of a process."""
    start = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    timed = shutil.which("time")
    prefix = [timed, "-f", "%M"] if timed else []
    done = subprocess.run(prefix + command, capture_output=True, text=True, timeout=600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = int(done.stderr.split()[-1]) if timed else after.ru_maxrss
    return done, time.monotonic() - start, cpu, peak / 1024


STAGES = ("read", "resolve", "plan")


def stages(leat, file, repeat):
    """Milliseconds of each stage, as the process itself measures them: medians."""
    runs = []
    for _ in range(repeat):
        done = subprocess.run(
            [leat, "validate", str(file), "--timings", "--json"], capture_output=True, text=True,
            timeout=600, check=True)
        runs.append(json.loads(done.stdout)["timings"])
    return {stage: statistics.median(run[stage] for run in runs) for stage in STAGES}


def rows(leat, repeat):
    """(tool, resources, seconds, CPU seconds, peak MB, stages): the median of `repeat` whole
    processes for each size, and one of cfn-lint, which takes long enough. Stages are measured in
    runs of their own."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for count in SIZES:
            file = pathlib.Path(folder) / f"stack{count}.yaml"
            file.write_text(template(count))
            runs = []
            for _ in range(repeat):
                done, wall, cpu, peak = measured([leat, "validate", str(file)])
                if done.returncode != 0:
                    sys.exit(done.stderr + done.stdout)
                runs.append((wall, cpu, peak))
            found.append((
                "leat", count, *(statistics.median(one) for one in zip(*runs)),
                stages(leat, file, repeat)))
        beside = pathlib.Path(sys.executable).parent / "cfn-lint"
        lint = str(beside) if beside.exists() else shutil.which("cfn-lint")
        if lint:
            file = pathlib.Path(folder) / "stack500.yaml"
            _, wall, cpu, peak = measured([lint, "-r", "us-east-1", "--", str(file)])
            found.append(("cfn-lint", 500, wall, cpu, peak, None))
    return found


def markdown(found):
    lines = [
        "| tool | resources | wall | CPU | peak memory | CPU a resource | read | resolve and validate "
        "| plan |", "| --- " * 9 + "|"]
    for tool, count, wall, cpu, peak, inside in found:
        parts = [f"{inside[stage]:.1f} ms" if inside else "–" for stage in STAGES]
        lines.append(
            f"| {tool} | {count:,} | {wall * 1000:,.0f} ms | {cpu * 1000:,.0f} ms | {peak:.0f} MB "
            f"| {cpu / count * 1e6:,.0f} µs | {' | '.join(parts)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leat", default=str(ROOT / ".build/release/leat"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    found = rows(options.leat, options.repeat)
    if options.json:
        names = ("tool", "resources", "seconds", "cpu_seconds", "peak_mb", "stages_ms")
        print(json.dumps([dict(zip(names, row)) for row in found], indent=2))
        return
    print(markdown(found))


if __name__ == "__main__":
    main()
