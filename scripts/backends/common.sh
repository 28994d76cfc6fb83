# shellcheck shell=bash
# What backends.sh and servers/*.sh share. One server at a time is loaded (see `load`); it owns the folder
# $dir = $BACKENDS_DIR/NAME, with its `data`, `log` and `pid`.

readonly ALL_SERVERS=(mariadb redis rabbitmq kafka ferretdb toxiproxy)
readonly HOST=127.0.0.1

readonly MARIADB_PORT=${FANFARE_MARIADB_PORT:-13306}
readonly MARIADB_PROXY_PORT=${FANFARE_MARIADB_PROXY_PORT:-13307}
readonly REDIS_PORT=${FANFARE_REDIS_PORT:-16379}
readonly REDIS_PROXY_PORT=${FANFARE_REDIS_PROXY_PORT:-16380}
readonly RABBITMQ_PORT=${FANFARE_RABBITMQ_PORT:-15673}
readonly RABBITMQ_PROXY_PORT=${FANFARE_RABBITMQ_PROXY_PORT:-15674}
readonly RABBITMQ_MANAGEMENT_PORT=${FANFARE_RABBITMQ_MANAGEMENT_PORT:-25673}
readonly RABBITMQ_DIST_PORT=${FANFARE_RABBITMQ_DIST_PORT:-25674}
readonly RABBITMQ_PROMETHEUS_PORT=${FANFARE_RABBITMQ_PROMETHEUS_PORT:-25692}
readonly KAFKA_PORT=${FANFARE_KAFKA_PORT:-19092}
readonly KAFKA_PROXY_PORT=${FANFARE_KAFKA_PROXY_PORT:-19093}
readonly KAFKA_BEHIND_PROXY_PORT=${FANFARE_KAFKA_BEHIND_PROXY_PORT:-29092}
readonly KAFKA_CONTROLLER_PORT=${FANFARE_KAFKA_CONTROLLER_PORT:-29093}
readonly FERRETDB_PORT=${FANFARE_FERRETDB_PORT:-17017}
readonly FERRETDB_PROXY_PORT=${FANFARE_FERRETDB_PROXY_PORT:-17018}
readonly TOXIPROXY_PORT=${FANFARE_TOXIPROXY_PORT:-18474}

readonly SCRIPTS=${BASH_SOURCE[0]%/*}
BACKENDS_DIR=$(realpath -m "${BACKENDS_DIR:-$SCRIPTS/../../.backends}")
readonly BACKENDS_DIR
CACHE=$(realpath -m "${FANFARE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fanfare}")
readonly CACHE
readonly CACHE_BIN=$CACHE/bin
readonly RABBITMQ_BIN=/usr/lib/rabbitmq/bin # the plain scripts; the ones in /usr/sbin insist on the user rabbitmq
PATH=$PATH:/usr/local/sbin:/usr/sbin:$CACHE_BIN

# Where the cache keeps what is made of the folder NAME; what is made of another version of it lies elsewhere.
cached() { # NAME
  local sum
  sum=$(cat "$SCRIPTS/$1"/* | cksum)
  echo "$CACHE/$1-${sum%% *}"
}

KAFKA_LIBS=$(cached kafka)
FERRETDB=$(cached ferretdb)
readonly KAFKA_LIBS FERRETDB

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

say() { printf '%-9s  %s\n' "$name" "$*"; }

# Each servers/NAME.sh has these functions:
#   server_programs   prints the programs that must be installed
#   server_ports      prints `PORT VARIABLE` for each port it will listen on
#   server_prepare    makes $dir/data, if there is none, and the configuration
#   server_run        becomes the server, in the foreground, started in $dir/data
#   server_is_ready   succeeds when the server answers its clients
#   server_provision  makes accounts and the like that are missing; runs at every start
#   server_env        prints NAME=VALUE for its clients
load() {
  name=$1
  dir=$BACKENDS_DIR/$name
  # shellcheck source=/dev/null
  source "$SCRIPTS/servers/$name.sh"
}

# Runs a command every 50 ms until it succeeds; fails after the given number of seconds.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# --- the process ------------------------------------------------------------------------------------------------------

server_pid() { cat "$dir/pid" 2>/dev/null; }

# A process is ours when one of its threads works in our data folder. So a stale pid file that names nobody, or by now a
# stranger, does no harm, and a killed process counts as running until its last thread has let go of its files.
is_running() {
  local pid folders
  pid=$(server_pid) || return 1
  folders=$(readlink /proc/"$pid"/task/*/cwd) || true
  [[ $folders == *"$dir/data"* ]]
}

is_gone() { ! is_running; }

# The server gets a session, a log and an empty stdin of its own, and no open file of the caller's: it outlives the
# caller's shell, and a caller that reads our output sees its end. `server_run` replaces the subshell, so $! is its pid.
launch() (
  cd "$dir/data" || exit
  {
    close_inherited_files
    server_run
  } </dev/null >>"$dir/log" 2>&1 &
  echo $! >"$dir/pid"
)

close_inherited_files() {
  local file
  for file in /proc/"$BASHPID"/fd/*; do
    file=${file##*/}
    ((file <= 2)) || exec {file}>&-
  done
}

signal_and_wait() { # SIGNAL SECONDS
  kill -s "$1" "$(server_pid)" 2>/dev/null || true
  wait_for "$2" is_gone || fail "$name: process $(server_pid) is still there $2 s after SIG$1"
  rm -f "$dir/pid"
}

# --- before the start -------------------------------------------------------------------------------------------------

# Knows programs, and folders by their absolute paths.
is_installed() { command -v "$1" >/dev/null || [[ $1 == /* && -d $1 ]]; }

require_programs() {
  local program
  for program in $(server_programs); do
    is_installed "$program" || fail "$name: $program is not installed; run scripts/backends/install.sh as root"
  done
}

is_port_free() { ! (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null; }

require_free_ports() {
  local port variable
  while read -r port variable; do
    wait_for 2 is_port_free "$port" || # a process just killed may hold it for another moment
      fail "$name: port $port is taken by a process that is not ours; choose another with $variable=PORT"
  done < <(server_ports)
}

# --- after the start --------------------------------------------------------------------------------------------------

# Sends a request, written as printf wants it, and prints the first COUNT bytes of the answer in hexadecimal digits.
exchange() ( # PORT REQUEST COUNT
  exec {connection}<>"/dev/tcp/$HOST/$1" || exit
  # shellcheck disable=SC2059 # the request is a format: its \x escapes become bytes
  printf "$2" >&"$connection"
  timeout 5 head -c "$3" <&"$connection" | od -An -v -tx1 | tr -d ' \n'
)

is_ready_or_gone() { is_gone || server_is_ready >/dev/null 2>&1; }

wait_until_ready() {
  wait_for "$1" is_ready_or_gone || fail_with_log "$name: not ready after $1 s"
  is_running || fail_with_log "$name: exited while starting"
}

fail_with_log() {
  fail "$1; the end of $dir/log:"$'\n'"$(tail -n 25 "$dir/log" | sed 's/^/  | /')"
}
