#!/usr/bin/env bash
# Tries every route of the event store with curl, and what its answers hold. Ends with 0 only when each is as described.
# The addresses come from the environment: EVENT_STORE_URL, ORDER_URL. What it makes has names of its own; of what others
# have made it changes nothing.
set -euo pipefail

ORDER_URL=${ORDER_URL:-http://localhost:8080}
EVENT_STORE_URL=${EVENT_STORE_URL:-http://127.0.0.1:8082}
base=$EVENT_STORE_URL
own=$(date +%s%N)-$$

# shellcheck source=tests/e2e/support/try-routes.sh
. "$(dirname "${BASH_SOURCE[0]}")/support/try-routes.sh"

step "1. Events: post, publish, append"
payment="{\"payment_id\":\"payment-$own\",\"user_id\":\"user456\",\"amount\":99.99,\"currency\":\"USD\","
payment+='"status":"pending","gateway":"stripe"}'
event="{\"id\":\"event-$own\",\"type\":\"payment.created\",\"data\":$payment}"
posted=$(try 202 POST /events "$event")
says "$posted" type payment.created
position=$(field position <<<"$posted")
says "$(try 200 POST /events "$event")" position "$position"
pass "an event is taken in once, at position $position"
cloud_event="{\"specversion\":\"1.0\",\"id\":\"cloud-$own\",\"source\":\"/curl\",\"type\":\"com.example.thing\"}"
CONTENT_TYPE=application/cloudevents+json try 202 POST /events "$cloud_event" >/dev/null
pass "so is a CloudEvent"
stream="\"aggregate_id\":\"payment-$own\",\"aggregate_type\":\"payment\""
publication="{\"type\":\"payment.processed\",$stream,\"version\":0,\"data\":$payment}"
says "$(try 200 POST /events/publish "$publication")" message 'Event published successfully'
conflict=$(try 409 POST /events/publish "$publication")
says "$conflict" type /problems/version-conflict
says "$conflict" current_version 0
stream="\"aggregate_id\":\"account-$own\",\"aggregate_type\":\"custom\",\"expected_version\":\"none\""
append="{\"appends\":[{$stream,\"events\":[{\"type\":\"money.deposited\",\"data\":{\"amount\":5}}]}]}"
says "$(try 200 POST /events/append "$append")" "versions.account-$own" 0
pass "versions are kept: 0 is taken once"

step "2. Events: read"
says "$(try 200 GET "/events/event-$own")" data.payment_id "payment-$own"
says "$(try 200 GET "/event-store/events/event-$own")" position "$position"
behind="from_position=$((position - 1))&limit=1"
recorded_at=$(try 200 GET "/events/event-$own" | field recorded_at)
for list in "/events?$behind" "/event-store/events?$behind" "/events/type/payment.created?$behind" \
  "/events/range?from=$recorded_at&to=2999-01-01T00:00:00Z&$behind"; do
  says "$(try 200 GET "$list")" events.0.id "event-$own"
done
says "$(try 200 GET "/events/aggregate/payment-$own?from_version=0")" events.0.type payment.processed
try 200 GET '/events/aggregate-type/payment?order=desc&limit=1' >/dev/null
says "$(try 200 GET /schemas/payment.created)" type object
pass "by id, type, time, aggregate and aggregate type; and the schema of a type"
# a stream has no end: curl is stopped, which is no failure
stream=$(curl -sSN --max-time 2 "$api/events/stream?from_position=$((position - 1))" 2>/dev/null) || true
grep -q "^id: $position$" <<<"$stream" || fail "the stream does not begin with position $position: $stream"
echo 'GET /api/v1/events/stream' >>"$tried"
says "$(try 201 POST /ws/tickets)" expires_in 30
opens_web_socket '/ws?user_id=u-1&client_id=c-1'
pass "as a stream of server-sent events, and by WebSocket"

step "3. Aggregates and snapshots"
user="{\"type\":\"user\",\"id\":\"user-$own\",\"initial_state\":{\"email\":\"ann@example.com\",\"role\":\"user\"}}"
says "$(try 201 POST /aggregates "$user")" message 'Aggregate created successfully'
saved=$(try 200 PUT "/aggregates/user-$own" '{"changes":{"role":"admin"},"expected_version":0}')
says "$saved" message 'Aggregate saved successfully'
says "$(try 200 GET "/aggregates/user-$own")" state.role admin
says "$(try 200 GET "/aggregates/user-$own?version=0")" state.role user
pass "a user is created, changed, and seen as it was"
says "$(try 201 POST /snapshots "{\"aggregate_id\":\"user-$own\"}")" message 'Snapshot created successfully'
says "$(try 200 GET "/snapshots/user-$own")" version 1
says "$(try 200 GET "/snapshots/user-$own/latest")" data.role admin
try 200 GET '/snapshots?aggregate_type=user&limit=1' >/dev/null
pass "snapshots of it are taken and read"

step "4. Observers and subscriptions"
observer="{\"id\":\"observer-$own\",\"event_types\":[\"thing.$own\"],\"async\":true}"
says "$(try 201 POST /observers "$observer")" enabled true
try 200 GET '/observers?limit=1' >/dev/null
try 200 PUT "/observers/observer-$own" "{\"event_types\":[\"thing.$own\"],\"description\":\"by curl\"}" >/dev/null
try 200 PATCH "/observers/observer-$own" '{"enabled":true}' >/dev/null
says "$(try 200 GET "/observers/observer-$own")" description 'by curl'
subscription="{\"observer_id\":\"observer-$own\",\"event_type\":\"other.$own\"}"
try 201 POST /subscriptions "$subscription" >/dev/null
says "$(try 200 GET "/subscriptions?observer_id=observer-$own")" count 2
try 204 DELETE /subscriptions "$subscription" >/dev/null
pass "an observer is made, changed and subscribed"
thing=$(try 202 POST /events "{\"type\":\"thing.$own\",\"data\":{\"n\":1}}" | field position)
says "$(try 200 GET "/observers/observer-$own/deliveries")" deliveries.0.event.position "$thing"
try 204 POST "/observers/observer-$own/deliveries/ack" "{\"position\":$thing}" >/dev/null
says "$(try 200 GET "/observers/observer-$own/deliveries")" deliveries.length 0
says "$(try 200 POST "/observers/observer-$own/reset" "{\"position\":$((thing - 1))}")" position "$((thing - 1))"
pass "its mailbox fills, is emptied and filled again"

step "5. Failed deliveries"
observer="{\"id\":\"nobody-$own\",\"event_types\":[\"thing.$own\"],\"start_from\":$((thing - 1)),"
observer+='"endpoint":"http://nobody.invalid/hook","retry":{"max_attempts":1},"breaker":{"failures":1}}'
try 201 POST /observers "$observer" >/dev/null
is_given_up() { [ -n "$(try 200 GET "/observers/nobody-$own/dead-letters" | field dead_letters.0.id)" ]; }
eventually "what nobody takes is no dead letter" is_given_up
letter=$(try 200 GET "/dead-letters?observer_id=nobody-$own" | field dead_letters.0.id)
says "$(try 200 GET "/dead-letters/$letter")" attempts 1
says "$(try 200 GET /circuit-breaker/status)" "observers.nobody-$own.state" open
try 200 POST /circuit-breaker/reset "{\"observer_id\":\"nobody-$own\"}" >/dev/null
pass "an event that nobody takes is a dead letter, and opens the circuit breaker"
says "$(try 200 PATCH "/dead-letters/$letter" '{"data":{"n":2}}')" edited_data.n 2
try 202 POST "/dead-letters/$letter/redrive" >/dev/null
eventually "the dead letter does not come back" is_given_up
try 200 POST /circuit-breaker/reset "{\"observer_id\":\"nobody-$own\"}" >/dev/null
try 202 POST "/observers/nobody-$own/dead-letters/redrive" '{}' >/dev/null
eventually "the dead letter does not come back" is_given_up
letter=$(try 200 GET "/dead-letters?observer_id=nobody-$own" | field dead_letters.0.id)
try 204 DELETE "/dead-letters/$letter" '{"reason":"tried enough"}' >/dev/null
says "$(try 200 POST "/observers/nobody-$own/test" '')" status failed
pass "it is mended, tried again and removed"
try 404 GET "/handshakes/none-$own" >/dev/null
try 404 POST "/handshakes/none-$own" '{}' >/dev/null
pass "nobody permits what was never asked"

step "6. The store itself"
says "$(try 200 GET /event-store/verify)" valid true
export=$(try 200 GET "/event-store/export?from=$recorded_at")
grep -q "event-$own" <<<"$export" || fail "the export lacks event-$own"
pass "the log is as it was recorded, and is exported"
job=/event-store/exports/$(try 202 POST /event-store/exports "{\"from\":\"$recorded_at\"}" | field id)
try 200 GET '/event-store/exports?limit=1' >/dev/null
is_exported() { [ "$(try 200 GET "$job" | field state)" = "done" ]; }
eventually "the export does not end" is_exported
part=$(try 200 GET "$job/parts/1")
grep -q "event-$own" <<<"$part" || fail "the first part of the export lacks event-$own"
says "$(try 200 POST "$job/cancel")" state cancelled
try 409 GET "$job/parts/1" >/dev/null
pass "it is also exported in parts, by a job that is cancelled in the end"
# so slow that it does not end by itself: begun or resumed, it delivers one event and waits before the next
for n in 2 3; do later=$(try 202 POST /events "{\"type\":\"thing.$own\",\"data\":{\"n\":$n}}" | field position); done
part="\"from_position\":$((thing - 1)),\"to_position\":$later,\"speed\":0.000001"
replay=$(try 202 POST /event-store/replay "{\"observer_id\":\"nobody-$own\",$part}" | field id)
try 200 GET '/event-store/replay?limit=1' >/dev/null
says "$(try 200 GET "/event-store/replay/$replay")" is_running true
says "$(try 200 POST "/event-store/replay/$replay/pause")" state paused
says "$(try 200 POST "/event-store/replay/$replay/resume")" state running
says "$(try 200 POST "/event-store/replay/$replay/cancel")" state cancelled
pass "a replay is begun, paused, resumed and cancelled"
says "$(try 200 POST /event-store/erase "{\"subject\":\"user-$own\"}")" erased_events 2
says "$(try 200 GET "/aggregates/user-$own")" active false
says "$(try 200 DELETE '/event-store/events/old?before=2020-01-01T00:00:00Z')" deleted 0
says "$(try 200 GET /event-store/verify)" valid true
pass "a user is forgotten, and the log still verifies"

step "7. Figures"
for figures in /metrics /metrics/events /metrics/errors /metrics/processing-times /stats /info; do
  try 200 GET "$figures" >/dev/null
done
says "$(curl -sS --max-time 10 "$EVENT_STORE_URL/health")" status healthy
pass "metrics, stats, info and health"

step "8. An order of the order service"
order=$(curl -fsS --max-time 10 -X POST "$ORDER_URL/orders" -H 'Content-Type: application/json' \
  -d '{"customer_id":"customer-001","product_id":"product-123","quantity":3,"total_amount":149.99}' | field id)
is_recorded() { [ "$(try 200 GET "/events/aggregate/$order" | field events.0.type)" = order.created ]; }
eventually "order $order is not recorded" is_recorded
says "$(try 200 GET "/aggregates/$order")" state.status pending
pass "order $order is an aggregate of the event store"

for one in "observer-$own" "nobody-$own"; do try 204 DELETE "/observers/$one" >/dev/null; done

step "9. Every route"
tried_every_route
