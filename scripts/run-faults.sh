#!/usr/bin/env bash
# Runs the fault tests RUNS times in a row (default 1) on the native backends; stops at the first failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${RUNS:-1}
bash scripts/backends/backends.sh start
npm run --silent build
for ((run = 1; run <= runs; run++)); do
  echo "fault run $run of $runs"
  npm run --silent test:faults -- "$@"
done
echo "$runs of $runs fault runs passed"
