# Two commands matter: `make demo` and `make test`. Both make the environment they need.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

# Exporters and tests that load onnxruntime by themselves shall not report home either.
export ORT_DISABLE_TELEMETRY = 1

.PHONY: demo test check faults bench run parity screenshots clean help

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PhotoFinder needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[demo]" --group dev
	touch $@

demo: $(VENV)/ready ## index photos into a throw-away library and search them (PHOTOS=folder)
	$(BIN)/python demo.py $(if $(PHOTOS),"$(PHOTOS)")

check: $(VENV)/ready ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

test: check ## every check and every test (PHOTOFINDER_TEST_PHOTOS=folder adds the big corpora)
	$(BIN)/python -m pytest

faults: $(VENV)/ready ## the long fault suite: processes killed, disks full, hours of use in half a minute
	$(BIN)/python -m pytest -m faults tests/faults

run: $(VENV)/ready ## open the window on your own library
	$(BIN)/photofinder

bench: $(VENV)/ready ## measure; prints one table
	$(BIN)/python -m bench

screenshots: $(VENV)/ready ## make the pictures of the window that the documentation shows
	$(BIN)/python -m docs.screenshots

# torch is for exporting encoders and for proving that exports agree with it; the program never needs it.
.venv-parity/ready: models/requirements.txt
	$(PYTHON) -m venv .venv-parity
	.venv-parity/bin/python -m pip install --quiet --requirement models/requirements.txt
	touch $@

parity: .venv-parity/ready ## the exporter, preprocessing and tokenizer against PyTorch and transformers (long)
	.venv-parity/bin/python -m pytest -m parity tests/parity

clean: ## remove what was made
	rm -rf $(VENV) .venv-parity .demo build dist
