# Containers: the services, their MySQL, Redis, RabbitMQ, MongoDB and Kafka, and Prometheus, from docker-compose.yml.
# shellcheck shell=bash source-path=SCRIPTDIR disable=SC2154 # services comes from common.sh

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose "$@"
  elif command -v docker-compose >/dev/null; then
    docker-compose "$@"
  else
    fail "a Docker engine answers but neither 'docker compose' nor 'docker-compose' is installed; install the compose plugin, or use BACKENDS=embedded"
  fi
}

stack_build() { compose build; }

stack_up() { compose up --build --detach; }

# also what was started besides: containers of profiles that are not named stay up
stack_down() { COMPOSE_PROFILES=dashboards,gateway compose down; }

stack_clean() { COMPOSE_PROFILES=dashboards,gateway compose down --volumes --remove-orphans; }

stack_is_alive() { [ -z "$(compose ps --status exited --quiet "${services[@]}")" ]; }

stack_last_words() { compose logs --tail 20 "${services[@]}" >&2; }

stack_logs() { compose logs --follow --tail 100; }

stack_logs_worker() { compose logs --follow --tail 100 notification-worker; }

stack_worker_log() { compose logs --no-log-prefix notification-worker; }
