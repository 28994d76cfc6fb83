#!/usr/bin/env bash
# Builds everything and measures: the order flow on the native backends, CloudEvents next to the official SDK, filters, the
# event store, the mediator. BENCH_ONLY=orders|cloudevents|filters|event-store|mediator picks one, the second and third
# without backends when this is called by itself. Only BENCH_ONLY=event-log-memory fills a log with a million events
# (BENCH_EVENTS) and prints the memory that it takes to go through it. BENCH_ROUNDS, BENCH_SECONDS and BENCH_BACKLOG change
# the size, BENCH_CONNECTIONS (32,128) how many order at a time.
# The event log is also measured next to Emmett's where that is installed, which is no dependency because of its licence:
#   npm install --no-save @event-driven-io/emmett-sqlite@0.42 sqlite3@5
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
npm run --silent build
node_modules/.bin/tsc -b bench
exec node bench/dist/bench/main.js
