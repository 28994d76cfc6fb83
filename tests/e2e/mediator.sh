#!/usr/bin/env bash
# Tries every route of the mediator with curl, kind by kind, and what its answers hold. Ends with 0 only when each is as
# described. Its address comes from the environment: MEDIATOR_URL. It works in mediators of its own and removes them.
set -euo pipefail

base=${MEDIATOR_URL:-http://127.0.0.1:8083}
own=$(date +%s%N)-$$
kinds=(message event command query notification workflow service resource task job)

# shellcheck source=tests/e2e/support/try-routes.sh
. "$(dirname "${BASH_SOURCE[0]}")/support/try-routes.sh"

remove_mediators() {
  local kind
  rm -f "$tried"
  for kind in "${kinds[@]}"; do curl -sS --max-time 10 -o /dev/null -X DELETE "$api/mediators/$kind-$own"; done
}
trap remove_mediators EXIT

# begin KIND [TYPE]: a new mediator at `$M`, in which ann sends, and bob takes what has the type.
begin() {
  M=/mediators/$1-$own
  try 201 POST /mediators "{\"name\":\"$1-$own\",\"kind\":\"$1\"}" >/dev/null
  try 201 POST "$M/colleagues" '{"id":"ann","name":"Ann"}' >/dev/null
  try 201 POST "$M/colleagues" "{\"id\":\"bob\",\"name\":\"Bob\",\"handles\":[\"${2:-nothing}\"]}" >/dev/null
  bob=$M/colleagues/bob/messages
}

# gets ID: what comes next for bob.
gets() { says "$(try 200 GET "$bob?limit=1&wait_ms=10000")" messages.0.id "$1"; }

# replies ID RESULT: bob does what is asked of him.
replies() {
  gets "$1"
  says "$(try 200 POST "$bob/$1/reply" "{\"result\":$2}")" status acked
}

step "1. Mediators and colleagues"
begin message
says "$(try 200 GET "$M")" kind message count 2 colleagues.0.id ann
grep -q "message-$own" <<<"$(try 200 GET '/mediators?kind=message&limit=1000')" || fail "the list lacks message-$own"
says "$(try 200 PATCH "$M" '{"description":"by curl"}')" message 'Mediator updated successfully'
says "$(try 409 POST /mediators "{\"name\":\"message-$own\"}")" code already-exists
says "$(try 404 GET "$M-none")" code mediator-not-found
pass "a mediator is made once, shown, listed and changed"
carl='{"id":"carl","name":"Carl","endpoint":"http://127.0.0.1:9/hook"}'
says "$(try 201 POST "$M/colleagues" "$carl")" message 'Colleague registered successfully' id carl
says "$(try 200 POST "$M/colleagues" "$carl")" id carl
says "$(try 200 PATCH "$M/colleagues/carl" '{"endpoint":null,"active":false}')" active false
says "$(try 200 POST "$M/colleagues/bob/heartbeat")" id bob active true
says "$(try 200 GET "$M/colleagues/carl")" name Carl active false
says "$(try 200 GET "$M/colleagues")" colleagues.2.id carl
pass "a colleague is registered, changed, deactivated, and says that it is there"

step "2. Message"
message='{"id":"m-1","sender_id":"ann","recipient_id":"bob","message":"hello"}'
says "$(try 200 POST "$M/messages" "$message")" message 'Message sent successfully' id m-1
says "$(try 200 POST "$M/messages" "$message")" id m-1
says "$(try 409 POST "$M/messages" "${message/hello/bye}")" code already-exists
says "$(try 409 POST "$M/messages" '{"sender_id":"ann","recipient_id":"carl","message":1}')" code colleague-not-active
says "$(try 200 GET "$bob")" messages.length 1 messages.0.id m-1 messages.0.content hello messages.0.attempt 1
says "$(try 200 POST "$bob/m-1/ack")" status acked
says "$(try 200 GET "$bob")" messages.length 0
says "$(try 200 GET "$M/messages/m-1")" status completed receipts.0.status acked
pass "a message is sent once, taken and acked"
message='{"id":"m-2","sender_id":"ann","message":{"n":1},"retry":{"max_attempts":1}}'
says "$(try 200 POST "$M/broadcast" "$message")" message 'Message broadcasted successfully' recipients bob
gets m-2
says "$(try 200 POST "$bob/m-2/nack" '{"error":{"code":"broken"}}')" status dead error.code broken
says "$(try 200 GET "$M/messages?receipt=dead")" messages.0.id m-2 messages.0.status failed
says "$(try 200 POST "$M/messages/m-2/redrive")" status pending
gets m-2
try 200 POST "$bob/m-2/nack" >/dev/null
says "$(try 200 POST "$M/messages/m-2/cancel")" status failed receipts.0.status cancelled
says "$(try 200 DELETE "$M/colleagues/carl")" message 'Colleague unregistered successfully'
pass "one for all active colleagues fails, is tried again, and dropped"

step "3. Event"
begin event 'user.*'
event='{"id":"e-1","sender_id":"ann","message":{"type":"user.created","data":{"name":"Eve"},"source":"/curl"}}'
says "$(try 200 POST "$M/broadcast" "$event")" recipients bob
says "$(try 200 POST "$M/broadcast" '{"sender_id":"ann","message":{"type":"order.created"}}')" recipients.length 0
says "$(try 200 GET "$bob")" messages.0.type user.created messages.0.data.name Eve messages.0.source /curl
try 200 POST "$bob/e-1/ack" >/dev/null
says "$(try 200 GET "$M/messages/e-1")" kind event status completed data.name Eve
pass "an event reaches those who handle its type"

step "4. Command"
begin command reserve
command='{"id":"c-1","sender_id":"ann","message":{"type":"reserve","data":{"quantity":2}},"wait_ms":0}'
says "$(try 202 POST "$M/messages" "$command")" status pending
replies c-1 '{"reserved":2}'
says "$(try 200 POST "$M/messages" "$command")" status completed result.reserved 2
says "$(try 409 POST "$bob/c-1/reply" '{"result":3}')" code illegal-transition
says "$(try 404 POST "$M/messages" "{\"sender_id\":\"ann\",\"message\":{\"type\":\"refund\"}}")" code no-handler
says "$(try 504 POST "$M/messages" '{"sender_id":"ann","message":{"type":"reserve"},"timeout_ms":1}')" code timeout
says "$(try 409 POST "$M/broadcast" "${command/c-1/c-2}")" code wrong-kind
pass "a command is answered once, or times out"

step "5. Query"
begin query price
ask='"sender_id":"ann","message":{"type":"price","data":{"of":"tea"}},"wait_ms":0'
says "$(try 202 POST "$M/messages" "{\"id\":\"q-1\",$ask}")" status pending
replies q-1 3.5
says "$(try 200 POST "$M/messages" "{\"id\":\"q-2\",$ask,\"cache_ttl_ms\":60000}")" result 3.5 cached true
try 202 POST "$M/broadcast" "{\"id\":\"q-3\",$ask}" >/dev/null
replies q-3 4
says "$(try 200 POST "$M/broadcast" "{\"id\":\"q-3\",$ask}")" \
  status completed answers.0.recipient_id bob answers.0.result 4 missing.length 0
pass "a query is answered, from memory too, and asked of all"

step "6. Notification"
begin notification
notification='{"id":"n-1","type":"order_shipped","content":"on its way","recipient_ids":["eve","fay"],"handler_id":"bob"}'
says "$(try 201 POST "$M/notifications" "$notification")" notifications.0.id n-1:eve notifications.1.status pending
says "$(try 200 GET "$bob")" messages.0.kind notification messages.0.data.recipient_id eve
try 200 POST "$bob/n-1:eve/ack" >/dev/null
says "$(try 200 GET "$M/notifications/n-1:eve")" status delivered read false
says "$(try 200 POST "$M/notifications/n-1:eve/read")" read true
says "$(try 200 GET "$M/notifications?recipient_id=fay")" unread 1 notifications.0.content 'on its way'
pass "a notification is delivered by who does that, and read by whom it is for"

step "7. Workflow"
begin workflow reserve
steps='[{"id":"stock","type":"reserve","handler_id":"bob"},{"id":"money","wait":{"signal":"paid"}}]'
definition="{\"name\":\"order\",\"steps\":$steps}"
says "$(try 201 POST "$M/definitions" "$definition")" version 1
says "$(try 200 POST "$M/definitions" "$definition")" version 1
circle='{"name":"circle","steps":[{"id":"a","type":"t","dependencies":["a"]}]}'
grep -q cycle <<<"$(try 400 POST "$M/definitions" "$circle")" || fail "a cycle is not named"
says "$(try 200 GET "$M/definitions")" definitions.0.name order
says "$(try 200 GET "$M/definitions/order?version=1")" steps.1.wait.signal paid
pass "a definition is kept with its version"
says "$(try 201 POST "$M/workflows" '{"id":"w-1","name":"order","data":{"quantity":2}}')" status running progress 0
says "$(try 200 POST "$M/workflows/w-1/pause")" status paused
says "$(try 200 POST "$M/workflows/w-1/resume")" status running
replies w-1:stock:1 '{"reserved":2}'
says "$(try 201 POST "$M/workflows/w-1/signals" '{"name":"paid","data":{"amount":9}}')" name paid
has_ended() { [ "$(try 200 GET "$M/workflows/w-1" | field status)" = completed ]; }
eventually "the workflow does not end" has_ended
says "$(try 200 GET "$M/workflows/w-1")" progress 100 results.stock.reserved 2 results.money.amount 9
says "$(try 200 GET "$M/workflows/w-1/history")" events.0.type workflow_started events.0.sequence 1
pass "a workflow is paused, resumed, signalled, and completed"
try 201 POST "$M/workflows" '{"id":"w-2","name":"order"}' >/dev/null
says "$(try 200 POST "$M/workflows/w-2/cancel" '{"reason":"by curl","compensate":false}')" status cancelled
says "$(try 200 POST "$M/workflows/w-2/retry")" status running
says "$(try 200 GET "$M/workflows?name=order&status=running")" workflows.length 1 workflows.0.id w-2
try 204 DELETE "$M/definitions/order" >/dev/null
pass "another is cancelled, and goes on"

step "8. Service"
begin service
says "$(try 201 POST "$M/services" '{"name":"database"}')" id database status stopped health unknown
says "$(try 201 POST "$M/services" '{"name":"shop","dependencies":["database"]}')" dependencies.0 database
try 400 POST "$M/services" '{"name":"lost","dependencies":["nowhere"]}' >/dev/null
says "$(try 200 POST "$M/services/shop/start")" order database,shop status running
says "$(try 200 POST "$M/services/shop/heartbeat" '{"metrics":{"visitors":7}}')" health healthy metrics.visitors 7
says "$(try 200 GET "$M/services/database")" status running dependents.0 shop
says "$(try 200 POST "$M/services/database/stop")" order shop,database
says "$(try 200 GET "$M/services?status=stopped")" services.length 2
says "$(try 200 PATCH "$M/services/shop" '{"dependencies":[]}')" dependencies.length 0
try 204 DELETE "$M/services/database" >/dev/null
pass "services start and stop in the order of their dependencies"

step "9. Resource"
begin resource
says "$(try 201 POST "$M/resources" '{"name":"printer","capacity":1}')" id printer available 1 status available
lease='{"id":"l-1","colleague_id":"ann"}'
granted=$(try 201 POST "$M/resources/printer/leases" "$lease")
says "$granted" id l-1 status held amount 1
token=$(field token <<<"$granted")
says "$(try 409 POST "$M/resources/printer/leases" '{"colleague_id":"bob"}')" code no-capacity
says "$(try 200 GET "$M/resources/printer")" status exhausted utilization 1
says "$(try 200 POST "$M/resources/printer/leases/l-1/renew" "{\"token\":$token,\"lease_ms\":60000}")" status held
says "$(try 409 POST "$M/resources/printer/leases/l-1/renew" "{\"token\":$((token - 1))}")" code stale-token
says "$(try 200 POST "$M/resources/printer/leases/l-1/release" "{\"token\":$token}")" status released
says "$(try 200 GET "$M/resources/printer/leases/l-1")" status released
says "$(try 200 GET "$M/resources/printer/leases")" leases.length 1
says "$(try 200 PATCH "$M/resources/printer" '{"capacity":5}')" available 5
says "$(try 200 GET "$M/resources")" resources.0.capacity 5
try 204 DELETE "$M/resources/printer" >/dev/null
pass "a resource is leased to one at a time"

step "10. Task"
begin task
says "$(try 201 POST "$M/tasks" '{"id":"t-1","name":"pack","retry":{"max_attempts":1}}')" status pending
says "$(try 201 POST "$M/tasks" '{"id":"t-2","name":"ship","dependencies":["t-1"]}')" status blocked
claim='{"colleague_id":"bob","wait_ms":10000}'
claimed=$(try 200 POST "$M/tasks/claim" "$claim")
says "$claimed" tasks.0.id t-1 tasks.0.status running tasks.0.colleague_id bob
token=$(field tasks.0.token <<<"$claimed")
says "$(try 200 POST "$M/tasks/t-1/renew" "{\"token\":$token,\"progress\":50}")" progress 50
says "$(try 200 POST "$M/tasks/t-1/fail" "{\"token\":$token,\"error\":{\"code\":\"torn\"}}")" status failed error.code torn
says "$(try 200 GET "$M/tasks/t-2")" status failed error.code dependency-failed
says "$(try 200 POST "$M/tasks/t-1/retry")" status pending
token=$(try 200 POST "$M/tasks/claim" "$claim" | field tasks.0.token)
says "$(try 200 POST "$M/tasks/t-1/complete" "{\"token\":$token,\"result\":{\"boxes\":3}}")" \
  status completed progress 100 result.boxes 3
try 201 POST "$M/tasks" '{"id":"t-3","name":"rest"}' >/dev/null
says "$(try 200 POST "$M/tasks/t-3/cancel")" status cancelled
says "$(try 200 GET "$M/tasks?status=completed")" tasks.length 1
pass "a task is claimed, fails, is retried and completed"

step "11. Job"
begin job clean
says "$(try 201 POST "$M/jobs" '{"id":"j-1","name":"clean","schedule":"0 3 * * *","time_zone":"Europe/Berlin"}')" \
  type scheduled status pending
try 400 POST "$M/jobs" '{"name":"clean","schedule":"at three"}' >/dev/null
says "$(try 201 POST "$M/jobs/j-1/runs" '{"id":"run-1","data":{"deep":true}}')" job_id j-1 status running
replies run-1 '{"removed":12}'
says "$(try 200 GET "$M/jobs/j-1/runs/run-1")" status completed result.removed 12
says "$(try 200 GET "$M/jobs/j-1/runs")" runs.length 1
says "$(try 200 POST "$M/jobs/j-1/pause")" status paused next_run ''
says "$(try 200 POST "$M/jobs/j-1/resume")" status pending
says "$(try 200 POST "$M/jobs/j-1/cancel")" status cancelled
says "$(try 200 GET "$M/jobs/j-1")" status cancelled
says "$(try 200 GET "$M/jobs?status=cancelled")" jobs.0.id j-1
pass "a job is scheduled, run at once, paused, resumed and cancelled"

step "12. The service itself"
says "$(try 200 GET /info)" name mediator limits.max_mediators 100
says "$(curl -sS --max-time 10 "$base/health")" status healthy
grep -q '^mediator_messages_sent_total{' <<<"$(curl -sS --max-time 10 "$base/metrics")" || fail "the metrics lack messages"
says "$(try 201 POST /ws/tickets)" expires_in 30
opens_web_socket "/ws?mediator=message-$own&colleague=bob"
says "$(try 200 DELETE "$M")" message 'Mediator removed successfully'
says "$(try 404 GET "$M")" code mediator-not-found
pass "limits, health, metrics and the WebSocket; and a mediator is removed"

step "13. Every route"
tried_every_route
