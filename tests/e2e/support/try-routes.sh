# For scripts that try every route of a service with curl: sourced, not run, by a script that has set `base`, the address
# of the service.
# shellcheck shell=bash

# shellcheck source=scripts/check-functions.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/check-functions.sh"

api=${base:?}/api/v1
tried=$(mktemp)
trap 'rm -f "$tried"' EXIT

# try STATUS METHOD PATH [BODY]: prints the body of the answer; fails unless it has that status.
try() {
  local status=$1 method=$2 path=$3 answer options=()
  if (($# > 3)); then options=(-H "Content-Type: ${CONTENT_TYPE:-application/json}" -d "$4"); fi
  answer=$(curl -sS --max-time 20 -w '\n%{http_code}' -X "$method" "$api$path" "${options[@]}") ||
    fail "$method $path has no answer: start the system with make up"
  [ "${answer##*$'\n'}" = "$status" ] ||
    fail "$method $path answered ${answer##*$'\n'} instead of $status: ${answer%$'\n'*}"
  echo "$method /api/v1${path%%\?*}" >>"$tried"
  echo "${answer%$'\n'*}"
}

# says ANSWER PATH VALUE [PATH VALUE...]: fails unless the answer has each value at its path.
says() {
  local answer=$1 wrong
  [ -n "$answer" ] || exit 1 # `try` has said why
  shift
  # shellcheck disable=SC2016 # the quoted text is JavaScript
  wrong=$(node -e '
    const json = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const wanted = process.argv.slice(1);
    for (let n = 0; n < wanted.length; n += 2) {
      const found = wanted[n].split(".").reduce((part, key) => part?.[key], json) ?? "";
      if (String(found) !== wanted[n + 1]) console.log(`${wanted[n]} is "${found}" instead of "${wanted[n + 1]}"`);
    }' "$@" <<<"$answer")
  [ -z "$wrong" ] || fail "$wrong in $answer"
}

# opens_web_socket PATH: fails unless the service upgrades the connection.
opens_web_socket() {
  local upgrade
  # the socket has no end: curl is stopped, which is no failure
  upgrade=$(curl -sSiN --max-time 2 --http1.1 "$base$1" -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
    -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' 2>/dev/null | tr -d '\0') || true
  grep -q '^HTTP/1.1 101 ' <<<"$upgrade" || fail "the WebSocket does not open: $upgrade"
  echo "GET ${1%%\?*}" >>"$tried"
}

# tried_every_route: fails unless all that the service describes was tried; prints how many routes that are.
tried_every_route() {
  local untried
  # shellcheck disable=SC2016 # the quoted text is JavaScript
  untried=$(curl -fsS --max-time 10 "$base/openapi.json" | node -e '
    const { paths } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const tried = require("node:fs").readFileSync(process.argv[1], "utf8").split("\n");
    const routes = Object.entries(paths)
      .filter(([path]) => path.startsWith("/api/v1/") || path === "/ws")
      .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
    const literal = (route) => route.replace(/\{\w+\}/g, "");
    // a call belongs to the most literal of the routes that fit it, as in /events/range and /events/{id}
    const routeOf = (call) => routes
      .filter((route) => new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`).test(call))
      .sort((one, other) => literal(other).length - literal(one).length)[0];
    const reached = new Set(tried.map(routeOf));
    console.log([routes.length, ...routes.filter((route) => !reached.has(route))].join("\n"));' "$tried")
  [ "$(wc -l <<<"$untried")" = 1 ] || fail "described, but not tried: $(tail -n +2 <<<"$untried" | paste -sd, )"

  echo
  echo "All $untried routes answer."
}
