.DEFAULT_GOAL := help
.PHONY: help up down restart clean build logs logs-worker order analytics notification event-store verify ledger \
        dead-letters saga-demo test test-e2e test-real test-faults lint typecheck check tidy \
        backends backends-install backends-stop bench node_modules

stack = bash scripts/stack.sh

help: ## Show every target
	@awk -F ':.*## ' '/^[a-z0-9_-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Start all services: containers, or embedded without Docker; BACKENDS=native for real servers without Docker
	@$(stack) up

down: ## Stop all services; data is kept, and real servers stay up (make backends-stop)
	@$(stack) down

restart: ## Stop and start again; orders and totals stay
	@$(stack) restart

clean: ## Stop and remove containers, volumes and data; sources are never touched
	@$(stack) clean

build: ## Build the images, or the code where there is no Docker
	@$(stack) build

logs: ## Follow the logs of all services
	@$(stack) logs

logs-worker: ## Follow the notification worker's log
	@$(stack) logs-worker

order: ## Place the guide's example order
	@$(stack) order

analytics: ## Show the analytics summary
	@$(stack) analytics

notification: ## Show the last notifications of the worker's log
	@$(stack) notification

event-store: ## Show the last events of the event store
	@$(stack) event-store

verify: ## Prove that nothing in the event log was changed or removed
	@$(stack) verify

ledger: ## Show for each hop how many events were accepted, published, applied, parked and given up
	@$(stack) ledger

dead-letters: ## List dead letters; REDRIVE=all|ID tries them again, DROP=all|ID removes them
	@$(stack) dead-letters

saga-demo: ## Show orders that are fulfilled by unreliable colleagues; FAILURE_RATE=0.5 ORDERS=50 changes how many and how bad
	@bash scripts/saga-demo.sh

test: node_modules ## Run the unit, contract (embedded) and component tests
	@npm test --silent -- $(JEST)

test-real: node_modules backends ## Run the same tests on the real backends too
	@bash scripts/with-backends.sh npm test --silent

test-e2e: node_modules ## Run the end-to-end tests against the running system
	@npm run --silent test:e2e

test-faults: node_modules backends ## Kill services and backends under load and count; RUNS=20 repeats it
	@bash scripts/run-faults.sh

lint: node_modules ## Check format, lint rules and the direction of imports
	@npm run --silent lint && npm run --silent boundaries

typecheck: node_modules ## Check types
	@npm run --silent typecheck

check: lint typecheck test ## Everything that needs no server

tidy: node_modules ## Format, fix lint and prune dependencies
	@npm run --silent tidy && npm prune --no-audit --no-fund --loglevel=error

backends: backends-install ## Start MariaDB, Redis, RabbitMQ, Kafka, FerretDB and Toxiproxy on this machine, without Docker
	@bash scripts/backends/backends.sh start
	@bash scripts/backends/backends.sh env

backends-install: ## Install what `make backends` needs
	@bash scripts/backends/install.sh

backends-stop: ## Stop the servers of `make backends`; their data is kept
	@bash scripts/backends/backends.sh stop

bench: node_modules backends ## Measure on the real backends and print ratios
	@bash scripts/with-backends.sh bash scripts/run-bench.sh

node_modules: ## Install the dependencies, if they are missing or older than the lock file
	@bash -c '. scripts/stack/common.sh; install_dependencies'
