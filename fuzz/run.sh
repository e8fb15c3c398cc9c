#!/usr/bin/env bash
# Fuzzes the template language; fuzz/README.md says what is checked and what to do with a finding.
#
#   fuzz/run.sh check SECONDS     what CI does: every input that is kept, then new ones, seed 1
#   fuzz/run.sh SECONDS [SEED]    the same, going on from what earlier runs learnt
#   fuzz/run.sh replay            every input that is kept, once
#   fuzz/run.sh one FILE...       these inputs alone, with what fails
#   fuzz/run.sh minimise          what was learnt and the corpus, as small as it goes
#
# FUZZ_CHECK=compile|format|json|pattern looks in one way alone.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
scratch="$root/.build/fuzz"
files=()
for file in "${@:2}"; do files+=("$(realpath -m "$file")"); done
cd "$root/fuzz"
mkdir -p "$scratch/learnt" "$scratch/found"

[ -d "$root/.build/checkouts/swift-collections" ] || (cd "$root" && swift package resolve)
swift build -c release --scratch-path "$scratch/build" --product TemplateFuzzer >"$scratch/build.log" 2>&1 ||
  { cat "$scratch/build.log"; exit 1; }

# The templates of the tests are seeds too: the corpus holds what they don't reach.
rm -rf "$scratch/seeds" && mkdir "$scratch/seeds"
(cd "$root/Tests/Golden" && find . -name 'template.*' -size -16k) | while read -r file; do
  cp "$root/Tests/Golden/$file" "$scratch/seeds/$(echo "${file#./}" | tr / _)"
done

# libFuzzer handles crashes itself, or the input would be lost.
export SWIFT_BACKTRACE=enable=no
# The same seed leads the same way in every run.
export SWIFT_DETERMINISTIC_HASHING=1
# An input takes milliseconds; half a minute leaves room for a busy machine.
fuzzer=("$scratch/build/release/TemplateFuzzer" -timeout=30 -rss_limit_mb=1024 -malloc_limit_mb=512
  -max_len=16384 "-artifact_prefix=$scratch/found/")

# Runs the fuzzer with its chatter in a file; prints what came of it.
fuzz() {
  local log="$scratch/run.log"
  if ! "${fuzzer[@]}" -print_final_stats=1 "$@" >"$log" 2>&1; then
    grep -E "Fatal|ERROR|SUMMARY|precondition" "$log" || tail -n 20 "$log"
    echo "fuzz: failed; the whole output is in $log"
    sed -n 's/.*Test unit written to \(.*\)/fuzz: run it again with: fuzz\/run.sh one \1/p' "$log"
    exit 1
  fi
  sed -n -e 's/^Done \(.*\)/fuzz: \1/p' \
    -e 's/^stat::slowest_unit_time_sec: */fuzz: seconds for the slowest input: /p' \
    -e 's/^stat::peak_rss_mb: */fuzz: most megabytes: /p' "$log"
}

case "${1:-60}" in
  replay) fuzz -runs=0 corpus "$scratch/seeds" ;;
  check)
    rm -rf "$scratch/checked" && mkdir "$scratch/checked"
    fuzz -runs=0 corpus "$scratch/seeds"
    fuzz -max_total_time="${2:-60}" -seed=1 -dict=template.dict "$scratch/checked" corpus "$scratch/seeds"
    ;;
  one) "${fuzzer[@]}" "${files[@]}" ;;
  minimise)
    # Code that the tests' templates and the named inputs reach need not be kept twice.
    rm -rf "$scratch/merged" && mkdir "$scratch/merged"
    find "$scratch/seeds" corpus -maxdepth 1 -type f -exec cp -t "$scratch/merged" {} +
    "${fuzzer[@]}" -merge=1 -use_counters=0 -max_len=1024 "$scratch/merged" corpus/learnt "$scratch/learnt"
    rm -rf corpus/learnt && mkdir corpus/learnt
    for file in "$scratch"/merged/*; do
      name="$(basename "$file")"
      [ -e "$scratch/seeds/$name" ] || [ -e "corpus/$name" ] || cp "$file" corpus/learnt
    done
    echo "fuzz: $(find corpus/learnt -type f | wc -l) inputs in fuzz/corpus/learnt"
    ;;
  *)
    fuzz -max_total_time="$1" -seed="${2:-1}" -dict=template.dict "$scratch/learnt" corpus "$scratch/seeds"
    ;;
esac
