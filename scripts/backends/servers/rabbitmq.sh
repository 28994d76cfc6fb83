# shellcheck shell=bash

server_programs() { echo "$RABBITMQ_BIN/rabbitmq-server" curl; }

server_ports() {
  cat <<PORTS
$RABBITMQ_PORT FANFARE_RABBITMQ_PORT
$RABBITMQ_MANAGEMENT_PORT FANFARE_RABBITMQ_MANAGEMENT_PORT
$RABBITMQ_DIST_PORT FANFARE_RABBITMQ_DIST_PORT
$RABBITMQ_PROMETHEUS_PORT FANFARE_RABBITMQ_PROMETHEUS_PORT
PORTS
}

server_prepare() {
  mkdir -p "$dir/data"
  echo '[rabbitmq_management,rabbitmq_prometheus].' >"$dir/enabled_plugins"
  cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = $HOST:$RABBITMQ_PORT
management.tcp.ip = $HOST
management.tcp.port = $RABBITMQ_MANAGEMENT_PORT
prometheus.tcp.ip = $HOST
prometheus.tcp.port = $RABBITMQ_PROMETHEUS_PORT
disk_free_limit.absolute = 50MB
CONF
}

# The node is named after its folder: two instances differ, and another port finds the same data again.
node_name() {
  local id
  id=$(cksum <<<"$dir")
  echo "fanfare-${id%% *}@localhost"
}

# RUNNING_UNDER_SYSTEMD makes the start script become the broker rather than stay as its parent; HOME holds the cookie.
server_run() {
  local node
  node=$(node_name)
  exec setsid env \
    HOME="$dir/data" \
    ERL_EPMD_ADDRESS="$HOST" \
    RUNNING_UNDER_SYSTEMD=true \
    RABBITMQ_NODENAME="$node" \
    RABBITMQ_DIST_PORT="$RABBITMQ_DIST_PORT" \
    RABBITMQ_MNESIA_BASE="$dir/data" \
    RABBITMQ_LOG_BASE="$dir" \
    RABBITMQ_LOGS=- \
    RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    "$RABBITMQ_BIN/rabbitmq-server"
}

server_is_ready() {
  curl -fsS -u guest:guest "http://$HOST:$RABBITMQ_MANAGEMENT_PORT/api/health/checks/port-listener/$RABBITMQ_PORT"
}

server_provision() { :; }

server_env() {
  cat <<ENV
TEST_RABBITMQCTL=env HOME='$dir/data' ERL_EPMD_ADDRESS=$HOST RABBITMQ_CONF_ENV_FILE=/dev/null $RABBITMQ_BIN/rabbitmqctl -q -n $(node_name)
TEST_RABBITMQ_URL=amqp://guest:guest@$HOST:$RABBITMQ_PORT
TEST_RABBITMQ_MANAGEMENT_URL=http://guest:guest@$HOST:$RABBITMQ_MANAGEMENT_PORT
MESSAGE_BUS_URL=amqp://guest:guest@$HOST:$RABBITMQ_PORT
ENV
}
