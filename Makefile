# The only list of commands. `make` prints it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

UV_VERSION := 0.13.9
TORCH_VERSION := 2.13.0
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# PyTorch is installed after the lock, because which build fits is a matter of the machine: the
# newest that pip's own find-links or the index offer. UV_TORCH_BACKEND=cpu (or cu128, auto) chooses.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

# Settings of a machine belong to its `.env` (see .env.example); a variable given here wins.
export MLFLOW_DISABLE_TELEMETRY := true
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export FEAST_USAGE := False
# Dozens of short processes import heavy packages: let the first one keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install run ui doctor serve collect mlflow test test-browser check lint-sql format benchmark benchmark-run benchmark-import benchmark-collector benchmark-embeddings benchmark-online benchmark-features benchmark-quality benchmark-ablation benchmark-options benchmark-tuning benchmark-scoring benchmark-threads benchmark-transfer verify-kills verify-shops verify-backtest verify-fleet verify-ui verify-collector screenshots lock clean

help:  ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements.lock pyproject.toml
	@python=$$(for p in python3 python3.12 python3.11; do \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && echo $$p && break; done); \
	test -n "$$python" || { echo "Aisle needs Python 3.11 or 3.12 on the PATH; found: $$(python3 --version 2>&1)"; exit 1; }; \
	test -x $(BIN)/python || { echo "Creating $(VENV) with $$($$python --version)"; $$python -m venv $(VENV); } \
	  || { echo "Could not create $(VENV): on Debian and Ubuntu, install python3-venv and python3-dev."; rm -rf $(VENV); exit 1; }
	@command -v cc >/dev/null || { echo "Aisle needs a C compiler (LightFM is compiled): install gcc or clang."; exit 1; }
	@echo "Installing the locked packages (a minute or two, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --requirements requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python torch==$(TORCH_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

install: $(INSTALLED)  ## Create .venv and install the lock (run and test do it by themselves)

run: $(INSTALLED)  ## From a shop's year of data to a promoted model that answers
	@$(BIN)/aisle run

ui: $(INSTALLED)  ## Keep Airflow, MLflow, docs, the API and the collector up until Ctrl-C
	@$(BIN)/aisle ui

doctor: $(INSTALLED)  ## Check versions, ports, disk, settings and stores; say what to do
	@$(BIN)/aisle doctor

serve: $(INSTALLED)  ## Serve the champion's recommendations over HTTP (AISLE_SERVING_PORT, 8000)
	@$(BIN)/aisle serve

collect: $(INSTALLED)  ## Take tracking events over HTTP into the landing zone (AISLE_COLLECTOR_PORT, 8010)
	@$(BIN)/aisle collect

mlflow: $(INSTALLED)  ## Open MLflow's pages on the trainings and the registry (AISLE_MLFLOW_PORT, 5000)
	@$(BIN)/aisle mlflow

test: $(INSTALLED)  ## Run all tests, one of them through a real Airflow
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder  # the long chain first

test-browser: $(INSTALLED)  ## Test the collector with Segment's clients in Node and Chromium
	@missing=; has() { command -v $$1 >/dev/null; }; \
	for program in node npm; do has $$program || missing="$$missing $$program"; done; \
	has chromium || has chromium-browser || has google-chrome || missing="$$missing chromium"; \
	test -z "$$missing" || { echo "These tests need node, npm and chromium; missing here:$$missing."; \
	  echo "On Debian and Ubuntu: apt-get install nodejs npm chromium"; exit 1; }
	@cd tests/browser && npm ci --loglevel=error --ignore-scripts
	@$(BIN)/pytest -m browser tests/browser

check: $(INSTALLED)  ## Check format, lint, types, SQL and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory lint-sql

lint-sql: $(INSTALLED)  ## Check dbt's models, as dbt compiles them
	cd dbt_project && ../$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models

format: $(INSTALLED)  ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: benchmark-run benchmark-import benchmark-collector benchmark-embeddings benchmark-online benchmark-features benchmark-quality benchmark-ablation benchmark-options benchmark-tuning benchmark-scoring benchmark-threads benchmark-transfer  ## Measure every claim again

benchmark-run: $(INSTALLED)  ## Clone, `make run` twice: time, memory, quality
	@$(BIN)/python -m benchmarks.run

benchmark-import: $(INSTALLED)  ## Import ten million rows and load them: time, memory
	@$(BIN)/python -m benchmarks.import_shop

benchmark-collector: $(INSTALLED)  ## Send batches of 100 events: per second, beside a floor; latency
	@$(BIN)/python -m benchmarks.collector

benchmark-embeddings: $(INSTALLED)  ## Neighbours by text and by picture: how often right; time, memory
	@$(BIN)/python -m benchmarks.embeddings

benchmark-online: $(INSTALLED)  ## Read one user's features on SQLite and Redis; join a million rows
	@$(BIN)/python -m benchmarks.online

benchmark-features: $(INSTALLED)  ## Build all features, a day more, shops from 0.1 to 10 times: time, memory
	@$(BIN)/python -m benchmarks.features

benchmark-quality: $(INSTALLED)  ## Every rival on the same windows, and where users or items are new; resumable
	@$(BIN)/python -m benchmarks.quality $(QUALITY)

benchmark-scoring: $(INSTALLED)  ## Score all users and items, beside numpy and LightFM's own predict
	@$(BIN)/python -m benchmarks.scoring

benchmark-ablation: $(INSTALLED)  ## What each source of the two-stage recommender is worth, with intervals
	@$(BIN)/python -m benchmarks.ablation

benchmark-options: $(INSTALLED)  ## What options would give that the recipes leave off, after benchmark-quality
	@$(BIN)/python -m benchmarks.options $(OPTIONS)

benchmark-tuning: $(INSTALLED)  ## Search better parameters for every recipe, beside what it says now; resumable
	@$(BIN)/python -m benchmarks.tuning $(TUNING)

benchmark-threads: $(INSTALLED)  ## Fit twice on one thread, then on two: the same, or as good within noise?
	@$(BIN)/python -m benchmarks.threads

benchmark-transfer: $(INSTALLED)  ## What a fit gains by the last training, by content, by another shop
	@$(BIN)/python -m benchmarks.transfer

verify-kills: $(INSTALLED)  ## Kill every task of every DAG, run it again: the same tables and lists
	@$(BIN)/python -m benchmarks.kills

verify-shops: $(INSTALLED)  ## Import and run three unlike shops: films, sessions, the sample
	@$(BIN)/python -m benchmarks.shops

verify-backtest: $(INSTALLED)  ## Backtest the whole sample; trec_eval recomputes every figure
	@$(BIN)/python -m benchmarks.backtest

verify-fleet: $(INSTALLED)  ## Run docker-compose.yml's commands without containers, the chain through Celery
	@$(BIN)/python -m benchmarks.fleet

verify-ui: $(INSTALLED)  ## `make ui` and `make run` side by side, in a real browser; kill what runs
	@$(BIN)/python -m benchmarks.ui

verify-collector: $(INSTALLED)  ## Ten thousand strange requests, kills under load, a full disk: nothing is lost
	@FUZZ_TRIES=10000 $(BIN)/pytest --timeout 1800 tests/integration/test_collector_fuzz.py \
	  tests/integration/test_collector_kills.py tests/integration/test_collector_disk.py

screenshots: $(INSTALLED)  ## Take the screenshots of the docs in Chromium, after a `make run`
	@$(BIN)/python -m docs.screenshots.take

lock: $(INSTALLED)  ## Resolve pyproject.toml into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra fleet --extra s3 --extra redis --extra synthesis --extra bert --extra images --universal --python-version 3.11 \
	  --constraint <(echo torch==$(TORCH_VERSION)) --no-emit-package torch \
	  --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --output-file requirements.lock

clean:  ## Remove the workspace (AISLE_HOME, .aisle) and caches; keeps .venv
	@if test -x $(BIN)/aisle; then $(BIN)/aisle clean; \
	  else echo "There is no $(VENV), so only caches are removed; remove the workspace by hand."; fi
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dbt_project/target dbt_project/logs
