# For scripts that check a running system from outside: sourced, not run. WAIT_SECONDS is how long `eventually` waits.
# shellcheck shell=bash
WAIT_SECONDS=${WAIT_SECONDS:-15}

step() { echo; echo "$1"; }
pass() { echo "  ok: $*"; }
fail() {
  echo "  FAILED: $*" >&2
  exit 1
}

# field PATH: the value at a path such as results.0.id in the JSON on standard input; empty when there is none.
field() {
  node -e '
    const json = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const value = process.argv[1].split(".").reduce((part, key) => part?.[key], json);
    process.stdout.write(value === undefined || value === null ? "" : String(value));' "$1"
}

# eventually WHAT COMMAND...: repeats the command until it succeeds, for at most WAIT_SECONDS.
eventually() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < WAIT_SECONDS * 10; tries++)); do
    if "$@"; then return 0; fi
    sleep 0.1
  done
  fail "$what, after waiting ${WAIT_SECONDS} s"
}
