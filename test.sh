#!/usr/bin/env bash
# Checks a running system from outside, eight facts, whichever way it runs. Ends with 0 only when all hold.
# The addresses come from the environment: ORDER_URL, ANALYTICS_URL, EVENT_STORE_URL, MEDIATOR_URL, NOTIFICATION_URL;
# and TOKEN, of a writer at least, where services ask for one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# the log of a system elsewhere is not on this machine
is_elsewhere=${ORDER_URL+x}${ANALYTICS_URL+x}${EVENT_STORE_URL+x}${MEDIATOR_URL+x}${NOTIFICATION_URL+x}
ORDER_URL=${ORDER_URL:-http://localhost:8080}
ANALYTICS_URL=${ANALYTICS_URL:-http://localhost:8081}
EVENT_STORE_URL=${EVENT_STORE_URL:-http://127.0.0.1:8082}
MEDIATOR_URL=${MEDIATOR_URL:-http://127.0.0.1:8083}
NOTIFICATION_URL=${NOTIFICATION_URL:-http://localhost:8084}
urls=("$ORDER_URL" "$ANALYTICS_URL" "$EVENT_STORE_URL" "$MEDIATOR_URL" "$NOTIFICATION_URL")

. scripts/stack/call.sh
. scripts/check-functions.sh

get() { call -f "$1"; }

# place CUSTOMER PRODUCT QUANTITY AMOUNT: prints the order; fails unless the answer is 201.
place() {
  local answer
  answer=$(call -w '\n%{http_code}' -X POST "$ORDER_URL/orders" -H 'Content-Type: application/json' \
    -d "{\"customer_id\":\"$1\",\"product_id\":\"$2\",\"quantity\":$3,\"total_amount\":$4}")
  [ "${answer##*$'\n'}" = 201 ] || fail "POST /orders answered ${answer##*$'\n'}: ${answer%$'\n'*}"
  echo "${answer%$'\n'*}"
}

step "1. Every service is up"
for url in "${urls[@]}"; do
  get "$url/health/live" >/dev/null || fail "$url does not answer: start the system with make up"
done
pass "all ${#urls[@]} answer"

step "2. Health"
for url in "${urls[@]}"; do
  answer=$(call "$url/health")
  [ "$(echo "$answer" | field status)" = healthy ] || fail "$url/health says $answer"
  pass "$(echo "$answer" | field service) is healthy"
done

step "3. Order creation"
before=$(get "$ANALYTICS_URL/analytics/summary")
order=$(place customer-001 product-123 3 149.99)
id=$(echo "$order" | field id)
[ -n "$id" ] || fail "the answer has no id: $order"
[ "$(echo "$order" | field status)" = pending ] || fail "a new order is not pending: $order"
pass "order $id"

step "4. Order retrieval"
fetched=$(get "$ORDER_URL/orders/$id")
[ "$fetched" = "$order" ] || fail "the order reads back differently: $fetched instead of $order"
pass "reads back as it was created, field by field"

step "5. Event flow: three more orders"
for i in 1 2 3; do
  ids[i]=$(place "customer-00$i" "product-$i" "$i" "$((i * 50)).00" | field id)
done
is_notified() { get "$NOTIFICATION_URL/notifications?order_id=$1" | grep -q '"status":"sent"'; }
is_recorded() { get "$EVENT_STORE_URL/api/v1/aggregates/$1" >/dev/null 2>&1; }
for one in "$id" "${ids[@]}"; do
  eventually "order $one was never notified" is_notified "$one"
  eventually "order $one never came to the event store" is_recorded "$one"
done
pass "each of the four orders reached the notification worker and the event store"

step "6. Analytics aggregation"
# other clients may place orders meanwhile, so at least these four must be counted
counted() {
  local summary
  summary=$(get "$ANALYTICS_URL/analytics/summary")
  node -e '
    const [before, after] = process.argv.slice(1).map((text) => JSON.parse(text));
    const cents = (amount) => Math.round(amount * 100);
    const isCounted = after.total_orders - before.total_orders >= 4;
    const isEarned = cents(after.total_revenue) - cents(before.total_revenue) >= 44_999;
    const isExact = after.total_orders - before.total_orders > 4 ||
      cents(after.total_revenue) - cents(before.total_revenue) === 44_999;
    process.exit(isCounted && isEarned && isExact ? 0 : 1);' "$before" "$summary"
}
eventually "the summary does not count 4 more orders and 449.99 more revenue than $before" counted
pass "4 more orders, 449.99 more revenue: $(get "$ANALYTICS_URL/analytics/summary")"

step "7. Notification processing"
if [ -f .run/mode ] && [ -z "$is_elsewhere" ]; then
  # the whole log: where much is ordered, the line may be far from its end
  is_logged() { grep -q "$1" <(bash scripts/stack.sh worker-log 2>/dev/null | grep NOTIFICATION); }
  eventually "the worker's log has no NOTIFICATION line for order ${ids[3]}" is_logged "${ids[3]}"
  pass "the worker's log has the NOTIFICATION line of order ${ids[3]}"
else
  pass "recorded as sent (the log is not on this machine)"
fi

step "8. Metrics"
# what counts events is there only when the first one has come
has_metric() {
  local metrics
  metrics=$(get "$1/metrics")
  grep -q "^$2" <<<"$metrics"
}
require_metric() {
  eventually "$1/metrics has no $2" has_metric "$1" "$2"
  pass "$1 has $2"
}
require_metric "$ORDER_URL" 'orders_created_total'
require_metric "$ORDER_URL" 'events_published_total{topic="orders"}'
require_metric "$ANALYTICS_URL" 'events_applied_total{'
require_metric "$EVENT_STORE_URL" 'events_applied_total{'
require_metric "$NOTIFICATION_URL" 'notifications_sent_total{'
for url in "${urls[@]}"; do require_metric "$url" 'http_requests_total{'; done

echo
echo "All 8 checks passed."
