"""Finds the models in Hugging Face's cache: ``hub/models--org--name/snapshots/<revision>``.

Source: the layout that huggingface_hub documents as its cache system. ``refs/main`` holds the
revision that ``main`` had when it was loaded; files in snapshots are links into ``blobs``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from semdepth.errors import ReadError
from semdepth.study.candidates import Found, entries, is_model_folder, models_among

_PREFIX = "models--"
_REVISION = re.compile(r"[\w-][\w.-]{0,99}")


def is_entry(folder: Path) -> bool:
    """Whether a folder is a model's in the cache."""
    return folder.name.startswith(_PREFIX) and (folder / "snapshots").is_dir()


def is_snapshot(folder: Path) -> bool:
    """Whether a folder is one of the states of a model in the cache."""
    return folder.parent.name == "snapshots" and folder.parents[1].name.startswith(_PREFIX)


def hub_of(folder: Path) -> Path | None:
    """The cache's folder of models: this one, or ``hub`` in it; None for other folders."""
    for hub in (folder, folder / "hub"):
        if hub.is_dir() and any(is_entry(entry) for entry in entries(hub)):
            return hub
    return None


def models_in_hub(hub: Path, passed: list[Path]) -> list[Found]:
    """The models of all entries; those of which no weights were loaded are passed over."""
    found = []
    for entry in filter(is_entry, entries(hub)):
        try:
            found += models_in_entry(entry)
        except ReadError:
            passed.append(entry)
    return found


def models_in_entry(entry: Path) -> list[Found]:
    """The model of an entry of the cache, as ``main`` was when it was loaded."""
    return models_in_snapshot(_snapshot(entry))


def models_in_snapshot(snapshot: Path) -> list[Found]:
    """The model in a snapshot, called ``org/name``; or its checkpoints, each called after its file.

    Raises ReadError where no weights were loaded.
    """
    title = snapshot.parents[1].name.removeprefix(_PREFIX).replace("--", "/")
    if is_model_folder(snapshot):
        return [Found(snapshot, title)]
    found = models_among([entry for entry in entries(snapshot) if entry.is_file()], [])
    if not found:
        raise ReadError(
            f"{snapshot}: expected the weights of {title}, found none in the cache; load the "
            f"model first (huggingface-cli download {title})"
        )
    if len(found) == 1:
        return [replace(found[0], title=title)]
    return [replace(model, title=f"{title}/{model.path.name}") for model in found]


def _snapshot(entry: Path) -> Path:
    """The snapshot that ``refs/main`` names, or the only one."""
    snapshots = [state for state in entries(entry / "snapshots") if state.is_dir()]
    main = _revision(entry / "refs" / "main")
    chosen = [state for state in snapshots if state.name == main] or snapshots
    if len(chosen) != 1:
        raise ReadError(
            f"{entry}: expected one snapshot or the one of refs/main, found {len(snapshots)} "
            "snapshots; name one of them: snapshots/<revision>"
        )
    return chosen[0]


def _revision(ref: Path) -> str | None:
    try:
        with ref.open("rb") as file:
            text = file.read(200).decode("utf-8", "replace").strip()
    except OSError:
        return None
    return text if _REVISION.fullmatch(text) else None
