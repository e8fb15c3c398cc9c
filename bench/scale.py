"""Growth of plan, deploy, no-op plan and destroy with a stack: whole processes on a data directory of
their own, with cfn-lint beside them on 500 resources of the same kind, and with another binary in
turn where one is given.

    python bench/scale.py [--leat .build/release/leat] [--old PATH] [--json]
"""
import argparse
import json
import pathlib
import shutil
import statistics
import sys
import tempfile

from language import ROOT, measured

SIZES = (1_000, 3_000, 10_000)
STEPS = ("plan", "deploy", "no-op plan", "destroy")
LINTED = 500
# An older binary may take minutes for the largest stack.
OLD_SIZES = (1_000, 3_000)


def template(count):
    """A stream, a bucket with a tag that names it, and a role that names the bucket, in turn."""
    lines = ['AWSTemplateFormatVersion: "2010-09-09"', "Resources:"]
    for number in range(count):
        index = number // 3
        if number % 3 == 0:
            lines += [
                f"  Stream{index}:", "    Type: AWS::Kinesis::Stream", "    Properties:",
                "      ShardCount: 1"]
        elif number % 3 == 1:
            lines += [
                f"  Bucket{index}:", "    Type: AWS::S3::Bucket", "    Properties:",
                "      Tags:", "        - Key: stream",
                f"          Value: !GetAtt Stream{index}.Arn"]
        else:
            lines += [
                f"  Role{index}:", "    Type: AWS::IAM::Role", "    Properties:",
                "      AssumeRolePolicyDocument:", '        Version: "2012-10-17"',
                "        Statement:", "          - Effect: Allow", "            Principal:",
                "              Service: firehose.amazonaws.com",
                "            Action: sts:AssumeRole",
                "      Policies:", "        - PolicyName: write", "          PolicyDocument:",
                '            Version: "2012-10-17"', "            Statement:",
                "              - Effect: Allow", "                Action: s3:PutObject",
                f'                Resource: !Sub "arn:aws:s3:::${{Bucket{index}}}/*"']
    return "\n".join(lines) + "\n"


def run(command):
    done, wall, cpu, peak = measured(command)
    if done.returncode != 0:
        sys.exit(done.stderr + done.stdout)
    return wall, cpu, peak


def once(leat, file, folder):
    """Seconds, CPU seconds and peak MB of each step, in the order of `STEPS`."""
    data = ["--data", str(folder / "data")]
    found = [
        run([leat, "plan", str(file), *data]),
        run([leat, "deploy", str(file), "--yes", *data]),
        run([leat, "plan", str(file), *data]),
        run([leat, "destroy", str(file), "--yes", *data]),
    ]
    shutil.rmtree(folder / "data")
    return found


def rows(leats, repeat, sizes=SIZES):
    """(tool, resources, {step: (seconds, CPU seconds, peak MB)}): medians of `repeat` runs, the
    binaries in turn; and what cfn-lint takes, in `lint`."""
    found = []
    lints = []
    linter = lint_command()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        small = folder / "linted.yaml"
        small.write_text(template(LINTED))
        for count in sizes:
            file = folder / f"scale{count}.yaml"
            file.write_text(template(count))
            runs = {tool: [] for tool in leats}
            for round in range(repeat):
                for tool, leat in leats.items():
                    if tool != "old" or (count in OLD_SIZES and round == 0):
                        runs[tool].append(once(leat, file, folder))
                if linter:
                    lints.append(run_lint(linter, small))
            for tool, several in runs.items():
                if several:
                    steps = [
                        tuple(statistics.median(one) for one in zip(*step))
                        for step in zip(*several)]
                    found.append((tool, count, dict(zip(STEPS, steps))))
    lint = tuple(statistics.median(one) for one in zip(*lints)) if lints else None
    return found, lint


def lint_command():
    beside = pathlib.Path(sys.executable).parent / "cfn-lint"
    return str(beside) if beside.exists() else shutil.which("cfn-lint")


def run_lint(lint, file):
    _, wall, cpu, peak = measured([lint, "-r", "us-east-1", "--", str(file)])
    return wall, cpu, peak


def markdown(found, lint):
    lines = [
        "| tool | resources | " + " | ".join(f"{step}, wall (CPU)" for step in STEPS)
        + " | no-op plan, peak memory | CPU a resource: " + ", ".join(STEPS) + " |",
        "| --- " * (len(STEPS) + 4) + "|"]
    for tool, count, steps in found:
        walls = [f"{steps[step][0] * 1000:,.0f} ({steps[step][1] * 1000:,.0f}) ms" for step in STEPS]
        each = [f"{steps[step][1] / count * 1e6:,.0f}" for step in STEPS]
        lines.append(
            f"| {tool} | {count:,} | {' | '.join(walls)} | {steps['no-op plan'][2]:.0f} MB "
            f"| {' / '.join(each)} µs |")
    if lint:
        lines.append(f"| cfn-lint | {LINTED} | {lint[0] * 1000:,.0f} ({lint[1] * 1000:,.0f}) ms "
                     f"| – | – | – | {lint[2]:.0f} MB | {lint[1] / LINTED * 1e6:,.0f} µs |")
    return "\n".join(lines) + "\n" + verdict(found, lint)


def verdict(found, lint):
    """The distance of the largest stack from the goals, by CPU time: other work on the machine adds to
    the wall time of what waits for the disk most of all."""
    own = {count: steps for tool, count, steps in found if tool == "leat"}
    small, large = own[min(own)], own[max(own)]
    parts = [f"From {min(own):,} to {max(own):,} resources, a resource takes "]
    ratios = [large[step][1] / max(own) / (small[step][1] / min(own)) for step in STEPS]
    parts.append(", ".join(f"{ratio:.2f} ({step})" for ratio, step in zip(ratios, STEPS)))
    parts.append(" of the CPU time (goal: ≤ 1.25).")
    if lint:
        share = lint[1] / large["no-op plan"][1]
        parts.append(f" The no-op plan of {max(own):,} takes 1/{share:.1f} of the CPU time of cfn-lint "
                     f"for {LINTED} (goal: ≤ 1/12, ≤ 200 MB).")
    return "\n" + "".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leat", default=str(ROOT / ".build/release/leat"))
    parser.add_argument("--old", help="an older binary, measured in turn up to 3,000 resources")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--template", type=int, help="write one template of so many resources")
    options = parser.parse_args()
    if options.template:
        print(template(options.template), end="")
        return
    leats = {"leat": options.leat} | ({"old": options.old} if options.old else {})
    found, lint = rows(leats, options.repeat, options.sizes)
    if options.json:
        print(json.dumps({"leat": found, "cfn-lint": lint}, indent=2))
        return
    print(markdown(found, lint))


if __name__ == "__main__":
    main()
