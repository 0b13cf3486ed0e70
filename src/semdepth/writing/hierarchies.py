"""Writes an induced hierarchy as a folder: Newick, JSON, and a figure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from semdepth.induction import SCHEMA, Dendrogram, node_names, subsumers_of_nodes
from semdepth.labels import Placement
from semdepth.writing.drawings import FIGURE_FORMATS, known_formats, rendered
from semdepth.writing.folder import File, write_folder

ENTRIES = ("hierarchy.json", "hierarchy.nwk", "dendrogram.png", "dendrogram.svg")


def write_hierarchy(
    dendrogram: Dendrogram,
    folder: str | Path,
    placement: Placement,
    *,
    title: str | None = None,
    formats: Iterable[str] = FIGURE_FORMATS,
    inputs: Iterable[Path] = (),
) -> list[Path]:
    """Write ``hierarchy.nwk``, ``hierarchy.json`` and ``dendrogram.png`` and ``.svg``.

    All or nothing; an earlier result in the folder is replaced. The Newick file can be read back
    as a taxonomy. Figures need ``semdepth[figures]``; no ``formats``, no figures.
    """
    formats = known_formats(formats)
    files = _files(dendrogram, placement, title, formats)
    return write_folder(folder, files, owns=_is_result, entries=ENTRIES, inputs=inputs)


def hierarchy_json(dendrogram: Dendrogram, placement: Placement) -> str:
    """The tree as JSON (schema ``semdepth/dendrogram``), with a line for each inner node."""
    taxonomy = placement.taxonomy
    names = [*dendrogram.labels, *node_names(dendrogram, placement)]
    n, sizes = len(dendrogram.labels), dendrogram.sizes().tolist()
    concepts = subsumers_of_nodes(dendrogram, placement).tolist()
    nodes = [
        {
            "name": names[n + step],
            "children": [names[child] for child in pair],
            "height": height,
            "size": sizes[n + step],
            "id": None if concept < 0 else taxonomy.ids[concept],
            "concept": None if concept < 0 else taxonomy.names[concept],
            "depth": None if concept < 0 else taxonomy.depth(concept),
        }
        for step, (pair, height, concept) in enumerate(
            zip(dendrogram.merges.tolist(), dendrogram.heights.tolist(), concepts, strict=True)
        )
    ]
    data = dendrogram.to_dict() | {"taxonomy": taxonomy.title}
    lines = [f"{_json(key)}: {_json(value)}" for key, value in data.items()]
    rows = ",\n  ".join(_json(node) for node in nodes)
    return "{\n" + ",\n".join([*lines, f'"nodes": [\n  {rows}\n]']) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _files(
    dendrogram: Dendrogram, placement: Placement, title: str | None, formats: tuple[str, ...]
) -> Iterator[File]:
    def draw():
        from semdepth.writing.figures import plot_dendrogram

        return plot_dendrogram(dendrogram, placement, title=title)

    yield "hierarchy.json", hierarchy_json(dendrogram, placement).encode()
    yield "hierarchy.nwk", f"{dendrogram.to_newick(node_names(dendrogram, placement))}\n".encode()
    yield from rendered([("dendrogram", draw)], formats)


def _is_result(folder: Path) -> bool:
    """Whether an earlier hierarchy was written into this folder."""
    try:
        with (folder / "hierarchy.json").open(encoding="utf-8") as file:
            return SCHEMA in file.read(200)
    except (OSError, UnicodeDecodeError):
        return False
