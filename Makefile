# Everything a newcomer needs: each target sets up its own environment first.
PYTHON ?= python3
VENV := .venv
# The files of tests are shared out between two processes; much of the suite waits for disks, servers and browsers.
SPREAD := --numprocesses 2 --dist loadfile
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types layers docs format bench chaos clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kodit needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(STAMP) ## Create .venv with kodit and its development tools

demo: $(STAMP) ## Index real code and search it
	@sh scripts/demo.sh $(BIN)/kodit $(BIN)/python

test: $(STAMP) ## Run all tests
	$(BIN)/pytest $(SPREAD)

lint: $(STAMP) ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Check types
	$(BIN)/mypy

layers: $(STAMP) ## Check who imports whom
	$(BIN)/lint-imports --no-cache

docs: $(STAMP) ## Check that the documents say what the code does
	$(BIN)/python scripts/docs.py --check

check: lint types layers docs test ## Lint, types, layers, docs, tests: what CI runs

format: $(STAMP) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## Print the benchmarks' figures
	$(BIN)/python -m benchmarks

chaos: $(STAMP) ## Break everything for ten minutes and see that the queue holds
	$(BIN)/python tests/chaos/chaos.py

clean: ## Remove what the other targets made
	rm -rf $(VENV) .demo dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
