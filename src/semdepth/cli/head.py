"""``semdepth head``: which tensor of a checkpoint is the classifier layer, and why."""

from __future__ import annotations

import json
from pathlib import Path

import click

from semdepth.cli.options import format_option


@click.command(
    short_help="Which tensor is the classifier layer, and why.",
    epilog="""\b
Examples:
  semdepth head model.safetensors
  semdepth head checkpoint.pth --classes 100
  semdepth head resnet-50/ --format json     a Hugging Face model folder""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--classes", type=click.IntRange(min=2), help="How many classes the model has.")
@click.option("--tensor", help="Take this tensor, by its name.")
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows shown."
)
@format_option
def head(file: Path, classes: int | None, tensor: str | None, top: int, form: str):
    """List every tensor that could be the classifier layer, and say which one is taken and why.

    FILE is a checkpoint: safetensors, PyTorch (.pt, .pth, .bin), .npz, .npy, or a Hugging Face
    model folder. It is read without PyTorch and nothing in it is run.
    """
    from semdepth.cli.summary import print_candidates
    from semdepth.errors import AmbiguousHead
    from semdepth.head import find_head, rank_heads
    from semdepth.reading.checkpoints import open_checkpoint

    checkpoint = open_checkpoint(file)
    names = checkpoint.class_names
    expected = classes or (None if names is None else len(names))
    candidates = rank_heads(
        checkpoint.tensors,
        classes=expected,
        keeps_order=checkpoint.keeps_order,
        output_layers=checkpoint.output_layers,
    )
    refusal = None
    try:
        found = find_head(
            checkpoint.tensors,
            name=tensor,
            classes=expected,
            keeps_order=checkpoint.keeps_order,
            output_layers=checkpoint.output_layers,
        )
        chosen = found.tensor.name
    except AmbiguousHead as error:
        chosen, refusal = None, error
    if form == "json":
        click.echo(json.dumps(_as_dict(checkpoint, candidates, chosen), ensure_ascii=False))
    else:
        print_candidates(checkpoint, candidates, chosen, top)
    if refusal is not None:
        raise refusal


def _as_dict(checkpoint, candidates, chosen: str | None) -> dict:
    return {
        "file": str(checkpoint.path),
        "format": checkpoint.format,
        "tensors": len(checkpoint.tensors),
        "class_names": checkpoint.names_from or None,
        "chosen": chosen,
        "candidates": [
            {
                "name": candidate.tensor.name,
                "shape": list(candidate.tensor.shape),
                "dtype": candidate.tensor.dtype,
                "n_classes": candidate.n_classes,
                "dimension": candidate.dimension,
                "bias": None if candidate.bias is None else candidate.bias.name,
                "chosen": candidate.tensor.name == chosen,
                "reason": candidate.reason,
            }
            for candidate in candidates
        ],
    }
