#!/usr/bin/env bash
# Installs what backends.sh needs on Debian or Ubuntu, and promtool, shellcheck and helm, which tests use.
# Fast when nothing is missing.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/common.sh"

readonly TOXIPROXY=github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0
readonly HELM=helm.sh/helm/v4/cmd/helm@v4.3.1
readonly PROGRAM_AND_PACKAGE=(
  mariadbd:mariadb-server
  redis-server:redis-server
  "$RABBITMQ_BIN/rabbitmq-server:rabbitmq-server"
  promtool:prometheus
  shellcheck:shellcheck
  curl:curl
  java:default-jre-headless
)

missing_packages() {
  local entry
  for entry in "${PROGRAM_AND_PACKAGE[@]}"; do
    is_installed "${entry%:*}" || echo "${entry#*:}"
  done
  is_installed "$KAFKA_LIBS" || is_installed mvn || echo maven
  { is_installed toxiproxy-server && is_installed helm && is_installed "$FERRETDB"; } || is_installed go || echo golang-go
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

# Each of these leaves what it makes as `made` in the folder that it is given.
fetch_kafka() {
  mvn -q -B -f "$SCRIPTS/kafka/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$1/made"
}

build_ferretdb() {
  local metadata=$1/vendor/github.com/FerretDB/FerretDB/internal/backends/sqlite/metadata/metadata.go
  cp "$SCRIPTS"/ferretdb/* "$1" &&
    go -C "$1" mod vendor &&
    sed -i -f "$1/query-by-index.sed" "$metadata" &&
    CGO_ENABLED=0 go -C "$1" build -mod=vendor -buildvcs=false -trimpath -ldflags='-s -w' -o made
}

install_with_go() { # FOLDER MODULE PROGRAM
  CGO_ENABLED=0 GOBIN=$1 go install -trimpath -ldflags='-s -w' "$2" && mv "$1/$3" "$1/made"
}

build_toxiproxy() { install_with_go "$1" "$TOXIPROXY" server; }

build_helm() { install_with_go "$1" "$HELM" helm; }

# Makes TARGET, if it is missing. An interruption leaves no half of it there.
make_once() { # TARGET FUNCTION MESSAGE HINT
  local folder
  is_installed "$1" && return
  echo "$3, once per machine"
  mkdir -p "$CACHE_BIN"
  folder=$(mktemp -d "$CACHE/new.XXXXXX")
  "$2" "$folder" || {
    rm -rf "$folder"
    fail "$4"
  }
  mv -T "$folder/made" "$1"
  rm -rf "$folder"
}

readarray -t packages < <(missing_packages)
((${#packages[@]} == 0)) || install_packages "${packages[@]}"
readonly GO_HINT='Go 1.26 or newer is needed (1.21 fetches it by itself)'
make_once "$KAFKA_LIBS" fetch_kafka "fetching Kafka into $CACHE" 'Maven could not fetch Kafka'
make_once "$FERRETDB" build_ferretdb "building FerretDB from source into $CACHE (a minute)" "$GO_HINT"
is_installed toxiproxy-server ||
  make_once "$CACHE_BIN/toxiproxy-server" build_toxiproxy "building Toxiproxy from source into $CACHE (half a minute)" "$GO_HINT"
is_installed helm ||
  make_once "$CACHE_BIN/helm" build_helm "building Helm from source into $CACHE (some minutes)" "$GO_HINT"
echo "all backends are installed; start them with scripts/backends/backends.sh start"
