.DEFAULT_GOAL := help
.PHONY: help secrets build up down logs migrate test clean purge

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

secrets: node_modules ## Generate .env and secrets/keys; what exists is kept
	@npm run --silent secrets

build: ## Build the images of the three services
	docker compose build

up: ## Build, migrate and start everything; returns when all is healthy
	docker compose up --build --detach --wait

down: ## Stop and remove the containers; the data stays
	docker compose down --remove-orphans

logs: ## Follow the logs of all services
	docker compose logs --follow --tail=100

migrate: ## Bring both databases up to date
	docker compose run --build --rm auth-migrate
	docker compose run --build --rm users-migrate

test: node_modules ## Run the test suite
	npm test

clean: ## Remove this project's containers, volumes (with all accounts), images and build output
	@# Compose needs .env to read its file; without one nothing of it can have been started.
	@if [ -f .env ]; then docker compose down --volumes --rmi local --remove-orphans; fi
	rm -rf coverage gateway/dist packages/*/dist subgraphs/*/dist

purge: ## As clean, and delete ./data, ./secrets and .env: make purge CONFIRM=yes
	@if [ "$(CONFIRM)" != yes ]; then echo 'This deletes every account and every key. To go on: make purge CONFIRM=yes' >&2; exit 1; fi
	$(MAKE) clean
	rm -rf data secrets .env

node_modules:
	npm ci
