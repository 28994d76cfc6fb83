#!/usr/bin/env bash
# Runs a command while two event stores on the same stores take turns behind EVENT_STORE_URL: the one of the native system
# that is up, and a second one that ends with the command.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/stack/common.sh
. scripts/stack/common.sh
first=$EVENT_STORE_URL second_port=${SECOND_EVENT_STORE_PORT:-8092} balancer_port=${BALANCER_PORT:-8093}
trap 'stop_process balancer; stop_process second-event-store' EXIT
(
  while IFS= read -r line; do export "${line?}"; done < <(bash scripts/backends/backends.sh env)
  export DATABASE_URL=$EVENT_STORE_DATABASE_URL SERVICE_PORT=$second_port
  start_process second-event-store node services/event-store/dist/main.js
)
start_process balancer node scripts/balance.mjs "$balancer_port" "$first" "http://127.0.0.1:$second_port"
export EVENT_STORE_URL=http://127.0.0.1:$balancer_port
urls=("$first" "http://127.0.0.1:$second_port" "$EVENT_STORE_URL")
stack_is_alive() { is_running second-event-store && is_running balancer; }
stack_last_words() { tail -n 10 .run/second-event-store.log .run/balancer.log >&2; }
wait_until_ready
"$@"
