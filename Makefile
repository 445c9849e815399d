# Two commands matter: `make demo` and `make test`. Both make the environment they need.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

# Exporters and tests that load onnxruntime by themselves shall not report home either.
export ORT_DISABLE_TELEMETRY = 1

.PHONY: demo test check faults bench run wheel frozen deb package package-test parity screenshots clean help

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

# Packages are frozen in an environment that holds nothing else.
FREEZE = .venv-package
FROZEN = build/frozen/photofinder/photofinder

$(FREEZE)/ready: pyproject.toml
	$(PYTHON) -m venv $(FREEZE)
	$(FREEZE)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(FREEZE)/bin/python -m pip install --quiet --group package .
	$(FREEZE)/bin/python -m pip uninstall --quiet --yes photofinder
	touch $@

wheel: $(FREEZE)/ready ## build/dist: the wheel and the source distribution
	$(FREEZE)/bin/python -m build --quiet --outdir build/dist .

frozen: $(FREEZE)/ready ## build/frozen: the program with its own Python, for this system
	$(FREEZE)/bin/python packaging/icons.py build/icons
	$(FREEZE)/bin/python packaging/notices.py write build/notices
	$(FREEZE)/bin/pyinstaller --noconfirm --log-level WARN --workpath build/pyinstaller --distpath build/frozen packaging/photofinder.spec
	$(FREEZE)/bin/python packaging/notices.py check build/frozen/photofinder

deb: frozen ## build/dist: the Debian package
	$(FREEZE)/bin/python packaging/linux/build_deb.py

package: wheel deb ## build/dist: everything that can be built on Linux, with checksums and a list of parts
	tar --sort=name --owner=0 --group=0 -C build/frozen -I 'xz -2 -T0' -cf build/dist/photofinder-linux-$$(uname -m).tar.xz photofinder
	$(FREEZE)/bin/cyclonedx-py environment $(FREEZE) --pyproject pyproject.toml --output-reproducible --of JSON -o build/dist/photofinder.cdx.json
	cd build/dist && sha256sum $$(ls | grep -v SHA256SUMS) > SHA256SUMS

package-test: $(VENV)/ready ## test what `make package` has built (as root: installs and removes the .deb)
	$(BIN)/python -m pytest -m package tests/packaging

# torch is for exporting encoders and for proving that exports agree with it; the program never needs it.
.venv-parity/ready: models/requirements.txt
	$(PYTHON) -m venv .venv-parity
	.venv-parity/bin/python -m pip install --quiet --requirement models/requirements.txt
	touch $@

parity: .venv-parity/ready ## the exporter, preprocessing and tokenizer against PyTorch and transformers (long)
	.venv-parity/bin/python -m pytest -m parity tests/parity

clean: ## remove what was made
	rm -rf $(VENV) $(FREEZE) .venv-parity .demo build dist
