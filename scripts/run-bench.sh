#!/usr/bin/env bash
# Builds everything and measures: the order flow on the native backends, CloudEvents next to the official SDK, filters.
# BENCH_ONLY=orders|cloudevents|filters picks one, the last two without backends when this is called by itself;
# BENCH_ROUNDS, BENCH_SECONDS and BENCH_BACKLOG change the size.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
npm run --silent build
node_modules/.bin/tsc -b bench
exec node bench/dist/bench/main.js
