# shellcheck shell=bash

server_programs() { echo java "$KAFKA_LIBS"; }

server_ports() {
  cat <<PORTS
$KAFKA_PORT FANFARE_KAFKA_PORT
$KAFKA_BEHIND_PROXY_PORT FANFARE_KAFKA_BEHIND_PROXY_PORT
$KAFKA_CONTROLLER_PORT FANFARE_KAFKA_CONTROLLER_PORT
PORTS
}

# meta.properties is the last file that formatting writes. Each new data folder is a cluster of its own, with a random id.
server_prepare() {
  mkdir -p "$dir/data"
  kafka_properties >"$dir/server.properties"
  [[ -f $dir/data/meta.properties ]] && return
  java -cp "$KAFKA_LIBS/*" kafka.tools.StorageTool format --config "$dir/server.properties" \
    --cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' ab | head -c 22)" >>"$dir/log" 2>&1 ||
    fail_with_log "$name: cannot make the data folder"
}

# Kafka tells its clients where to connect next. Who comes through Toxiproxy is told Toxiproxy's address, hence a listener
# of its own for them. One partition for the offsets of all groups makes the check of readiness true for every group. A
# broker that was killed is let in again only when the session that it had is over.
kafka_properties() {
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$HOST:$KAFKA_CONTROLLER_PORT
controller.listener.names=CONTROLLER
listeners=DIRECT://$HOST:$KAFKA_PORT,BEHIND_PROXY://$HOST:$KAFKA_BEHIND_PROXY_PORT,CONTROLLER://$HOST:$KAFKA_CONTROLLER_PORT
advertised.listeners=DIRECT://$HOST:$KAFKA_PORT,BEHIND_PROXY://$HOST:$KAFKA_PROXY_PORT
listener.security.protocol.map=DIRECT:PLAINTEXT,BEHIND_PROXY:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=DIRECT
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
PROPERTIES
}

# UsePerfData would make Java leave the data folder for a moment while it starts: it would look like a stranger's process.
server_run() {
  exec setsid java -XX:-UsePerfData -Xmx512m -Dorg.apache.logging.log4j.level=WARN \
    -cp "$KAFKA_LIBS/*" kafka.Kafka "$dir/server.properties"
}

# Asks for the coordinator of a group (FindCoordinator 0) and, as its member, for its offsets (OffsetFetch 2): each answers
# without an error code only when groups are served. Until then clients are told that the coordinator is loading.
server_is_ready() {
  local header='\0\0\0\x01\xff\xff' group='\0\x05ready'
  [[ $(exchange "$KAFKA_PORT" "\0\0\0\x11\0\x0a\0\0$header$group" 10) == *0000 ]] &&
    [[ $(exchange "$KAFKA_PORT" "\0\0\0\x15\0\x09\0\x02$header$group\xff\xff\xff\xff" 14) == *000000000000 ]]
}

server_provision() { :; }

server_env() {
  cat <<ENV
TEST_KAFKA_URL=kafka://$HOST:$KAFKA_PORT
STREAM_URL=kafka://$HOST:$KAFKA_PORT
ENV
}
