#!/usr/bin/env bash
# Shows the order saga: orders that are fulfilled by unreliable colleagues, on ports and data of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/stack/common.sh
. scripts/stack/common.sh
build_code
exec node scripts/saga-demo.mjs
