# shellcheck shell=bash

server_programs() { echo redis-server redis-cli; }

server_ports() { echo "$REDIS_PORT FANFARE_REDIS_PORT"; }

server_prepare() { mkdir -p "$dir/data"; }

server_run() {
  exec setsid redis-server --port "$REDIS_PORT" --bind "$HOST" --dir "$dir/data" --appendonly yes --save ''
}

server_is_ready() { [[ $(redis-cli -h "$HOST" -p "$REDIS_PORT" ping) == PONG ]]; }

server_provision() { :; }

server_env() {
  cat <<ENV
TEST_REDIS_URL=redis://$HOST:$REDIS_PORT/0
CACHE_URL=redis://$HOST:$REDIS_PORT/0
ENV
}
