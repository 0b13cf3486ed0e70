"""Tells checkpoints that hold one rank's share of a model, which no single file can make whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from semdepth.errors import UnknownFormat
from semdepth.head import StoredTensor
from semdepth.reading.checkpoints.containers.regions import ZipRegion

EXPECTED = "a checkpoint of the whole model"
DEEPSPEED = "gather it with the zero_to_fp32.py that DeepSpeed put beside it, and read its output"
FSDP = (
    "save it with FullStateDictConfig, or gather a folder of shards with "
    "python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pth"
)
# What DeepSpeed's ZeRO optimizer files hold, and FSDP's flattened parameters are called.
PARTITIONS = ("single_partition_of_fp32_groups", "fp32_flat_groups", "fp32_groups_flat")
FLATTENED = ("flat_param", "_flat_param")


def check_whole(path: Path, content: object, tensors: Iterable[StoredTensor]) -> None:
    """Raise UnknownFormat, with the way out, for a share of a checkpoint by DeepSpeed or FSDP."""
    weights = [tensor for tensor in tensors if len(tensor.shape)]
    if _is_deepspeed(content, weights):
        _refuse(path, "one rank's share of a DeepSpeed ZeRO checkpoint", DEEPSPEED)
    ends = {tensor.name.rpartition(".")[2].split("_fpw_module")[0] for tensor in weights}
    if ends & set(FLATTENED):
        _refuse(path, "one rank's flattened share of an FSDP checkpoint", FSDP)


def check_one_archive(path: Path, entries: dict[str, ZipRegion]) -> None:
    """Raise UnknownFormat for a shard of torch.distributed.checkpoint: archives in a row.

    Opened as one archive it would show the last tensor only.
    """
    if entries and min(region.info.header_offset for region in entries.values()) > 0:
        _refuse(path, "several archives in a row, a shard of torch.distributed.checkpoint", FSDP)


def check_whole_folder(folder: Path, names: Iterable[str]) -> None:
    """Raise UnknownFormat, with the way out, for a folder of shards by FSDP or DeepSpeed."""
    names = list(names)
    if any(name.endswith(".distcp") for name in names):
        _refuse(folder, "a folder of shards by torch.distributed.checkpoint", FSDP)
    if "zero_to_fp32.py" in names or any(name.startswith("zero_pp_rank_") for name in names):
        _refuse(folder, "a folder of shards by DeepSpeed", DEEPSPEED)


def _is_deepspeed(content: object, weights: list[StoredTensor]) -> bool:
    if not isinstance(content, dict):
        return False
    optimizer = content.get("optimizer_state_dict")
    if isinstance(optimizer, dict) and any(key in optimizer for key in PARTITIONS):
        return True
    # Stage 3 leaves an empty tensor where each parameter was, and tells the shapes apart.
    modules = [tensor for tensor in weights if tensor.name.startswith("module.")]
    emptied = bool(modules) and all(0 in tensor.shape for tensor in modules)
    return "param_shapes" in content and (emptied or not modules)


def _refuse(path: Path, found: str, way_out: str) -> None:
    raise UnknownFormat(f"{path}: expected {EXPECTED}, found {found}; {way_out}")
