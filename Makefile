# Two commands do everything on a machine with Python 3.11 and pip: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
UV_VERSION = 0.13.9
WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test lint types england pioneers simulate bench lock docs reference clean

demo: $(VENV)/ready assets  ## make the demonstration place, build it, serve it
	$(BIN)/joinedup demo build/demo

test: $(VENV)/ready assets lint types  ## every check, then every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
	$(BIN)/python -m tests.on_postgres

england: $(VENV)/ready assets  ## build England from published statistics (JOINEDUP_DATA says where they are)
	$(BIN)/python examples/england/assemble.py build/england
	$(BIN)/joinedup build build/england
	@echo "Now look: $(BIN)/joinedup serve build/england"

pioneers: england  ## evaluate the Integrated Care Pioneers on England's statistics
	$(BIN)/python examples/england/pioneers.py build/england

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/ready
	$(BIN)/mypy

assets: $(VENV)/ready  ## style sheets and scripts from npm packages; does nothing when they are fresh
	$(BIN)/python -m joinedup.web.assets

simulate: $(VENV)/ready  ## every design of an evaluation in worlds whose truth is known; about an hour
	$(BIN)/python -m benchmarks.simulate --markdown docs/simulation.md

bench: $(VENV)/ready
	$(BIN)/python -m benchmarks.build --markdown build/speed.md

reference: $(VENV)/ready  ## the reference pages, from spec cases and definitions
	$(BIN)/python docs/reference.py

docs: reference
	$(BIN)/mkdocs build --strict

lock: $(VENV)/ready  ## resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-header -q \
	  --python-version 3.11 -o requirements/dev.lock

clean:
	rm -rf build $(VENV)

$(VENV)/ready: requirements/dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "joinedup needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q uv==$(UV_VERSION)
	$(BIN)/uv pip sync -q --require-hashes requirements/dev.lock
	$(BIN)/uv pip install -q --no-deps -e .
	touch $@
