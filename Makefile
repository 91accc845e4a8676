# make run    sets up everything and opens the app
# make test   sets up everything, the browser included, and runs every test
# make check  the quick part: lint, types and the tests that need neither a browser nor minutes
# make bench  measures, side by side with the peers
.DELETE_ON_ERROR:
.PHONY: run check test lint bench parity clean

VENV := .venv
PARITY := .parity
BIN := $(VENV)/bin
PORT ?= 8501
# One thread a process: the engine trains many models at once, and two processes that both take all cores only spin.
export OMP_NUM_THREADS ?= 1

run: $(VENV)/.run
	$(BIN)/streamlit run app.py --server.port $(PORT)

check: lint
	$(BIN)/python -m pytest -m "not slow and not browser"

# One pytest run for all tests, so that its closing line counts every one of them.
test: lint $(VENV)/.browser
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-benchmarks.txt
	$(BIN)/python -m benchmarks

# Executes the exported code, the examples and the rules in the libraries themselves, in an environment of its own, and
# keeps what came out. Needed after a change of what is exported, not for the tests.
parity: $(PARITY)/.done
	$(PARITY)/bin/python -m parity.run
	$(PARITY)/bin/python -m parity.rules
	$(PARITY)/bin/python -m parity.metrics
	for example in $$(grep -v '^#' parity/examples.txt); do PYTHONPATH=. $(PARITY)/bin/python examples/$$example.py || exit 1; done

$(PARITY)/.done: parity/requirements.txt
	sh setup/venv.sh $(PARITY)
	$(PARITY)/bin/pip install --quiet --disable-pip-version-check -r parity/requirements.txt
	# A torchvision that does not fit the torch build breaks every import; nothing here needs it.
	$(PARITY)/bin/python -c "import torchvision" 2>/dev/null || $(PARITY)/bin/pip uninstall --quiet --yes torchvision
	touch $@

$(VENV)/bin/python:
	sh setup/venv.sh $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $(VENV)/.run $@

$(VENV)/.browser: $(VENV)/.dev
	sh setup/chromium.sh $(BIN)/playwright
	touch $@

clean:
	rm -rf $(VENV) $(PARITY) .mypy_cache .ruff_cache .pytest_cache .hypothesis
