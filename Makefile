# `make run` runs the demo; `make test` runs every check. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes for each core, because tests also wait for browsers, servers and disks.
WORKERS := $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')

# Some images set it. Then each worker and each command that a test starts would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check browser axe linters sarif benchmarks pictures github-schema requirements clean

run: $(VENV)/demo
	$(BIN)/startrack demo

test: $(VENV)/dev browser axe linters sarif check

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	mkdir -p build/coverage && rm -f build/coverage/*
	$(BIN)/coverage run -m pytest --numprocesses $(WORKERS) --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

benchmarks: $(VENV)/dev browser
	$(BIN)/python benchmarks/trends.py
	$(BIN)/python benchmarks/collect.py
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/soak.py 200
	$(BIN)/python benchmarks/load.py

# Checks the GraphQL queries against the schema that GitHub publishes, fetched with npm. Not part of `make test`.
github-schema: $(VENV)/dev
	rm -rf build/github-schema && mkdir -p build/github-schema
	cd build/github-schema && npm pack --silent @octokit/graphql-schema | xargs tar -xzf
	$(BIN)/python .ci/check_queries.py build/github-schema/package/schema.graphql

# Writes requirements.txt anew, after a change of versions in constraints.txt or of dependencies in pyproject.toml.
requirements: $(VENV)/dev
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	.ci/requirements

# Takes the pictures of README and docs from the demo.
pictures: $(VENV)/dev browser
	$(BIN)/startrack demo --out demo-output
	$(BIN)/python docs/pictures.py demo-output

$(VENV)/demo $(VENV)/dev: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "startrack needs Python 3.11 or newer; use for example 'make PYTHON=python3.12 run'"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(notdir $@)]'
	@touch $@

# The browser tests use the system's Chromium, because Playwright's own download does not work everywhere.
browser:
	@.ci/browser

# The accessibility checker of the browser tests, fetched with npm.
axe:
	@.ci/axe

# The linters of lists, which tests run over filled READMEs, fetched with npm.
linters:
	@.ci/linters

# The schema of SARIF, for the tests of findings, fetched with npm.
sarif:
	@.ci/sarif

clean:
	rm -rf $(VENV) build demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
