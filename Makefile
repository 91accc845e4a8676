# make run    sets up everything and opens the app
# make test   sets up everything, the browser included, and runs every test
# make check  the quick part: lint, types and the tests that need neither a browser nor minutes
.DELETE_ON_ERROR:
.PHONY: run check test test-slow lint bench clean

VENV := .venv
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
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
