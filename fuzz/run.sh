#!/usr/bin/env bash
# Fuzzes the template language: see fuzz/README.md.
#
#   fuzz/run.sh replay            every input of the corpus once
#   fuzz/run.sh SECONDS [SEED]    the corpus, then new inputs
#   fuzz/run.sh one FILE...       these inputs, with what fails
#   fuzz/run.sh minimise          merges what was learnt into the corpus, as small as it goes
set -euo pipefail
cd "$(dirname "$0")"
scratch="$(cd .. && pwd)/.build/fuzz"
mkdir -p "$scratch/learnt" "$scratch/found"
[ -d ../.build/checkouts/swift-collections ] || (cd .. && swift package resolve)
swift build -c release --scratch-path "$scratch/build" --product TemplateFuzzer ${FUZZ_BUILD_FLAGS:-}
# The templates of the tests are seeds too; the corpus holds only what they don't reach.
rm -rf "$scratch/seeds" && mkdir "$scratch/seeds"
(cd ../Tests/Golden && find . -name 'template.*' -size -16k) | while read -r file; do
  cp "../Tests/Golden/$file" "$scratch/seeds/$(echo "${file#./}" | tr / _)"
done
fuzzer="$scratch/build/release/TemplateFuzzer"
# An input of 16 KB has five seconds and all of the process a gigabyte.
limits=(-timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=16384 -artifact_prefix="$scratch/found/")
case "${1:-60}" in
  replay) "$fuzzer" "${limits[@]}" -runs=0 corpus "$scratch/seeds" ;;
  one) shift; "$fuzzer" "${limits[@]}" "$@" ;;
  minimise)
    rm -rf "$scratch/merged" && mkdir "$scratch/merged"
    "$fuzzer" "${limits[@]}" -max_len=4096 -merge=1 "$scratch/merged" corpus "$scratch/seeds" "$scratch/learnt"
    echo "merged into $scratch/merged"
    ;;
  *)
    "$fuzzer" "${limits[@]}" -max_total_time="${1:-60}" -seed="${2:-1}" -dict=template.dict \
      -use_value_profile=0 -print_final_stats=1 -report_slow_units=2 "$scratch/learnt" corpus "$scratch/seeds"
    ;;
esac
