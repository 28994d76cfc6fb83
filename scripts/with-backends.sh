#!/usr/bin/env bash
# Runs a command with the URLs of the native backends in its environment; no adapter may be skipped then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
while IFS= read -r line; do export "${line?}"; done < <(bash scripts/backends/backends.sh env)
# the services' own variables would leak into tests of the configuration
unset CACHE_URL MESSAGE_BUS_URL EVENT_LOG_URL STREAM_URL
export REQUIRE_ADAPTERS=all
exec "$@"
