# The front door: `make` lists the verbs. Each sets up what it needs first; a second call is instant.
# PYTHON=python3.12 picks the interpreter of .venv, ARGS="--port 9000" goes to the command.

.DEFAULT_GOAL := help
BIN := .venv/bin
RUNTIME := .venv/.stamp-runtime
DEV := .venv/.stamp-dev
CLIENTS := .cache/clients-venv/.stamp
ARGS ?=

.PHONY: help up down status test lint format types schema docs bench dashboard ui lock setup system clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(RUNTIME) ui ## Start the embedded platform (ARGS="--port 9000 --detach")
	@$(BIN)/bauhof up $(ARGS)

down: $(RUNTIME) ## Stop it
	@$(BIN)/bauhof down $(ARGS)

status: $(RUNTIME) ## Show how it is
	@$(BIN)/bauhof status $(ARGS)

test: $(DEV) $(CLIENTS) system dashboard ## Run every suite (SVC=rekuest for one; ARGS go to pytest)
ifdef SVC
	@$(BIN)/python -m pytest tests/$(SVC) $(ARGS)
else
	@$(BIN)/python -m pytest $(ARGS)
endif

lint: $(DEV) ## Style, import contracts, budgets, types, generated files
	@$(BIN)/python scripts/lint.py

types: $(DEV) ## The type check alone, once per service
	@$(BIN)/python scripts/typecheck.py

format: $(DEV) ## Rewrite the sources in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

schema: $(DEV) ## Write every generated file: SDL, config, errors, CLI reference
	@$(BIN)/python scripts/generate.py
	@$(BIN)/python scripts/messages.py

docs: schema ## Write the generated reference, then check every link
	@$(BIN)/python -m pytest -q -p no:randomly tests/architecture/test_docs.py

bench: $(DEV) $(CLIENTS) dashboard ## One JSON line per figure (ONLY=start for one)
	@$(BIN)/python tests/load/run.py $(ONLY)

dashboard: $(RUNTIME) ## Build the web pages, if they are not current
	@$(BIN)/python scripts/dashboard.py

ui: $(RUNTIME)
	@$(BIN)/python scripts/dashboard.py --optional

lock: $(DEV) ## Write the lock files from what is installed in .venv
	@$(BIN)/python scripts/lock.py

setup: $(DEV) $(CLIENTS) system dashboard ## Make everything that make test needs, run nothing

clean: ## Remove environments and caches (homes of platforms stay)
	rm -rf gateway/dashboard/node_modules gateway/gateway_server/dashboard .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis artifacts

$(RUNTIME): requirements.lock pyproject.toml
	@scripts/setup.sh runtime

$(DEV): requirements-dev.lock $(RUNTIME)
	@scripts/setup.sh dev

$(CLIENTS): tests/acceptance/requirements-clients.lock
	@scripts/setup.sh clients

system: $(RUNTIME)
	@scripts/setup.sh browser ceph engine images
