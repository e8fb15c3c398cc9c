#!/usr/bin/env bash
# Takes the symbols out of a program and leaves them beside it, in a file of its name and `.debug`,
# where debuggers and Swift's own backtraces find them.
#
# usage: scripts/strip.sh PROGRAM
set -euo pipefail
program=$1

if objdump --section-headers "$program" | grep -q '\.gnu_debuglink'; then exit 0; fi
objcopy --only-keep-debug "$program" "$program.debug"
objcopy --strip-all --add-gnu-debuglink="$program.debug" "$program"
