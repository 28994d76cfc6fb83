#!/usr/bin/env bash
# Installs what backends.sh needs on Debian or Ubuntu, and promtool and shellcheck, which tests use.
# Fast when nothing is missing.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/common.sh"

readonly TOXIPROXY=github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0
readonly PROGRAM_AND_PACKAGE=(
  mariadbd:mariadb-server
  redis-server:redis-server
  "$RABBITMQ_BIN/rabbitmq-server:rabbitmq-server"
  promtool:prometheus
  shellcheck:shellcheck
  curl:curl
)

is_installed() { command -v "$1" >/dev/null; }

missing_packages() {
  local entry
  for entry in "${PROGRAM_AND_PACKAGE[@]}"; do
    is_installed "${entry%:*}" || echo "${entry#*:}"
  done
  is_installed toxiproxy-server || is_installed go || echo golang-go
}

install_packages() {
  local packages=("$@")
  if ((EUID != 0)); then
    fail "these packages are missing; install them and run me again:
  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${packages[*]}'"
  fi
  echo "installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "${packages[@]}"
}

build_toxiproxy() {
  echo "building Toxiproxy from source into $CACHE_BIN (half a minute, once per machine)"
  local folder
  mkdir -p "$CACHE_BIN"
  folder=$(mktemp -d "$CACHE_BIN/build.XXXXXX")
  CGO_ENABLED=0 GOBIN=$folder go install -trimpath -ldflags='-s -w' "$TOXIPROXY" || {
    rm -rf "$folder"
    fail "Toxiproxy needs Go 1.23 or newer (1.21 fetches it by itself); this is $(go version)"
  }
  mv "$folder/server" "$CACHE_BIN/toxiproxy-server"
  rm -rf "$folder"
}

readarray -t packages < <(missing_packages)
((${#packages[@]} == 0)) || install_packages "${packages[@]}"
is_installed toxiproxy-server || build_toxiproxy
echo "all backends are installed; start them with scripts/backends/backends.sh start"
