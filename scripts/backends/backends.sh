#!/usr/bin/env bash
# Runs the real servers that Fanfare's tests and benchmarks use, as processes of this machine. See README.md.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/common.sh"

usage() {
  fail "usage: ${0##*/} start|stop|kill|wipe|status|env [NAME...]   (names: ${ALL_SERVERS[*]})"
}

start() {
  local begun=${EPOCHREALTIME/./} pid
  require_programs
  mkdir -p "$dir"
  if is_running; then
    wait_for 60 is_ready_or_gone || fail_with_log "$name: runs, but does not answer on its port"
  fi
  if is_gone; then
    require_free_ports
    server_prepare
    launch
    wait_until_ready 120
  fi
  server_provision
  pid=$(server_pid)
  say "ready after $(((${EPOCHREALTIME/./} - begun) / 1000)) ms (pid $pid)"
}

stop() {
  if is_running; then signal_and_wait TERM 60; fi
  say stopped
}

kill_hard() {
  if is_running; then signal_and_wait KILL 20; fi
  say killed
}

wipe() {
  kill_hard
  rm -rf -- "${dir:?}"
  say wiped
}

status() {
  is_running || { say stopped; return 1; }
  server_is_ready >/dev/null 2>&1 || { say "runs, but does not answer (pid $(server_pid))"; return 1; }
  say "ready (pid $(server_pid))"
}

# One command at a time per server, also when two shells ask for it. Each runs in a subshell of its own.
run() ( # FUNCTION NAME
  load "$2"
  mkdir -p "$BACKENDS_DIR"
  exec {lock}>"$BACKENDS_DIR/$name.lock"
  flock "$lock"
  "$1"
)

# Runs a function for all servers at once; fails when it failed for one of them.
run_for_all() { # FUNCTION NAME...
  local function=$1 server job failed=0 jobs=()
  shift
  for server in "$@"; do
    run "$function" "$server" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do
    wait "$job" || failed=1
  done
  return $failed
}

print_env() {
  local server
  for server in "$@"; do
    (load "$server" && server_env)
  done
}

(($# > 0)) || usage
command=$1
shift
for server in "$@"; do
  [[ " ${ALL_SERVERS[*]} " == *" $server "* ]] || usage
done
servers=("$@")
(($# > 0)) || servers=("${ALL_SERVERS[@]}")

case $command in
  start | stop | wipe | status) run_for_all "$command" "${servers[@]}" ;;
  kill) run_for_all kill_hard "${servers[@]}" ;;
  env) print_env "${servers[@]}" ;;
  *) usage ;;
esac
