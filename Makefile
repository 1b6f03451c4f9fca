# Every target makes what it needs in .venv, from pinned releases, once. Nothing else is touched.
PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
OLDEST := .venv-oldest

BIN := $(VENV)/bin
SOURCES := setup.cfg pyproject.toml
TESTED := .[test,notebook]

.PHONY: help demo test test-all test-oldest lint bench lock notebooks clean
.DELETE_ON_ERROR:

help: ## Say what the targets do
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

demo: $(VENV)/ready ## Take the bundled recordings apart and back; print the report's path
	@$(BIN)/spectrotools resynth --demo --transform all --out demo --overwrite

test: $(VENV)/ready-test ## Run the quick suite
	@$(call run,$(BIN),-m "not slow")

test-all: $(VENV)/ready-test ## Run the whole suite
	@$(call run,$(BIN),)

test-oldest: $(OLDEST)/ready-test ## Run the quick suite on the oldest releases allowed
	@# An old release may warn of what a newer one has done away with.
	@$(call run,$(OLDEST)/bin,-m "not slow" -W default)

lint: $(VENV)/ready-test ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/ready-bench ## Time the ops beside their peers; write BENCHMARKS.md
	@$(BIN)/python -m benchmarks

lock: $(VENV)/ready ## Pin what setup.cfg newly asks for; UPGRADE=--upgrade renews every pin
	@$(BIN)/python -m pip install --quiet uv==0.13.9
	@$(call compile,--fork-strategy fewest $(EXTRAS:%=--extra %) $(UPGRADE),constraints.txt)
	@$(call compile,--resolution lowest-direct --extra test --extra notebook --upgrade,constraints-oldest.txt)

notebooks: $(VENV)/ready-test ## Make each notebook in colab/ from the .py beside it
	@$(BIN)/jupytext --to ipynb colab/*.py

clean: ## Remove the environments and all that was made
	@rm -rf $(VENV) $(OLDEST) demo build dist *.egg-info .*_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

# $(call run,environment,options): the suite in parts, each in processes of its own, for TensorFlow
# gives back no memory of what it has compiled.
LARGE := gradient roads ways_to_run shapes processors losses
run = set -e; for part in $(LARGE:%=tests/laws/test_%.py) \
	"tests/laws $(LARGE:%=--ignore=tests/laws/test_%.py)" \
	"tests/ops --ignore-glob=*/test_[h-z]*" "tests/ops --ignore-glob=*/test_[a-gq-z]*" \
	"tests/ops --ignore-glob=*/test_[a-p]*" "tests/losses tests/metrics" \
	"$(addprefix --ignore=tests/,laws ops losses metrics)"; \
	do $(1)/python -m pytest -n $(WORKERS) $(2) $$part; done

# Without beam, which holds others at older releases.
EXTRAS := gpu test notebook bench

# $(call compile,options,file): one set of pins for every platform and Python.
compile = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	--custom-compile-command "make lock" $(1) setup.cfg --output-file $(2)

# $(call install,environment,constraints,what): setuptools comes first, so that the build uses
# the pinned one.
install = @echo "Installing the pinned releases into $(1); this takes some minutes the first time." \
	&& $(1)/bin/python -m pip install --quiet --constraint $(2) setuptools \
	&& $(1)/bin/python -m pip install --quiet --constraint $(2) --no-build-isolation --editable $(3) \
	&& touch $@

$(VENV)/ready: constraints.txt $(SOURCES) | $(BIN)/python
	$(call install,$(VENV),constraints.txt,.)

$(VENV)/ready-test: $(VENV)/ready
	$(call install,$(VENV),constraints.txt,"$(TESTED)")

$(VENV)/ready-bench: $(VENV)/ready
	$(call install,$(VENV),constraints.txt,".[bench]")

$(OLDEST)/ready-test: constraints-oldest.txt $(SOURCES) | $(OLDEST)/bin/python
	$(call install,$(OLDEST),constraints-oldest.txt,"$(TESTED)")

%/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "spectrotools is tested on CPython 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	    "Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu:" \
	    "sudo apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $*
