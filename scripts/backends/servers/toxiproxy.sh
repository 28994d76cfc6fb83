# shellcheck shell=bash
# Toxiproxy stands between a client and a server and makes network faults. See https://github.com/Shopify/toxiproxy.

server_programs() { echo toxiproxy-server curl; }

server_ports() {
  cat <<PORTS
$TOXIPROXY_PORT FANFARE_TOXIPROXY_PORT
$MARIADB_PROXY_PORT FANFARE_MARIADB_PROXY_PORT
$REDIS_PROXY_PORT FANFARE_REDIS_PROXY_PORT
$RABBITMQ_PROXY_PORT FANFARE_RABBITMQ_PROXY_PORT
$KAFKA_PROXY_PORT FANFARE_KAFKA_PROXY_PORT
$FERRETDB_PROXY_PORT FANFARE_FERRETDB_PROXY_PORT
PORTS
}

server_prepare() { mkdir -p "$dir/data"; }

server_run() { exec setsid toxiproxy-server -host "$HOST" -port "$TOXIPROXY_PORT"; }

server_is_ready() { curl -fsS "http://$HOST:$TOXIPROXY_PORT/version"; }

# Makes the proxies that are not there yet; those that are keep their toxics.
server_provision() {
  curl -fsS -o /dev/null --data-binary @- "http://$HOST:$TOXIPROXY_PORT/populate" <<JSON
[
  { "name": "mariadb", "listen": "$HOST:$MARIADB_PROXY_PORT", "upstream": "$HOST:$MARIADB_PORT", "enabled": true },
  { "name": "redis", "listen": "$HOST:$REDIS_PROXY_PORT", "upstream": "$HOST:$REDIS_PORT", "enabled": true },
  { "name": "rabbitmq", "listen": "$HOST:$RABBITMQ_PROXY_PORT", "upstream": "$HOST:$RABBITMQ_PORT", "enabled": true },
  { "name": "kafka", "listen": "$HOST:$KAFKA_PROXY_PORT", "upstream": "$HOST:$KAFKA_BEHIND_PROXY_PORT", "enabled": true },
  { "name": "ferretdb", "listen": "$HOST:$FERRETDB_PROXY_PORT", "upstream": "$HOST:$FERRETDB_PORT", "enabled": true }
]
JSON
}

server_env() {
  cat <<ENV
TEST_TOXIPROXY_URL=http://$HOST:$TOXIPROXY_PORT
TEST_MYSQL_PROXY_URL=mysql://fanfare:fanfare@$HOST:$MARIADB_PROXY_PORT/fanfare_test
TEST_REDIS_PROXY_URL=redis://$HOST:$REDIS_PROXY_PORT/0
TEST_RABBITMQ_PROXY_URL=amqp://guest:guest@$HOST:$RABBITMQ_PROXY_PORT
TEST_KAFKA_PROXY_URL=kafka://$HOST:$KAFKA_PROXY_PORT
TEST_MONGODB_PROXY_URL=mongodb://$HOST:$FERRETDB_PROXY_PORT/
ENV
}
