"""Installs semdepth with no extra, and with each extra alone, and tries what each promises.

Run it with ``make extras``, or ``python scripts/check_extras.py [EXTRA ...]``; "none" stands for
the bare package. Every case gets an environment of its own, made anew and removed afterwards.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORMATS = ROOT / "tests" / "data" / "formats"
# Test tools are not something that a user gets.
LEFT_OUT = {"test", "all"}

HEAD = """
import numpy as np
from semdepth import ClassifierHead, analyze, build_graph, structural_similarity
names = ("dog", "cat", "wolf", "car", "bus", "truck", "oak", "rose")
head = ClassifierHead(names, np.random.default_rng(0).normal(size=(8, 16)), "fc")
"""

READ_ALL = f"""
from pathlib import Path
from semdepth.reading.checkpoints import open_checkpoint
from semdepth.errors import MissingExtra, ReadError
read, missing = 0, []
for path in sorted(Path({str(FORMATS)!r}).iterdir()):
    try:
        open_checkpoint(path)
        read += 1
    except MissingExtra as error:
        missing.append(f"{{path.name}}: {{error}}")
    except ReadError:
        pass  # files that are there to be refused
assert read > 50, read
print(read, "files read,", len(missing), "need an extra")
assert not missing, missing[:3]
"""

# What each extra is for, as a user would notice that it works.
CHECKS = {
    "none": READ_ALL
    + HEAD
    + """
from semdepth import Hdbscan, Optics
for clusterer in (None, Optics(min_samples=2), Hdbscan(min_cluster_size=2)):
    print(analyze(head, clusterer=clusterer))
""",
    "figures": HEAD
    + """
import tempfile
from semdepth import write_analysis
with tempfile.TemporaryDirectory() as folder:
    files = write_analysis(analyze(head), folder + "/out")
    assert any(file.suffix == ".png" for file in files), files
""",
    "alignment": HEAD
    + """
from semdepth.alignment import align
matrix = structural_similarity(head)
assert align(matrix, matrix, permutations=10).kendall == 1
""",
    "fast": HEAD
    + """
from semdepth import Louvain
from semdepth.kernels import compiled, compiled_louvain, louvain, similarity_rows
louvain.COMPILED_FROM = similarity_rows.COMPILED_FROM = 0
print(analyze(head, clusterer=Louvain()))
""",
    "torch": HEAD
    + """
print(analyze(head, device="torch-cpu"))
""",
    "neighbours": HEAD
    + """
from semdepth import neighbours
neighbours.EXACT_UP_TO = 0
many = np.random.default_rng(0).normal(size=(3000, 16))
head = ClassifierHead([f"class {i}" for i in range(3000)], many, "fc")
print(analyze(head, neighbours=8).notes)
""",
    "parquet": """
import tempfile, pyarrow, pyarrow.parquet
from semdepth import read_labels, read_predictions
with tempfile.TemporaryDirectory() as folder:
    table = pyarrow.table({"y_true": ["dog", "cat"], "y_pred": ["dog", "dog"]})
    pyarrow.parquet.write_table(table, folder + "/p.parquet")
    from semdepth.labels import label_set_of_names
    names = label_set_of_names(["dog", "cat"], "names")
    assert read_predictions(folder + "/p.parquet", names).counts.sum() == 2
"""
    + HEAD
    + """
from semdepth import write_table
with tempfile.TemporaryDirectory() as folder:
    write_table(analyze(head), folder + "/edges.parquet")
    assert pyarrow.parquet.read_table(folder + "/edges.parquet").num_rows > 0
""",
    "images": HEAD
    + """
import tempfile
from pathlib import Path
from PIL import Image
from semdepth import write_report
with tempfile.TemporaryDirectory() as folder:
    pictures = Path(folder) / "pictures"
    pictures.mkdir()
    for name in names:
        Image.new("RGB", (90, 60), "green").save(pictures / (name + ".png"))
    plain, pictured = Path(folder) / "a.html", Path(folder) / "b.html"
    write_report(analyze(head), plain)
    write_report(analyze(head), pictured, images=pictures)
    assert pictured.stat().st_size > plain.stat().st_size
""",
    "pandas": HEAD + "from semdepth import to_pandas\nprint(to_pandas(analyze(head)))",
    "networkx": HEAD
    + """
from semdepth import to_networkx
print(to_networkx(build_graph(structural_similarity(head))))
""",
    "torchmetrics": """
import torch
from semdepth.integrations.torchmetrics import SemanticMetric
metric = SemanticMetric(torch.nn.Linear(16, 10), labels="cifar-10")
metric.update(torch.randn(50, 10), torch.randint(10, (50,)))
print(metric.compute())
""",
    "lightning": """
from semdepth.integrations.lightning import SemanticDepthCallback
print(SemanticDepthCallback(labels="cifar-10"))
""",
    "transformers": """
from semdepth.integrations.transformers import SemanticDepthCallback
print(SemanticDepthCallback(labels="cifar-10"))
""",
    "keras": """
from semdepth.integrations.keras import SemanticDepthCallback
print(SemanticDepthCallback(labels="cifar-10"))
""",
    "study": """
import numpy as np, tempfile
from semdepth import compare
with tempfile.TemporaryDirectory() as folder:
    for seed in range(3):
        rows = np.random.default_rng(seed).normal(size=(4, 6))
        np.savez(f"{folder}/{seed}.npz", weight=rows, classes=["dog", "cat", "car", "bus"])
    found = compare([folder], jobs=2)
    assert len(found.models) == 3, found
""",
    "dask": """
from semdepth.study.jobs import Task, run_jobs
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, processes=True, dashboard_address=None) as cluster:
        tasks = [Task("four", 4)]
        address = cluster.scheduler_address
        print(run_jobs(tasks, (1).__truediv__, backend="dask", scheduler=address))
""",
    "ray": """
from semdepth.study.jobs import Task, run_jobs
print(run_jobs([Task("four", 4), Task("five", 5)], (1).__truediv__, backend="ray"))
""",
    "yaml": """
import tempfile
from pathlib import Path
from semdepth.reading.taxonomies import read_taxonomy
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "pets.yaml"
    path.write_text("animal:\\n  dog:\\n  cat:\\n")
    assert len(read_taxonomy(path)) == 3
""",
    "rdf": """
import tempfile
from pathlib import Path
from semdepth.reading.taxonomies import read_taxonomy
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "pets.ttl"
    path.write_text(
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\\n@prefix : <http://x.org/> .\\n"
        ":dog rdfs:subClassOf :animal .\\n:cat rdfs:subClassOf :animal .\\n"
    )
    assert len(read_taxonomy(path)) == 3
""",
}


def main(names: list[str]) -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ["none", *(e for e in project["optional-dependencies"] if e not in LEFT_OUT)]
    unknown = sorted(set(names) - set(extras))
    unchecked = sorted(set(extras) - set(CHECKS))
    if unknown or unchecked:
        print(f"no such extra: {unknown}; without a check: {unchecked}", file=sys.stderr)
        return 2
    failed = [name for name in names or extras if not holds(name)]
    print("all hold" if not failed else f"failed: {', '.join(failed)}")
    return bool(failed)


def holds(extra: str) -> bool:
    """Whether the package with this extra alone does what the extra is for."""
    began = time.monotonic()
    wanted = str(ROOT) if extra == "none" else f"{ROOT}[{extra}]"
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, wanted], check=True)
        # Outside of the checkout, so that the installed package is what is imported.
        done = subprocess.run([python, "-W", "error", "-c", CHECKS[extra]], cwd=folder)
    verdict = "holds" if done.returncode == 0 else "FAILS"
    print(f"{extra:<12} {verdict}  ({time.monotonic() - began:.0f} s)", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
