# All services in one process on embedded adapters; no server needed.
# shellcheck shell=bash disable=SC2154 # urls comes from common.sh

stack_build() { build_code; }

stack_up() {
  is_running all-in-one || require_unanswered "${urls[@]}"
  build_code
  start_process all-in-one node services/all-in-one/dist/main.js
}

stack_down() { stop_process all-in-one; }

stack_clean() { stack_down; }

stack_is_alive() { is_running all-in-one; }

stack_last_words() { tail -n 20 .run/all-in-one.log >&2; }

stack_logs() { exec tail -n 100 -F .run/all-in-one.log; }

stack_logs_worker() { tail -n 100 -F .run/all-in-one.log | grep --line-buffered '"service":"notification-worker"'; }

stack_worker_log() { grep '"service":"notification-worker"' .run/all-in-one.log; }
