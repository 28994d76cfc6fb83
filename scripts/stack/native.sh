# Each service its own process, on the real servers of `make backends`.
# shellcheck shell=bash source-path=SCRIPTDIR disable=SC2154 # services and urls come from common.sh

stack_build() { build_code; }

stack_up() {
  local line index
  for index in "${!services[@]}"; do
    is_running "${services[index]}" || require_unanswered "${urls[index]}"
  done
  bash scripts/backends/install.sh
  bash scripts/backends/backends.sh start
  build_code
  while IFS= read -r line; do export "${line?}"; done < <(bash scripts/backends/backends.sh env)
  DATABASE_URL=$ORDER_DATABASE_URL start_process order-service node services/order-service/dist/main.js
  DATABASE_URL=$ANALYTICS_DATABASE_URL start_process analytics-service node services/analytics-service/dist/main.js
  DATABASE_URL=$EVENT_STORE_DATABASE_URL start_process event-store node services/event-store/dist/main.js
  DATABASE_URL=$MEDIATOR_DATABASE_URL start_process mediator node services/mediator/dist/main.js
  DATABASE_URL=$NOTIFICATION_DATABASE_URL start_process notification-worker node services/notification-worker/dist/main.js
}

stop_services() {
  local name
  for name in "${services[@]}"; do stop_process "$name"; done
}

stack_down() {
  stop_services
  say "the servers of make backends are left as they are: make backends-stop stops them"
}

stack_clean() {
  stop_services
  bash scripts/backends/backends.sh wipe
}

stack_is_alive() {
  local name
  for name in "${services[@]}"; do is_running "$name" || return 1; done
}

stack_last_words() {
  local name
  for name in "${services[@]}"; do
    if ! is_running "$name"; then
      say "$name has ended; its last lines:"
      tail -n 10 ".run/$name.log" >&2
    fi
  done
}

stack_logs() { exec tail -n 100 -F .run/*.log; }

stack_logs_worker() { exec tail -n 100 -F .run/notification-worker.log; }

stack_worker_log() { cat .run/notification-worker.log; }
