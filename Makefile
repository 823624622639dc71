# Two commands matter: `make run` and `make test`.  `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= 5
PYTEST := $(BIN)/pytest
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
BENCHMARKS := bench-search bench-worn bench-street bench-studio bench-time bench-jobs bench-api bench-sms bench-load \
	bench-screen bench-page

# Compiled modules are kept: the tests start the product a hundred times.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run dev test whole page unit e2e chaos check sbom fmt pictures size hooks lock clean $(BENCHMARKS)

help: ## List these commands
	@grep -hE '^[a-z][a-z0-9 -]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' \
		| awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'
	@echo "  make bench-NAME     Run one benchmark: $(patsubst bench-%,%,$(BENCHMARKS))"

run: $(VENV)/.run ## Install and start everything; prints `ready http://localhost:3000`
	@exec $(BIN)/python -m searchapp up

dev: $(VENV)/.dev ## The same for developers: page, API and worker follow every change of a file
	@PYTHONPATH=. exec $(BIN)/python tools/dev.py

test: $(VENV)/.dev ## Run every check and test; `make test T=tests/unit/domain` runs only those
ifdef T
	$(PYTEST) $(T)
else
	@bash tools/checks/browser.sh
	$(MAKE) -j2 --output-sync=target check whole
endif

# Beside the checks; the plus sign lets its output through while it runs.
whole: $(VENV)/.dev
	$(BIN)/python -c 'from searchapp.cli.page import build_page_if_stale; build_page_if_stale()'
	+$(PYTEST) $(PARALLEL) --hypothesis-profile=brief -m "not long" --durations=20 \
		|| { echo "FAILED ONCE: the tests above run again, one by one, and have to pass:"; \
			$(PYTEST) -m "not long" -v --last-failed --last-failed-no-failures none; }

unit: $(VENV)/.dev ## Run the tests that need neither Postgres nor a browser
	$(PYTEST) -n 2 --dist worksteal -p no:schemathesis --hypothesis-profile=brief tests/unit

page: $(VENV)/.run
	$(BIN)/python -m searchapp build

e2e: page $(VENV)/.dev ## Run the tests in a real browser
	$(PYTEST) tests/e2e

chaos: $(VENV)/.dev ## Run the long tests: hours of kills, outages and load, all random examples
	$(PYTEST) -m long --timeout 7200 tests
	$(PYTEST) tests/unit tests/property tests/integration/api

check: $(VENV)/.dev ## Run the linters, the type checker and the scans
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/deptry . --config tools/checks/deptry.toml
	$(BIN)/codespell
	$(BIN)/python tools/checks/size_report.py --check
	$(BIN)/python tools/checks/javascript.py
	$(BIN)/python tools/checks/tests_mirror.py
	$(BIN)/python tools/checks/doc_paths.py
	$(BIN)/python tools/checks/deploy_files.py
	$(BIN)/python tools/checks/secret_scan.py
	PYTHONPATH=. $(BIN)/python tools/checks/licences.py
	$(BIN)/python tools/checks/audit.py

sbom: $(VENV)/.dev ## Write the bill of materials, dist/sbom.json
	PYTHONPATH=. $(BIN)/python tools/checks/licences.py --sbom dist/sbom.json

fmt: $(VENV)/.dev ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/python tools/checks/javascript.py --fix

pictures: page $(VENV)/.dev ## Make the README's pictures from the demo, in a real browser
	@bash tools/checks/browser.sh
	PYTHONPATH=. $(BIN)/python tools/pictures.py

size: ## Report modules, lines and lengths of functions
	@$(PYTHON) tools/checks/size_report.py

hooks: ## Install the pre-commit hooks of .pre-commit-config.yaml
	$(PIP) install --quiet pre-commit
	$(BIN)/pre-commit install

lock: $(VENV)/.dev ## Write requirements.txt and requirements-dev.txt from their .in files
	@$(PIP) install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe -o requirements-dev.txt requirements-dev.in

clean: ## Remove what builds and tests leave behind
	rm -rf .web .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BENCHMARKS): $(VENV)/.dev
	OPENBLAS_NUM_THREADS=1 PYTHONPATH=. $(BIN)/python benchmarks/$(subst -,_,$@).py

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
