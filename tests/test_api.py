"""The public face: the pinned list of names, examples that run, documents that are true."""

import doctest
import importlib
import json
import pkgutil
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

import semdepth
from semdepth import cli
from semdepth.labels import label_set
from semdepth.writing import comparisons, results, tables

ROOT = Path(__file__).parents[1]
COSINES = [[1, 0.8, 0.1], [0.8, 1, 0.2], [0.1, 0.2, 1]]

PUBLIC = """
    AffinityPropagation Analysis Chance ClassifierHead Clustering Comparison Compliance
    ConfusionMatrix Dendrogram Difference Hdbscan LabelSet Louvain Optics Placement Report
    SemdepthError SimilarityDepth SimilarityGraph SimilarityMatrix Taxonomy Track Tracker Whole
    analyze build_graph compare count_confusions depth_chance diff functional_similarity
    graph_compliance induce place place_in read_analysis read_comparison read_confusion
    read_head read_labels read_predictions read_run read_taxonomy read_word_vectors resolve
    semantic_similarity similarity_depth structural_from_cosine structural_similarity
    to_networkx to_pandas track wordnet_nouns write_analysis write_comparison write_difference
    write_graph write_newick write_report write_table write_track
""".split()

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(semdepth.__path__, "semdepth.")
    if module.name not in ("semdepth.__main__", "semdepth.kernels.compiled")
)


def test_public_names_are_pinned():
    assert semdepth.__all__ == sorted(PUBLIC)
    assert dir(semdepth) == semdepth.__all__


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(semdepth, name).__doc__


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        _ = semdepth.analyse


@pytest.mark.parametrize("name", MODULES)
def test_every_module_opens_with_a_sentence(name):
    first = importlib.import_module(name).__doc__.strip().splitlines()[0]
    assert first.endswith((".", ":")), first


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("semdepth.cli")])
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testmod(module, optionflags=options, extraglobs={"np": __import__("numpy")})
    assert failed == 0


def test_readme_names_every_command():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in cli.cli.commands:
        assert f"semdepth {command}" in text


def test_architecture_names_every_module():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "src/semdepth").iterdir()):
        if path.name not in ("__init__.py", "__main__.py", "__pycache__"):
            assert path.name in text, path.name


def python_blocks(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_the_readmes_python_runs(tmp_path, monkeypatch):
    (tmp_path / "efficientnet-lite0.pth").symlink_to(ROOT / ".cache/models/efficientnet-lite0.pth")
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks("README.md")
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def console_sessions(document):
    """Each command of a document's console blocks, with the lines that follow it."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL):
        for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = session.partition("\n")
            yield command, output


@pytest.mark.parametrize(("command", "output"), list(console_sessions("README.md")))
def test_the_readmes_sessions_are_what_is_printed(command, output, tmp_path, monkeypatch, capsys):
    (tmp_path / "efficientnet-lite0.pth").symlink_to(ROOT / ".cache/models/efficientnet-lite0.pth")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    printed = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert stopped.value.code == 0
    assert printed == [line.rstrip() for line in output.strip().splitlines()]


def test_the_python_of_the_predictions_page_runs(tmp_path, monkeypatch, capsys):
    random = np.random.default_rng(0)
    np.savez(tmp_path / "model.npz", weight=random.normal(size=(10, 8)), bias=np.zeros(10))
    rows = "\n".join(f"{i % 10},{(i + (i % 7 == 0)) % 10}" for i in range(200))
    (tmp_path / "predictions.csv").write_text(f"y_true,y_pred\n{rows}\n")
    monkeypatch.chdir(tmp_path)
    (block,) = python_blocks("docs/predictions.md")
    exec(compile(block, "docs/predictions.md", "exec"), {})
    assert "Mistakes(ConfusionMatrix(10 classes, 200 predictions" in capsys.readouterr().out


def test_the_table_of_birds_in_the_taxonomies_page_is_a_taxonomy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (block,) = python_blocks("docs/taxonomies.md")
    exec(compile(block, "docs/taxonomies.md", "exec"), {})
    birds = label_set("inaturalist-birds").labels
    placed = semdepth.place_in(semdepth.read_taxonomy("birds.csv"), birds)
    assert placed.unplaced == ("background",)


def test_the_comparison_in_the_page_on_many_models_runs(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMDEPTH_CACHE", str(tmp_path / "cache"))
    (block,) = python_blocks("docs/many-models.md")
    exec(compile(block, "docs/many-models.md", "exec"), {})
    assert "network2.npz" in capsys.readouterr().out
    found = semdepth.Comparison.from_dict(json.loads(Path("out/comparison.json").read_text()))
    assert found.models == ("network0.npz", "network1.npz", "network2.npz")
    text = (ROOT / "docs/outputs.md").read_text(encoding="utf-8")
    for column in (*comparisons.MODEL_TYPES, *comparisons.TEST_TYPES):
        assert column.removesuffix("_chance").removesuffix("_p") in text, column


def test_the_outputs_page_names_every_column_and_key():
    text = (ROOT / "docs/outputs.md").read_text(encoding="utf-8")
    columns = (
        *tables.EDGE_COLUMNS,
        *tables.CLASS_COLUMNS,
        *tables.PAIR_COLUMNS,
        *tables.CONTEXT_COLUMNS,
        *tables.ODD_COLUMNS[:5],
    )
    keys = semdepth.analyze(
        semdepth.structural_from_cosine(["dog", "cat", "car"], COSINES)
    ).to_dict()
    missing = [word for word in (*columns, *keys) if not re.search(rf"\b{word}\b", text)]
    assert not missing
    assert all(f"| {name} " in text or f"| {name} (" in text for name in results.ENTRIES[1:-1])
