# Two commands matter: `make run` and `make test`.  Everything else is for those who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test check unit e2e chaos bench-search bench-jobs bench-api bench-sms bench-load bench-screen lock clean

run: $(VENV)/.run
	@exec $(BIN)/python -m searchapp up

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "error: Python 3.11 to 3.13 is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt $(BIN)/python
	@echo "installing …"
	@$(PIP) install --quiet -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(PIP) install --quiet -r requirements-dev.txt
	@touch $@

test: $(VENV)/.dev
	@bash tools/checks/browser.sh
	$(MAKE) check
	$(BIN)/python -m searchapp build
# Tests that kill and freeze real processes meet a busy machine's clock now and then: what failed
# is tried once more, alone, and has to pass then.
	$(BIN)/pytest -m "not long" \
		|| $(BIN)/pytest -m "not long" --last-failed --last-failed-no-failures none

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/checks/secret_scan.py
	$(BIN)/python tools/checks/licences.py
	$(BIN)/python tools/checks/audit.py

unit: $(VENV)/.dev
	$(BIN)/pytest tests/unit tests/property tests/contract

e2e: $(VENV)/.dev
	$(BIN)/python -m searchapp build
	$(BIN)/pytest tests/e2e

chaos: $(VENV)/.dev
	$(BIN)/pytest -m long --timeout 7200 tests

bench-search bench-jobs bench-api bench-sms bench-load bench-screen: $(VENV)/.dev
	PYTHONPATH=. $(BIN)/python benchmarks/$(subst -,_,$@).py

lock: $(VENV)/.dev
	@$(PIP) install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf .web .mypy_cache .ruff_cache .pytest_cache .hypothesis
