# shellcheck shell=bash
# MariaDB stands in for MySQL.

server_programs() { echo mariadbd mariadb-install-db mariadb; }

server_ports() { echo "$MARIADB_PORT FANFARE_MARIADB_PORT"; }

server_prepare() {
  [[ -d $dir/data ]] && return
  rm -rf "$dir/new-data"
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$dir/new-data" --skip-test-db \
    --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" >>"$dir/log" 2>&1 ||
    fail_with_log "$name: cannot make the data folder"
  mv "$dir/new-data" "$dir/data"
}

# Durability stays at MariaDB's defaults: every commit is flushed to disk. The socket's path is relative because an
# absolute one may be longer than the 107 bytes that a socket's path may have.
server_run() {
  exec setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$dir/data" --socket=server.sock \
    --pid-file=server.pid --port="$MARIADB_PORT" --bind-address="$HOST" --skip-name-resolve \
    --character-set-server=utf8mb4 --max-connections=300
}

server_is_ready() { [[ $(administer -Ne 'SELECT @@port') == "$MARIADB_PORT" ]]; }

server_provision() {
  local service
  {
    for service in order analytics event_store mediator notification; do
      service_account_sql "$service"
    done
    test_account_sql
  } | administer
}

# An account's name has no underscore; in a grant an underscore stands for any character unless it is escaped.
service_account_sql() { # SERVICE
  local account=${1//_/} database=$1_db
  cat <<SQL
CREATE DATABASE IF NOT EXISTS $database;
CREATE USER IF NOT EXISTS '${account}user'@'%' IDENTIFIED BY '${account}pass';
GRANT ALL ON \`${database//_/\\_}\`.* TO '${account}user'@'%';
SQL
}

test_account_sql() {
  cat <<'SQL'
CREATE DATABASE IF NOT EXISTS fanfare_test;
CREATE USER IF NOT EXISTS 'fanfare'@'%' IDENTIFIED BY 'fanfare';
GRANT ALL ON `fanfare\_test%`.* TO 'fanfare'@'%';
SQL
}

server_env() {
  local address=$HOST:$MARIADB_PORT
  cat <<ENV
TEST_MYSQL_URL=mysql://fanfare:fanfare@$address/fanfare_test
ORDER_DATABASE_URL=mysql://orderuser:orderpass@$address/order_db
ANALYTICS_DATABASE_URL=mysql://analyticsuser:analyticspass@$address/analytics_db
EVENT_STORE_DATABASE_URL=mysql://eventstoreuser:eventstorepass@$address/event_store_db
MEDIATOR_DATABASE_URL=mysql://mediatoruser:mediatorpass@$address/mediator_db
NOTIFICATION_DATABASE_URL=mysql://notificationuser:notificationpass@$address/notification_db
ENV
}

administer() (
  cd "$dir/data" || exit
  mariadb --no-defaults --socket=server.sock --user="$(id -un)" "$@"
)
