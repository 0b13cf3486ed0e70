"""Reads the head of a 2 GB checkpoint with semdepth and with the formats' own libraries.

    python benchmarks/checkpoints.py [--quick] [--write] [--folder FOLDER]

Makes a safetensors and a PyTorch file in a temporary folder (in FOLDER, if given), which goes away
afterwards. Each way to read runs in a process of its own, the file's pages dropped from memory
before it. Seconds, memory and bytes are counted from the moment the libraries are imported:
memory as the growth of the process, bytes as what it asked the system for (``rchar``) and what
came from the disk (``read_bytes``; it alone sees what is read through a memory map). ``--quick``
makes files of 200 MB, ``--write`` puts the table into benchmarks/CHECKPOINTS.md.

Needs torch and safetensors, and Linux's /proc. Ends with an error if semdepth read a tenth of a
file or more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
CLASSES, DIMENSION = 1000, 2048
BLOCK = (4096, 4096)
HEAD = "head.weight"
SHARE_ALLOWED = 0.1
MB = 1e6


def semdepth_head(path: str) -> np.ndarray:
    from semdepth import LabelSet, read_head

    # Names are given, as the peers find none either.
    names = tuple(f"class {i}" for i in range(CLASSES))
    return read_head(path, labels=LabelSet(names, (None,) * CLASSES, "given")).templates


def torch_head(path: str, mmap: bool = False) -> np.ndarray:
    import torch

    return torch.load(path, weights_only=True, mmap=mmap)[HEAD].numpy()


def torch_head_mapped(path: str) -> np.ndarray:
    return torch_head(path, mmap=True)


def safetensors_whole(path: str) -> np.ndarray:
    from safetensors.numpy import load_file

    return load_file(path)[HEAD]


def safetensors_head(path: str) -> np.ndarray:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return file.get_tensor(HEAD)


# What is imported before the clock starts, and the way to read.
WAYS: dict[str, tuple[str, Callable[[str], np.ndarray]]] = {
    "semdepth.read_head": ("semdepth.reading.heads", semdepth_head),
    "torch.load(weights_only=True)": ("torch", torch_head),
    "torch.load(weights_only=True, mmap=True)": ("torch", torch_head_mapped),
    "safetensors.numpy.load_file": ("safetensors.numpy", safetensors_whole),
    "safetensors.safe_open, get_tensor": ("safetensors.numpy", safetensors_head),
}
OURS, *THEIRS = WAYS
PEERS = {"model.safetensors": THEIRS[2:], "model.pth": THEIRS[:2]}


def head() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(CLASSES, DIMENSION)).astype(np.float32)


def tensors(blocks: int) -> dict[str, np.ndarray]:
    """A network of `blocks` square layers of 67 MB, and the head behind them."""
    layer = np.random.default_rng(1).normal(size=BLOCK).astype(np.float32)
    layers = {f"blocks.{i}.weight": layer for i in range(blocks)}
    return {**layers, HEAD: head(), "head.bias": np.zeros(CLASSES, np.float32)}


def write_safetensors(path: Path, blocks: int) -> None:
    """As the library writes it, but one tensor after the other instead of all from memory."""
    header, end = {}, 0
    content = tensors(blocks)
    for name, array in content.items():
        offsets = [end, end + array.nbytes]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        end += array.nbytes
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in content.values():
            file.write(array.tobytes())


def write_pth(path: Path, blocks: int) -> None:
    import torch

    # One storage each: torch.save would write a shared one once.
    torch.save({name: torch.tensor(a) for name, a in tensors(blocks).items()}, path)


WRITERS = {"model.safetensors": write_safetensors, "model.pth": write_pth}


def status(field: str) -> int:
    """A line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"/proc/self/status has no {field}")


def counters() -> dict[str, int]:
    lines = Path("/proc/self/io").read_text().splitlines()
    return {name: int(count) for name, count in (line.split(": ") for line in lines)}


def measured(way: str, path: str) -> dict:
    """One reading in this process: seconds, growth of memory, bytes, and the head's checksum."""
    module, read = WAYS[way]
    __import__(module)
    drop_pages(path)
    memory, before, start = status("VmRSS"), counters(), time.perf_counter()
    templates = read(path)
    # A memory map has read nothing until its numbers are used.
    checksum = float(templates.sum(dtype=np.float64))
    seconds, after = time.perf_counter() - start, counters()
    return {
        "seconds": seconds,
        "memory": status("VmHWM") - memory,
        "asked": after["rchar"] - before["rchar"],
        "disk": after["read_bytes"] - before["read_bytes"],
        "checksum": checksum,
    }


def drop_pages(path: str) -> None:
    """Let the system forget the file, so that what is read comes from the disk."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def in_a_process(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compare(folder: Path, blocks: int) -> list[str]:
    rows = [
        "| file | way | seconds | memory MB | asked MB | from disk MB | seconds, theirs / ours |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, peers in PEERS.items():
        path = folder / name
        in_a_process("--make", str(path), str(blocks))
        os.sync()
        size = path.stat().st_size
        ours = json.loads(in_a_process("--measure", OURS, str(path)))
        for way in (OURS, *peers):
            found = ours if way == OURS else json.loads(in_a_process("--measure", way, str(path)))
            if found["checksum"] != ours["checksum"]:
                raise SystemExit(f"{way} reads another head than semdepth out of {name}")
            rows.append(row(f"{name}, {size / MB:.0f} MB", way, found, ours))
            print(rows[-1], flush=True)
        read = max(ours["asked"], ours["disk"])
        if read >= SHARE_ALLOWED * size:
            raise SystemExit(f"semdepth read {read / size:.0%} of {name}")
        path.unlink()
    return rows


def row(file: str, way: str, found: dict, ours: dict) -> str:
    ratio = "" if found is ours else f"{found['seconds'] / ours['seconds']:.1f}"
    amounts = " | ".join(f"{found[key] / MB:.1f}" for key in ("memory", "asked", "disk"))
    return f"| {file} | {way} | {found['seconds']:.3f} | {amounts} | {ratio} |"


def write_results(rows: list[str]) -> None:
    import safetensors
    import torch

    text = (
        "# The head of a large checkpoint\n\n"
        f"`python benchmarks/checkpoints.py --write` on {platform.machine()}, {os.cpu_count()} "
        f"cores, Python {platform.python_version()}, numpy {np.__version__}, torch "
        f"{torch.__version__}, safetensors {safetensors.__version__}. The head is {CLASSES} x "
        f"{DIMENSION} in float32, {CLASSES * DIMENSION * 4 / MB:.1f} MB. Each way runs in a "
        "process of its own on a file that is not in memory; memory is the growth of the process "
        "after its imports. What is read through a memory map shows only under the disk's "
        "bytes.\n\n"
    )
    (HERE / "CHECKPOINTS.md").write_text(text + "\n".join(rows) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="files of 200 MB, not of 2 GB")
    parser.add_argument("--write", action="store_true", help="write benchmarks/CHECKPOINTS.md")
    parser.add_argument("--folder", help="where the files are made for the while")
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        path, blocks = options.make
        WRITERS[Path(path).name](Path(path), int(blocks))
    elif options.measure:
        print(json.dumps(measured(*options.measure)))
    else:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            rows = compare(Path(folder), 3 if options.quick else 30)
        if options.write:
            write_results(rows)


if __name__ == "__main__":
    main()
