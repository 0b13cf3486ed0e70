"""Makes the PyTorch files tests/data/formats/torch_* that torch alone writes.

Needs torch 2.13 and torchao 0.18 beside numpy: ``python scripts/formats/torch_files.py [FOLDER]``.
The tests know the numbers by formula, so the files need not come out byte for byte the same.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import tarfile
import tempfile
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch.ao import quantization
from torch.nn.utils import parametrizations, prune

TESTS = Path(__file__).parents[2] / "tests"
sys.path.insert(0, str(TESTS))

from canonical_head import (  # noqa: E402
    BIAS,
    CLASSES,
    DIMENSION,
    HIDDEN_BIAS,
    HIDDEN_WEIGHT,
    N_CLASSES,
    SCALE,
    WEIGHT,
)


class Network(torch.nn.Module):
    """A hidden layer and the head."""

    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(HIDDEN_WEIGHT.shape[1], DIMENSION)
        self.fc = torch.nn.Linear(DIMENSION, N_CLASSES)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.relu(self.hidden(features)))


def canonical(network: torch.nn.Module) -> torch.nn.Module:
    """The network with the canonical numbers in ``hidden`` and ``fc``."""
    with torch.no_grad():
        network.hidden.weight.copy_(torch.from_numpy(HIDDEN_WEIGHT))
        network.hidden.bias.copy_(torch.from_numpy(HIDDEN_BIAS))
        network.fc.weight.copy_(torch.from_numpy(WEIGHT))
        network.fc.bias.copy_(torch.from_numpy(BIAS))
    return network.eval()


def torchscript(path: Path, module: torch.nn.Module, files: dict[str, str] | None = None) -> None:
    module.save(path, _extra_files=files or {})
    without(path, ".debug_pkl")


def scripted_with_names(path: Path) -> None:
    """A scripted module; Ultralytics' exporters pack their names into such a config.txt."""
    config = json.dumps({"names": dict(enumerate(CLASSES))})
    torchscript(path, torch.jit.script(canonical(Network())), {"config.txt": config})


def frozen(path: Path) -> None:
    """A frozen module: its weights are constants of the code."""
    torchscript(path, torch.jit.freeze(torch.jit.script(canonical(Network()))))


def exported(path: Path) -> None:
    """A torch.export archive; the graph is taken out, for it names folders of this machine."""
    program = torch.export.export(canonical(Network()), (torch.ones(1, 12),))
    torch.export.save(program, path, extra_files={"class_names.txt": "\n".join(CLASSES)})
    without(path, "models/model.json")


def without(path: Path, ending: str) -> None:
    """Take the entries out that name folders of this machine."""
    with zipfile.ZipFile(path) as archive:
        kept = {
            entry.filename: archive.read(entry)
            for entry in archive.infolist()
            if not entry.filename.endswith(ending)
        }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def quantised_network() -> torch.nn.Module:
    """The network quantised, per tensor in ``hidden`` and per channel in ``fc``."""

    class Quantised(Network):
        def __init__(self):
            super().__init__()
            self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()

        def forward(self, features: torch.Tensor) -> torch.Tensor:
            return self.dequant(self.fc(torch.relu(self.hidden(self.quant(features)))))

    network = canonical(Quantised())
    network.qconfig = quantization.get_default_qconfig("qnnpack")
    quantization.prepare(network, inplace=True)
    network(torch.ones(1, 12))
    quantization.convert(network, inplace=True)
    hidden = torch.quantize_per_tensor(torch.from_numpy(HIDDEN_WEIGHT), SCALE, 0, torch.qint8)
    network.hidden.set_weight_bias(hidden, torch.from_numpy(HIDDEN_BIAS))
    network.fc.set_weight_bias(per_channel(), torch.from_numpy(BIAS))
    return network


def per_channel() -> torch.Tensor:
    """The head's weight in eight bits, its classes with the scales 1/64, 1/128, 1/64, ..."""
    scales = SCALE / (1 + torch.arange(N_CLASSES, dtype=torch.float64) % 2)
    zero_points = torch.arange(N_CLASSES)
    weight = torch.from_numpy(WEIGHT)
    return torch.quantize_per_channel(weight, scales, zero_points, 0, torch.qint8)


def quantised(path: Path) -> None:
    """Quantised tensors as such: per tensor with a zero point, and per channel."""
    hidden = torch.quantize_per_tensor(torch.from_numpy(HIDDEN_WEIGHT), SCALE, 64, torch.quint8)
    torch.save(
        {
            "hidden.weight": hidden,
            "hidden.bias": torch.from_numpy(HIDDEN_BIAS),
            "fc.weight": per_channel(),
            "fc.bias": torch.from_numpy(BIAS),
            "class_names": list(CLASSES),
        },
        path,
    )


def other_kinds(path: Path) -> None:
    """Tensors that are no plain stretch of numbers, beside the head."""
    weight = torch.from_numpy(HIDDEN_WEIGHT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = weight.to_sparse_csr()
    torch.save(
        {
            "coo": weight.to_sparse_coo(),
            "csr": rows,
            "meta": torch.empty(3, 4, device="meta"),
            **canonical(Network()).state_dict(),
        },
        path,
    )


def torchao_weights(path: Path) -> None:
    """A state dict of torchao's eight-bit weights."""
    from torchao.quantization import Int8WeightOnlyConfig, quantize_

    network = canonical(Network())
    quantize_(network, Int8WeightOnlyConfig())
    torch.save(network.state_dict(), path)


def eight_bits(path: Path) -> None:
    """All 256 bit patterns in each of PyTorch's floats of eight bits."""
    bits = torch.arange(256, dtype=torch.uint8)
    names = ("e4m3fn", "e5m2", "e4m3fnuz", "e5m2fnuz", "e8m0fnu")
    torch.save({name: bits.view(getattr(torch, f"float8_{name}")) for name in names}, path)


def tied(path: Path) -> None:
    """One head under two usual names, and the embedding that it is tied to."""
    head = canonical(Network()).fc
    names = ("embed_tokens.weight", "fc.weight", "classifier.weight")
    state = OrderedDict((name, head.weight.detach()) for name in names)
    torch.save({"state_dict": state, "classes": list(CLASSES)}, path)


def computed_weights(path: Path) -> None:
    """Layers that compute their weight: by weight norm, spectral norm and a pruning mask."""
    old, new = canonical(Network()), canonical(Network())
    torch.nn.utils.weight_norm(old.fc)
    parametrizations.weight_norm(new.fc)
    spectral_old, spectral_new = canonical(Network()), canonical(Network())
    torch.nn.utils.spectral_norm(spectral_old.fc)
    parametrizations.spectral_norm(spectral_new.fc)
    pruned = canonical(Network())
    prune.custom_from_mask(pruned.fc, "weight", torch.from_numpy(WEIGHT > 0))
    layers = {"old": old, "new": new, "pruned": pruned}
    layers |= {"spectral_old": spectral_old, "spectral_new": spectral_new}
    torch.save({name: network.fc.eval().state_dict() for name, network in layers.items()}, path)
    # What the layers compute, for the test to compare with.
    inputs = torch.eye(DIMENSION)
    with torch.no_grad():
        used = {n: (net.fc(inputs) - net.fc.bias).T.numpy() for n, net in layers.items()}
    np.savez(path.with_suffix(".npz"), **used)


def legacy_tar(path: Path) -> None:
    """The form before PyTorch 0.1.10, whose writer is long gone: as torch.load reads it."""
    state = OrderedDict(canonical(Network()).state_dict())
    storages, tensors = BytesIO(), BytesIO()
    pickle.dump(len(state), storages, 2)
    pickle.dump(len(state), tensors, 2)
    keys = {}
    for number, (name, tensor) in enumerate(state.items()):
        storage_key, keys[name] = 100 + number, 200 + number
        pickle.dump((storage_key, "cpu", torch.FloatStorage), storages, 2)
        storages.write(struct.pack("<q", tensor.numel()) + tensor.numpy().tobytes())
        pickle.dump((keys[name], storage_key, torch.FloatTensor), tensors, 2)
        sizes, strides = tensor.shape, tensor.stride()
        layout = f"<ii{2 * len(sizes)}qq"
        tensors.write(struct.pack(layout, len(sizes), 0, *sizes, *strides, 0))
    pickle.dump([], storages, 2)
    content = BytesIO()
    pickler = pickle.Pickler(content, 2)
    pickler.persistent_id = lambda value: keys.get(value.name) if type(value) is Key else None
    named = OrderedDict((name, Key(name)) for name in state)
    pickler.dump({"state_dict": named, "classes": list(CLASSES)})
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("storages", storages), ("tensors", tensors), ("pickle", content)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data.getvalue())
            entry.mtime = 0.5  # as Python 3 writes it: with an extended header
            archive.addfile(entry, BytesIO(data.getvalue()))
    loaded = torch.load(path, weights_only=False)["state_dict"]
    assert all(torch.equal(loaded[name], state[name]) for name in state)


class Key:
    """Stands for a tensor in the tar form's pickle."""

    def __init__(self, name: str):
        self.name = name


FORMATS: dict[str, Callable[[Path], None]] = {
    "torch_scripted.pt": scripted_with_names,
    "torch_frozen.pt": frozen,
    "torch_exported.pt2": exported,
    "torch_quantised.pth": quantised,
    "torch_quantised_layers.pth": lambda path: torch.save(quantised_network().state_dict(), path),
    "torch_quantised_module.pth": lambda path: torch.save(
        torch.nn.Sequential(*(quantised_network().hidden, quantised_network().fc)), path
    ),
    "torch_quantised_scripted.pt": lambda path: torchscript(
        path, torch.jit.script(quantised_network())
    ),
    "torch_other_kinds.pth": other_kinds,
    "torch_torchao.pth": torchao_weights,
    "torch_float8.pth": eight_bits,
    "torch_tied.pth": tied,
    "torch_computed_weights.pth": computed_weights,
    "torch_legacy.tar": legacy_tar,
}


def write_all(formats: dict[str, Callable[[Path], None]]) -> None:
    """Write each file into the folder of the command line, or tests/data/formats."""
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else TESTS / "data" / "formats"
    folder = given.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    # In an empty folder, so that no path of this machine gets into a file.
    with tempfile.TemporaryDirectory() as empty:
        os.chdir(empty)
        for name, make in formats.items():
            torch.manual_seed(0)
            make(folder / name)
            print(name, (folder / name).stat().st_size)
        os.chdir(folder)


if __name__ == "__main__":
    write_all(FORMATS)
