#!/usr/bin/env bash
# Runs a command against a freshly started system: with-running-system.sh embedded|native COMMAND...
# The system is stopped and its data removed afterwards, whatever the command's end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=$1
shift
if [ -f .run/mode ] && ls .run/*.pid >/dev/null 2>&1; then
  echo "a system is up already: make down first" >&2
  exit 1
fi
trap 'bash scripts/stack.sh down' EXIT
BACKENDS=$mode bash scripts/stack.sh up
if [ "$mode" = native ]; then
  BUS_URL=$(bash scripts/backends/backends.sh env | sed -n 's/^MESSAGE_BUS_URL=//p')
  export BUS_URL
fi
"$@"
