#!/usr/bin/env bash
# Builds everything and measures on the native backends. BENCH_ROUNDS, BENCH_SECONDS and BENCH_BACKLOG change the size.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
npm run --silent build
node_modules/.bin/tsc -b bench
exec node bench/dist/bench/main.js
