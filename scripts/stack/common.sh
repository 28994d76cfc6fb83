# What the three ways of running have in common. Sourced by scripts/stack.sh.
# shellcheck shell=bash

# .env fills in what the caller's own environment leaves out, as it does for docker compose.
if [ -f .env ]; then
  given=$(export -p)
  set -a
  # shellcheck source=/dev/null
  . ./.env
  set +a
  eval "$given"
fi

ORDER_URL=${ORDER_URL:-http://localhost:8080}
ANALYTICS_URL=${ANALYTICS_URL:-http://localhost:8081}
EVENT_STORE_URL=${EVENT_STORE_URL:-http://127.0.0.1:8082}
MEDIATOR_URL=${MEDIATOR_URL:-http://127.0.0.1:8083}
NOTIFICATION_URL=${NOTIFICATION_URL:-http://localhost:8084}
urls=("$ORDER_URL" "$ANALYTICS_URL" "$EVENT_STORE_URL" "$MEDIATOR_URL" "$NOTIFICATION_URL")
# shellcheck disable=SC2034 # used by the files of the three ways
services=(order-service analytics-service event-store mediator notification-worker)

# shellcheck source=call.sh
. "$(dirname "${BASH_SOURCE[0]}")/call.sh"

say() { echo "fanfare: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# docker when an engine answers, else embedded; BACKENDS=native and BACKENDS=embedded decide it.
choose_mode() {
  case "${BACKENDS:-}" in
    native | embedded | docker) echo "$BACKENDS" ;;
    "")
      if docker info >/dev/null 2>&1; then
        echo docker
      else
        say "no Docker engine answers: running all services in one process on embedded adapters (SQLite files under data/)"
        echo embedded
      fi
      ;;
    *) fail "BACKENDS is '$BACKENDS'; use native, embedded or docker, or leave it out" ;;
  esac
}

running_mode() {
  if [ -f .run/mode ]; then cat .run/mode; else choose_mode; fi
}

# Only one system at a time uses the ports: a running one of another kind is named, not fought.
remember_mode() {
  local last
  mkdir -p .run
  last=$(cat .run/mode 2>/dev/null || true)
  if [ -n "$last" ] && [ "$last" != "$1" ] && is_up "$last"; then
    fail "the $last system is still up: make down first"
  fi
  echo "$1" >.run/mode
}

# Containers are known to Docker alone; an engine that is gone has none.
is_up() { # MODE
  if [ "$1" = docker ]; then
    # shellcheck source=docker.sh
    [ -n "$(. scripts/stack/docker.sh && compose ps --quiet 2>/dev/null)" ]
  else
    is_anything_running
  fi
}

# npm ci when node_modules is missing or older than the lock file.
install_dependencies() {
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "installing dependencies (npm ci; the first time it compiles SQLite, about a minute)"
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
  fi
}

build_code() {
  install_dependencies
  say "building"
  npm run --silent build
}

# start_process NAME COMMAND...: detached, log and pid under .run/. A process that is up is left alone.
start_process() {
  local name=$1
  shift
  if is_running "$name"; then
    say "$name is already up (pid $(cat ".run/$name.pid"))"
    return 0
  fi
  setsid "$@" >>".run/$name.log" 2>&1 </dev/null &
  echo $! >".run/$name.pid"
}

# A process is ours when one of its threads works in this checkout: after a restart of the machine, a pid file may name a stranger.
is_running() {
  local pid folder
  pid=$(cat ".run/$1.pid" 2>/dev/null) || return 1
  for folder in /proc/"$pid"/task/*/cwd; do
    if [ "$folder" -ef . ]; then return 0; fi
  done
  return 1
}

is_anything_running() {
  local file
  for file in .run/*.pid; do
    if is_running "$(basename "$file" .pid)"; then return 0; fi
  done
  return 1
}

# SIGTERM, and the time that the service promises to need at most; then SIGKILL, said aloud.
stop_process() {
  local name=$1 tries
  if is_running "$name"; then
    local pid
    pid=$(cat ".run/$name.pid")
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 120; tries++)); do
      is_running "$name" || break
      sleep 0.1
    done
    if is_running "$name" && kill -KILL "$pid" 2>/dev/null; then
      say "$name did not stop within 12 s and was killed"
    else
      say "$name stopped"
    fi
  fi
  rm -f ".run/$name.pid"
}

# Fails when somebody answers already where a service that is not up is to listen: it could not, and the other would be taken for it.
require_unanswered() { # URL...
  local url
  for url in "$@"; do
    if curl -sS -o /dev/null --max-time 2 "$url/health/live" 2>/dev/null; then
      fail "something that was not started here answers at $url already: stop it first"
    fi
  done
}

wait_until_ready() {
  local tries url waiting="${urls[*]}"
  for ((tries = 0; tries < ${READY_SECONDS:-120} * 4; tries++)); do
    waiting=""
    for url in "${urls[@]}"; do
      curl -fsS -o /dev/null --max-time 2 "$url/health/ready" 2>/dev/null || waiting="$waiting $url"
    done
    if [ -z "$waiting" ] || ! stack_is_alive; then break; fi
    sleep 0.25
  done
  if [ -z "$waiting" ]; then
    if stack_is_alive; then return 0; fi
    say "what was started has ended: it is another system that answers"
  fi
  for url in $waiting; do
    say "not ready: $url/health/ready says: $(curl -sS --max-time 2 "$url/health/ready" 2>&1 || true)"
  done
  stack_last_words
  fail "the system did not become ready"
}

get() { call -f "$1" && echo; }

# The order of the guide; the answer on standard output, a failure unless it is 201.
place_order() {
  local answer status
  answer=$(call -w '\n%{http_code}' -X POST "$ORDER_URL/orders" \
    -H 'Content-Type: application/json' \
    -d '{"customer_id":"customer-123","product_id":"product-456","quantity":2,"total_amount":99.99}') ||
    fail "no answer from $ORDER_URL: is the system up? (make up)"
  status=${answer##*$'\n'}
  echo "${answer%$'\n'*}"
  [ "$status" = 201 ] || fail "POST $ORDER_URL/orders answered $status instead of 201"
}

# Fails when the event log is not what was once recorded.
verify_log() {
  local answer
  answer=$(get "$EVENT_STORE_URL/api/v1/event-store/verify") || fail "no answer from $EVENT_STORE_URL"
  echo "$answer"
  grep -q '"valid":true' <<<"$answer" || fail "the event log is not what was recorded"
}

# Lists; with REDRIVE=all|<id> or DROP=all|<id> acts on every service that consumes. What the event store could not
# deliver to observers is a list of its own, where `all` means all of one observer: so only single ids act on it.
dead_letters() {
  local url lists=() chosen=${REDRIVE:-${DROP:-}}
  for url in "${urls[@]}"; do lists+=("$url/dead-letters"); done
  [ "$chosen" = all ] || lists+=("$EVENT_STORE_URL/api/v1/dead-letters")
  case "$chosen" in
    "" | all) for url in "${lists[@]}"; do show_or_act_on_all "$url"; done ;;
    *) act_on_dead_letter "$chosen" "${lists[@]}" ;;
  esac
}

show_or_act_on_all() { # URL
  say "$1"
  if [ -n "${REDRIVE:-${DROP:-}}" ]; then redrive_or_drop "$1" --fail-with-body; else call -f "$1?limit=100"; fi
  echo
}

redrive_or_drop() { # URL CURL_ARGUMENTS...
  local url=$1
  shift
  if [ -n "${REDRIVE:-}" ]; then call "$@" -X POST "$url/redrive"; else call "$@" -X DELETE "$url"; fi
}

# Only one list can have it; a service that is away or refuses does not keep the others from being asked.
act_on_dead_letter() { # ID URL...
  local id=$1 url answer status is_known=""
  shift
  for url in "$@"; do
    say "$url"
    answer=$(redrive_or_drop "$url/$id" -w '\n%{http_code}') || true
    status=${answer##*$'\n'}
    case "$status" in
      2??)
        is_known=yes
        echo "${answer%$'\n'*}"
        ;;
      404) ;;
      *) say "$url answered $status: ${answer%$'\n'*}" ;;
    esac
  done
  [ -n "$is_known" ] || fail "no service that answered has a dead letter $id"
}
