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
@click.option(
    "--head",
    "name",
    metavar="NAME",
    help="Take this layer: a tensor's name, or that of a head made of several (cv3).",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows shown."
)
@format_option
def head(file: Path, classes: int | None, name: str | None, top: int, form: str):
    """List every tensor that could be the classifier layer, and say which one is taken and why.

    The score adds up what speaks for a tensor. Where none is clearly the best, the candidates are
    listed and semdepth asks (exit code 1): name one with --head, here and in analyze and explain.

    FILE is a checkpoint: PyTorch, safetensors, ONNX, Keras, TFLite, TensorFlow.js, Flax,
    PaddlePaddle, .npz, .npy, or a Hugging Face model folder. It is read without the library that
    wrote it, and nothing in it is run.
    """
    from semdepth.cli.summary import print_candidates
    from semdepth.errors import AmbiguousHead, NoHead
    from semdepth.head import find_head, rank_heads
    from semdepth.reading.checkpoints import open_checkpoint

    checkpoint = open_checkpoint(file)
    names = checkpoint.class_names
    about = {
        "classes": classes or (None if names is None else len(names)),
        "keeps_order": checkpoint.keeps_order,
        "output_layers": checkpoint.output_layers,
    }
    candidates = rank_heads(checkpoint.tensors, **about)
    chosen = refusal = None
    try:
        chosen = find_head(checkpoint.tensors, name=name, **about)
    except (AmbiguousHead, NoHead) as error:
        refusal = error
    if chosen is not None and all(c.tensor.name != chosen.tensor.name for c in candidates):
        # The user named a tensor that would not have been considered.
        candidates = [chosen, *candidates]
    if form == "json":
        reason = str(refusal) if chosen is None else chosen.reason
        answer = _as_dict(checkpoint, candidates, chosen, reason)
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        print_candidates(checkpoint, candidates, chosen, top)
    if refusal is not None:
        raise refusal


def _as_dict(checkpoint, candidates, chosen, reason: str) -> dict:
    """`reason` says why `chosen` was taken, or why none was."""
    return {
        "file": str(checkpoint.path),
        "format": checkpoint.format,
        "tensors": len(checkpoint.tensors),
        "class_names": checkpoint.names_from or None,
        "chosen": None if chosen is None else chosen.tensor.name,
        "reason": reason,
        "candidates": [
            {
                "name": candidate.tensor.name,
                "shape": list(candidate.tensor.shape),
                "dtype": candidate.tensor.dtype,
                "n_classes": candidate.n_classes,
                "dimension": candidate.dimension,
                "bias": None if candidate.bias is None else candidate.bias.name,
                "chosen": chosen is not None and candidate.tensor.name == chosen.tensor.name,
                "score": candidate.score,
                "excluded": candidate.excluded,
                "reason": candidate.reason,
            }
            for candidate in candidates
        ],
    }
