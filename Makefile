# make run: set everything up and start the service. make test: the same, then all tests.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What a virtual environment can do that was not cut off as it was made, nor by an older Python.
SOUND := import pip, sys; sys.exit(sys.version_info < (3, 11))

.PHONY: setup run test check audit fuzz chaos format clean

setup: $(STAMP)

# torch comes first and by itself: with it in place nothing else pulls another build of it.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lookalike needs Python 3.11 or newer: make run PYTHON=python3.12 names another one")'
	$(BIN)/python -c '$(SOUND)' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[serve,crawl,train,tui,otel,dev]'
	touch $@

run: setup
	$(BIN)/lookalike up

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Known vulnerabilities of what is pinned; asks PyPI's advisory database.
audit: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pip-audit
	$(BIN)/python .ci/audit.py constraints.txt

# Hostile requests for ten minutes, 20,000 hostile photos: half an hour on two cores.
fuzz: setup
	nice $(BIN)/python -m tests.functional.live_door --ask-for 600
	nice $(BIN)/python -m benchmarks.fuzz_decode --cases 20000 --json

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs a demo catalogue: the first `make run` draws it. Some ten minutes.
chaos: setup
	$(BIN)/python -m benchmarks.chaos --data data --rounds 3 --write docs/reliability.md

clean:
	rm -rf $(VENV) build
