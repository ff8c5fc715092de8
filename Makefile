# Set-up and the things one does every day. `make` alone lists them.
# Every target that needs Python first makes .venv from the lock file; a second call finds it ready.

SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
STUDY ?= data/demo
PERIOD ?= 2026-10
LANGUAGE ?= en

.DEFAULT_GOAL := help
.PHONY: help setup report test lab demo bench lint lock clean

help:  ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## Make .venv from the lock file (the other targets do it for you)

# The lock holds hashes, so pip takes exactly these files from whichever index this machine uses.
$(READY): requirements.lock pyproject.toml
	@sh .ci/make-venv $(VENV)
	@touch $@

report: $(READY)  ## Make the monthly report of the bundled study and print where it is
	@$(VENV)/bin/cx report monthly --study $(STUDY) --period $(PERIOD) --language $(LANGUAGE) --again

test: $(READY)  ## Run all tests
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --check .
	@$(PY) -m pytest

lab: $(READY)  ## Open JupyterLab in notebooks/
	@cd notebooks && ../$(PY) -m jupyterlab

demo: $(READY)  ## Make data/demo again from its seed
	@$(PY) -m cxlib.simulate data/demo

bench: $(READY)  ## Print the speed ratios, each against its peer in the same run
	@$(PY) -m benchmarks

lint: $(READY)  ## Check the style of the code
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --check .

lock:  ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
	  --all-extras --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:  ## Remove .venv and everything a report run made
	rm -rf $(VENV) reports/*/ reports/.building reports/.failed
