#!/usr/bin/env bash
# Runs a command against a system that is started for it: with-running-system.sh embedded|native COMMAND...
# The system is stopped afterwards, whatever the command's end. Its data stays, as with make down, and so do the real servers:
# the next run begins on them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/stack/common.sh
. scripts/stack/common.sh
mode=$1
shift
if is_anything_running; then fail "a system is up already: make down first"; fi
trap 'bash scripts/stack.sh down' EXIT
BACKENDS=$mode bash scripts/stack.sh up
if [ "$mode" = native ]; then
  BUS_URL=$(bash scripts/backends/backends.sh env | sed -n 's/^MESSAGE_BUS_URL=//p')
  export BUS_URL
fi
"$@"
