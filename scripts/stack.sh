#!/usr/bin/env bash
# Starts, stops and shows the system, in one of three ways: docker, embedded or native. Called by the Makefile.
# `up` chooses the way and remembers it in .run/mode; the other commands follow it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/stack/common.sh
. scripts/stack/common.sh

usage() {
  echo "usage: scripts/stack.sh up|down|restart|clean|logs|logs-worker|worker-log|notification|order|analytics|event-store|verify|ledger|dead-letters|build" >&2
  exit 2
}

command=${1:-}
[ -n "$command" ] || usage
case "$command" in
  up | build) mode=$(choose_mode) ;;
  *) mode=$(running_mode) ;;
esac

# shellcheck source=/dev/null
. "scripts/stack/$mode.sh"

case "$command" in
  up)
    remember_mode "$mode"
    stack_up
    wait_until_ready
    say "ready: orders $ORDER_URL, analytics $ANALYTICS_URL, events $EVENT_STORE_URL, mediator $MEDIATOR_URL, notifications $NOTIFICATION_URL"
    ;;
  down) stack_down ;;
  restart)
    stack_down
    stack_up
    wait_until_ready
    ;;
  clean)
    stack_clean
    rm -rf data .run
    say "removed containers, volumes and data of the $mode system"
    ;;
  build) stack_build ;;
  logs) stack_logs ;;
  logs-worker) stack_logs_worker ;;
  worker-log) stack_worker_log ;;
  notification) stack_worker_log | grep NOTIFICATION | tail -n 20 || say "no notification yet" ;;
  order) place_order ;;
  analytics) get "$ANALYTICS_URL/analytics/summary" ;;
  event-store) get "$EVENT_STORE_URL/api/v1/events?order=desc&limit=20" ;;
  verify) verify_log ;;
  ledger) for url in "${urls[@]}"; do get "$url/ledger"; done ;;
  dead-letters) dead_letters ;;
  *) usage ;;
esac
