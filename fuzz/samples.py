"""The inputs of a run: well-formed files, every input that once failed, and mutations of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fuzz import seeds
from fuzz.dice import Dice
from fuzz.mutations import mutate

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "data"
CORPUS = Path(__file__).parent / "corpus"
# Which reader a fixture is for, by its name and, for PyTorch's and plain pickles, by its lead.
SUFFIXES = {
    ".onnx": "onnx",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".keras": "keras",
    ".tflite": "tflite",
    ".msgpack": "flax",
    ".npz": "numpy",
    ".npy": "numpy",
    ".safetensors": "safetensors",
    ".pdparams": "pickle",
    ".pdopt": "pickle",
}
LEGACY_LEAD = b"\x80\x02\x8a\nl\xfc\x9cF"
# Mutations of all formats meet in one pool; only short files are worth splicing.
LONGEST_IN_POOL = 8_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A small folder of files, of which one reader gets the folder or the file ``input*``."""

    format: str
    name: str
    files: dict[str, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))

    def write(self, folder: Path) -> Path:
        """Write the files into `folder`, and say which path the reader is to open."""
        opened = folder
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            opened = path if name.startswith("input") else opened
        return opened


def seed_samples() -> list[Sample]:
    """Every well-formed file: those of tests/data, and those of `fuzz.seeds`."""
    found = [
        Sample(format, name, files)
        for format, samples in seeds.CHECKPOINTS.items()
        for name, files in samples.items()
    ]
    for folder in ("checkpoints", "formats"):
        found += _fixtures(FIXTURES / folder)
    for format, files in (
        ("taxonomy", {name: text.encode() for name, text in seeds.TAXONOMIES.items()}),
        ("predictions", seeds.PREDICTIONS),
        ("confusions", seeds.CONFUSIONS),
    ):
        found += [Sample(format, n, {f"input{Path(n).suffix}": d}) for n, d in files.items()]
    found.append(_folder("taxonomy", FIXTURES / "wordnet_excerpt"))
    return found


def corpus_samples(corpus: Path = CORPUS) -> list[Sample]:
    """What once failed: corpus/FORMAT/NAME, each a folder."""
    return [_folder(p.parent.name, p) for p in sorted(corpus.glob("*/*")) if p.is_dir()]


class Stock:
    """The files that mutations start from, by format."""

    def __init__(self, samples: Sequence[Sample]):
        self.formats = list(dict.fromkeys(sample.format for sample in samples))
        self.of = {f: [sample for sample in samples if sample.format == f] for f in self.formats}
        short = (data for sample in samples for data in sample.files.values())
        self.pool = tuple(data for data in short if 0 < len(data) <= LONGEST_IN_POOL)

    def mutation(self, seed: int, number: int) -> Sample:
        """The mutation of that number; formats take turns."""
        format = self.formats[number % len(self.formats)]
        return mutated(self.of[format], Dice(f"{seed}/{number}", self.pool))


def mutated(samples: Sequence[Sample], dice: Dice) -> Sample:
    """One of the samples with one of its files damaged, exchanged, or left out."""
    sample = dice.choice(samples)
    name = dice.choice(sorted(sample.files))
    files = dict(sample.files)
    if len(files) > 1 and dice.one_in(12):
        other = dice.choice(sorted(files))
        files[name], files[other] = files[other], files[name]
    elif len(files) > 1 and dice.one_in(30):
        del files[name]
    else:
        files[name] = mutate(name, files[name], dice)
    return replace(sample, files=files)


def _fixtures(folder: Path) -> list[Sample]:
    paths = sorted(folder.iterdir())
    # onnx_dynamo.onnx.data lies beside onnx_dynamo.onnx, and is no input of its own.
    names = {path.name for path in paths}
    alone = [p for p in paths if not any(p.name.startswith(f"{n}.") for n in names)]
    return [_folder(_format(p), p) if p.is_dir() else _file(p) for p in alone]


def _file(path: Path) -> Sample:
    beside = {p.name: p.read_bytes() for p in path.parent.glob(f"{path.name}.*")}
    return Sample(_format(path), path.name, {f"input{path.suffix}": path.read_bytes(), **beside})


def _folder(format: str, folder: Path) -> Sample:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    return Sample(format, folder.name, files)


def _format(path: Path) -> str:
    if path.is_dir():
        return "tfjs" if (path / "model.json").exists() else "huggingface"
    if path.suffix in SUFFIXES:
        return SUFFIXES[path.suffix]
    with path.open("rb") as file:
        lead = file.read(24)
    if lead.startswith(b"PK\x03\x04"):
        return "torch"
    if lead.startswith(LEGACY_LEAD):
        return "torch-legacy"
    return "pickle" if lead.startswith(b"\x80") else "torch-tar"
