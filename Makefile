# Everything a person runs. `make demo` and `make test` set up all that they need, on a fresh machine too.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLUSTER := $(PYTHON) -m tests.cluster
# With kubectl and helm in PATH, and KUBECONFIG set where a cluster is up.
WITH_TOOLS := $(CLUSTER) exec --
# Workers of the tests that wait for a cluster most of the time.
E2E_WORKERS ?= 3
FAULTS ?= 200
KILLS ?= 200
SEED ?= 1
N ?= 100
IN_CLUSTER := tests/api tests/e2e tests/chaos
STORES := versitygw rclone fake-gcs-server azurite

.DEFAULT_GOAL := help
.PHONY: help demo test check lint generate check-generate unit alerts agent campaigns upload-kills alone e2e kwok chaos bench bench-scale bench-backups cluster-up cluster-down clean

help: ## List these commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

demo: cluster-up ## The walk-through on a real cluster, step by step
	$(WITH_TOOLS) $(PYTHON) -m tests.demo

test: cluster-up check ## Set up all that is needed, then lint and run every test
	$(MAKE) --jobs 2 agent alone
	$(MAKE) alerts e2e

check: lint check-generate unit ## Lint, generated files, unit tests: everything that needs no cluster

lint: $(VENV)/installed ## ruff, mypy, import-linter, spelling, shell scripts and both charts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell operator tests charts crd docs README.md CHANGELOG.md
	$(BIN)/shellcheck -x charts/mysql-instance/files/*.sh
	$(WITH_TOOLS) helm lint --strict charts/mysql-operator charts/mysql-instance

generate: $(VENV)/installed ## Make the CRD and the charts from the model
	$(BIN)/mysql-operator generate

check-generate: $(VENV)/installed ## Fail on anything generated that is stale, missing or extra
	$(BIN)/mysql-operator generate --check

unit: $(VENV)/installed ## Tests that need no cluster
	$(WITH_TOOLS) $(BIN)/pytest -q -n 2 --dist loadfile tests/unit tests/scripts

alerts: ## Test the alerts with promtool, which is built once where PATH has none
	command -v promtool >/dev/null || $(CLUSTER) build promtool
	$(WITH_TOOLS) promtool check rules charts/mysql-operator/files/alerts.yaml
	$(WITH_TOOLS) promtool test rules tests/alerts/alerts.yaml

agent: $(VENV)/installed ## Tests of the backup agent on a real mysqld and on object stores, built once
	$(CLUSTER) build $(STORES) toxiproxy age
	$(WITH_TOOLS) $(BIN)/pytest -q -n 2 --dist loadfile --durations=60 -m "not campaign" tests/agent

campaigns: $(VENV)/installed ## Further inputs of the agent's tests, which take long
	$(CLUSTER) build $(STORES) toxiproxy age
	$(WITH_TOOLS) $(BIN)/pytest -q -n 2 --dist loadfile -m campaign tests/agent

upload-kills: $(VENV)/installed ## End KILLS uploads (200) at moments of SEED (1), by store in turn
	$(CLUSTER) build $(STORES)
	$(BIN)/python -m tests.agent.stores.kills --kills $(KILLS) --seed $(SEED)

kwok:
	command -v kwok >/dev/null || $(CLUSTER) build kwok

e2e: $(VENV)/installed kwok ## Tests on a real cluster, with fake nodes and a store that speaks S3, side by side
	$(CLUSTER) build versitygw
	$(WITH_TOOLS) $(BIN)/pytest -n $(E2E_WORKERS) --dist worksteal --durations=40 -m "not alone" $(IN_CLUSTER)

alone: $(VENV)/installed ## Tests on the cluster that restart the operator, or take it away: one by one
	$(WITH_TOOLS) $(BIN)/pytest -q --durations=20 -m alone $(IN_CLUSTER)

bench: $(VENV)/installed cluster-up ## Print a table of times and memory
	$(WITH_TOOLS) $(BIN)/python -m tests.bench

bench-scale: $(VENV)/installed cluster-up kwok ## Print what N (100) databases on fake nodes cost the operator
	$(WITH_TOOLS) $(BIN)/python -m tests.bench.scale --objects $(N)

bench-backups: $(VENV)/installed ## Print how fast backup and restore are beside mysqldump and mysql, and in a bucket
	$(CLUSTER) build versitygw
	$(WITH_TOOLS) $(BIN)/python -m tests.bench.backups

chaos: $(VENV)/installed cluster-up ## Inject FAULTS faults (200) by SEED (1), and print what they cost
	$(WITH_TOOLS) $(BIN)/python -m tests.chaos --faults $(FAULTS) --seed $(SEED)

cluster-up: ## Bring up a local Kubernetes, or check the one of KUBECONFIG
	$(CLUSTER) up

cluster-down: ## Take the local Kubernetes down
	$(CLUSTER) down

clean: ## Remove the virtual environment and the caches of the linters
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; try make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@
