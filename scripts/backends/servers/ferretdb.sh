# shellcheck shell=bash
# FerretDB stands in for MongoDB.

server_programs() { echo "$FERRETDB"; }

server_ports() { echo "$FERRETDB_PORT FANFARE_FERRETDB_PORT"; }

server_prepare() { mkdir -p "$dir/data"; }

server_run() { exec setsid "$FERRETDB" "$HOST:$FERRETDB_PORT" "$dir/data"; }

# The request is an OP_MSG with {ping: 1, $db: "admin"}; the answer is {ok: 1.0}.
server_is_ready() {
  local ping='\x10ping\0\x01\0\0\0' database="\x02\$db\0\x06\0\0\0admin\0" op_msg='\xdd\x07\0\0' answer
  answer=$(exchange "$FERRETDB_PORT" \
    "\x33\0\0\0\x01\0\0\0\0\0\0\0$op_msg\0\0\0\0\0\x1e\0\0\0$ping$database\0" 38)
  [[ $answer == *016f6b00000000000000f03f00 ]]
}

server_provision() { :; }

server_env() {
  cat <<ENV
TEST_MONGODB_URL=mongodb://$HOST:$FERRETDB_PORT/
EVENT_LOG_URL=mongodb://$HOST:$FERRETDB_PORT/event_store
ENV
}
