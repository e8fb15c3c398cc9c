#!/usr/bin/env bash
# Fuzzes the template language for a number of seconds: fuzz/run.sh 60
# Fails, and leaves the input in .build/fuzz, where one crashes, hangs or takes too much memory.
# fuzz/corpus is where it starts from; what it learns stays in .build/fuzz/learnt.
set -euo pipefail
seconds="${1:-60}"
cd "$(dirname "$0")"
scratch=../.build/fuzz
mkdir -p "$scratch/learnt"
swift build -c release --scratch-path "$scratch/build" --product TemplateFuzzer
"$scratch/build/release/TemplateFuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
  -max_len=16384 -dict=template.dict -artifact_prefix="$scratch/" -print_final_stats=1 \
  "$scratch/learnt" corpus
