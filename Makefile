# make lab      open the course           make test   everything that must hold
# make update   bring new chapters        make clean  remove what make made (never my-course/)
# make bench    measure; ONLY=explorers for one group
# make test-colab   every chapter with what Google Colab has installed
# make soak     what takes longer: every chapter twice in one kernel, twenty kills of each kind of run
#
# PYTHON=/path/to/python3.12 names the Python that .venv is made with,
# CHROMIUM=/path/to/chromium the browser of the browser tests.

PYTHON ?=
CHROMIUM ?=
ONLY ?=
WORKERS ?= 2
export PYTHON CHROMIUM

VENV := .venv
BIN := $(VENV)/bin
# A virtual environment knows where it lies: in a folder that was moved, its stamps do not count.
HERE := $(shell printf %s "$(CURDIR)" | cksum | cut -d ' ' -f 1)
LAB := $(VENV)/.lab-$(HERE)
TEST := $(VENV)/.test-$(HERE)
COLAB := .venv-colab
COLAB_READY := $(COLAB)/.ready-$(HERE)
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-warn-script-location

.PHONY: lab update test lint types unit test-colab soak bench clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \{0,1\}//p; /^$$/q' Makefile

lab: $(LAB)
	@$(BIN)/python -m bigmodel_nb lab

update: $(LAB)
	@$(BIN)/python -m bigmodel_nb update

test: lint types unit

# The package, the tests and the notebooks; which layer may import which.
lint: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check bigmodel_nb tests benchmarks
	$(BIN)/lint-imports --no-logo

types: $(TEST)
	$(BIN)/mypy

unit: $(TEST)
	@browser=$$(.ci/find-chromium) && CHROMIUM="$$browser" $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

# Our wheel among the packages of Colab's own list, installed as a reader there would.
test-colab: $(COLAB_READY)
	$(COLAB)/bin/python .ci/colab_install.py $(COLAB)/wheel
	@browser=$$(.ci/find-chromium) && CHROMIUM="$$browser" BIGMODEL_COLAB=1 $(COLAB)/bin/pytest \
		-c tests/colab/pytest.ini --rootdir=. --confcutdir=. tests/colab

soak: $(TEST)
	BIGMODEL_SOAK=1 $(BIN)/python -m pytest tests/test_notebooks.py -k restart_and_run_all --durations=0
	BIGMODEL_SOAK=1 $(BIN)/python -m pytest tests/training/test_killed.py --capture=no --durations=0

bench: $(TEST)
	@$(BIN)/python -m benchmarks $(ONLY)

# Made where there is none, and again where it is unfinished or its Python has gone.
define environment
	@$(BIN)/python -c 'import pip' >/dev/null 2>&1 || \
		{ python=$$(.ci/find-python) && "$$python" -m venv --clear $(VENV); }
endef

$(LAB): pyproject.toml
	$(environment)
	@echo "Installing the course with TensorFlow and JupyterLab into $(VENV): about 2.5 GB on disk, 2 to 5 minutes, once ..."
	@$(PIP) -e ".[lab]"
	@touch $@

$(TEST): pyproject.toml
	$(environment)
	@echo "Installing the course and what its tests need into $(VENV): about 4 GB on disk, 2 to 6 minutes, once ..."
	@.ci/install-torch $(BIN)/python
	@$(PIP) -e ".[lab,test,backends]"
	@touch $@ $(LAB)

# What Colab has of what we need, and what the tests need on top. Colab has no jedi.
$(COLAB_READY): .ci/colab-constraints.txt .ci/colab-requirements.txt
	@$(COLAB)/bin/python -c 'import pip' >/dev/null 2>&1 || \
		{ python=$$(.ci/find-colab-python) && "$$python" -m venv --clear $(COLAB); }
	@echo "Installing what Google Colab has into $(COLAB): about 3 GB on disk, 2 to 5 minutes, once ..."
	@$(COLAB)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-warn-script-location \
		-c .ci/colab-constraints.txt -r .ci/colab-requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(COLAB) build dist test-artifacts .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
