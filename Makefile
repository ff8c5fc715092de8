# Set-up and the things one does every day. `make` alone lists them.
# Every target that needs Python first makes .venv from the lock file; a second call finds it ready.

SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
# Set with = and not with ?=: only the command line sets these (make report LANGUAGE=sv). The environment of many
# desktops holds a LANGUAGE too, and it means something else.
STUDY =
PERIOD =
LANGUAGE =
LAB =
N =
SEED =

# $(call option,--study,$(STUDY)): the option with its value, quoted for the shell, or nothing where there is none.
option = $(if $(2),$(1) '$(subst ','\'',$(2))')

.DEFAULT_GOAL := help
.PHONY: help setup ready report test lab demo bench simulate-checks fuzz lint lock clean

help:  ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ready  ## Make .venv from the lock file (the other targets do it for you)

# The lock holds hashes, so pip takes exactly these files from whichever index this machine uses.
ready:
	@sh .ci/make-venv $(VENV)

# Not .venv/bin/cx: its first line names the folder where .venv was made.
report: ready  ## Make the monthly report and print where it is (STUDY=DIR PERIOD=2026-10 LANGUAGE=sv)
	@$(PY) -m cxlib.cli report monthly $(call option,--study,$(STUDY)) $(call option,--period,$(PERIOD)) \
	  $(call option,--language,$(LANGUAGE)) --again

# The tests start a hundred Pythons: what they import is compiled once, also where the environment says that no Python
# is to keep what it compiled.
test: ready  ## Run all tests
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --check .

lab: ready  ## Open JupyterLab in notebooks/ (LAB="--no-browser --allow-root" for its own options)
	@cd notebooks && ../$(PY) -m jupyterlab $(LAB)

demo: ready  ## Make data/demo again from its seed
	@$(PY) -m cxlib.simulate data/demo

bench: ready  ## Print the speed ratios, each against its peer in the same run
	@$(PY) -m benchmarks

simulate-checks: ready  ## Count how often each interval holds a known truth; write it into docs/statistics.md
	@$(PY) -m simulations
	@$(PY) -m simulations.drivers

fuzz: ready  ## Break real files and load them; 20,000 or more: write docs/fuzz.md (N=20000 SEED=1)
	@$(PY) -m fuzzing $(call option,--n,$(N)) $(call option,--seed,$(SEED))

lint: ready  ## Check the style of the code
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --check .

lock:  ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
	  --all-extras --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:  ## Remove .venv and everything a report run made
	rm -rf $(VENV) reports/*/ reports/.building reports/.failed
