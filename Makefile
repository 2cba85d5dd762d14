# Hourglass: `make run` starts the demonstration ward, `make test` checks everything.

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check
# the first of these that is new enough makes the environment; MAKE_PYTHON=... chooses another
MAKE_PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$python >/dev/null 2>&1 && \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$python && break; done)
APT_INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help run test lint test-tools bench soak clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/installed ## start the demonstration ward; Ctrl-C ends it
	@exec $(PYTHON) -m demo run

# These tests wait for clocks most of the time, so several files share two cores well. Whole houses
# and browsers on a busy machine may miss a deadline once, and the summary says so; twice is a failure.
test: $(VENV)/installed-dev test-tools lint ## lint, types and all tests
	$(PYTHON) -m pytest -n 2 tests/unit tests/architecture
	$(PYTHON) -m pytest -n 4 --dist loadfile --no-loadscope-reorder --reruns 1 tests/integration
	$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --reruns 1 tests/browser

lint: $(VENV)/installed-dev ## lint, format, types and import rules alone
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/installed-dev ## the measurements of docs/benchmarks.md
	$(PYTHON) -m tests.benchmarks

soak: $(VENV)/installed-dev ## one hour of one screen: does anything grow?
	$(PYTHON) -m tests.benchmarks soak

clean: ## remove the environments and caches; data/ stays
	rm -rf $(VENV) .venv-broker .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment, made anew if its Python is gone.
$(PYTHON):
	@if [ -z "$(MAKE_PYTHON)" ]; then \
		echo "Hourglass needs Python 3.11 or newer: sudo apt install python3 python3-venv"; \
		echo "(Debian 12 or Ubuntu 24.04 and newer have it)"; exit 2; \
	fi
	@if ! $(MAKE_PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$(MAKE_PYTHON) cannot make environments: sudo apt install python3-venv"; exit 2; \
	fi
	@echo "making $(VENV) with $$($(MAKE_PYTHON) --version)"
	@$(MAKE_PYTHON) -m venv --clear $(VENV)

# Installed again only when the pins or the Python have changed.
$(VENV)/installed: requirements.txt $(PYTHON)
	@echo "installing what Hourglass runs on (about a minute, only when it has changed)"
	@$(PIP) install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "installing what the tests need"
	@$(PIP) install --quiet --requirement requirements-dev.txt
	@touch $@

# Tests whose tool is not there and cannot be installed are skipped by name.
test-tools:
	@missing=""; \
	command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$$missing mosquitto"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then root=""; \
	elif sudo -n true 2>/dev/null; then root="sudo -n"; \
	else echo "not installed, tests that need it are skipped:$$missing"; exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
		echo "not installed, tests that need it are skipped:$$missing"; exit 0; fi; \
	echo "installing for the tests:$$missing"; \
	$$root apt-get update -q || true; \
	for tool in $$missing; do \
		$$root env $(APT_INSTALL) $$tool || echo "$$tool: not installable, its tests are skipped"; \
	done
