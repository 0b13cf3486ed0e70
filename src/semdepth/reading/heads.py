"""Reads a classifier head out of a checkpoint or a model: the layer, and its classes' names."""

from __future__ import annotations

from pathlib import Path

from semdepth.errors import LabelError
from semdepth.head import Candidate, ClassifierHead, find_head, load_templates
from semdepth.labels import LabelSet, label_set_of_outputs, label_set_of_size
from semdepth.labels.label_sets import NO_CONCEPT
from semdepth.reading.checkpoints import Checkpoint, open_checkpoint
from semdepth.reading.checkpoints.checkpoint import shown
from semdepth.reading.labels import read_labels
from semdepth.reading.live_models import open_model

# From so many classes on (faces, products), classes without names are numbered; below, names
# are expected: ImageNet's largest list has 21,843.
NUMBERED_FROM = 30_000


def read_head(
    source: str | Path | object,
    *,
    labels: str | Path | LabelSet | None = None,
    head: str | None = None,
    classes: str | Path | LabelSet | None = None,
) -> ClassifierHead:
    """The classifier layer of a checkpoint or a model; a file's model is neither run nor imported.

    Parameters
    ----------
    source : the path of a checkpoint: PyTorch, safetensors, ONNX, Keras, TFLite, TensorFlow.js,
        Flax, PaddlePaddle, ``.npz``, ``.npy``, or a Hugging Face model folder; the content
        decides, not the suffix. Or a model in memory: a ``torch.nn.Module`` (timm, torchvision,
        Transformers, Ultralytics ...), a ``keras.Model``, a Flax module, or a dictionary of arrays.
    labels : a known label set's name, a file of names, or a :class:`LabelSet`. Without it, the
        names in the checkpoint decide; failing those, the number of classes, if it is one of
        ImageNet's unmistakable ones; 30,000 classes and more are numbered.
    head : the layer's weight by name, or that of a head made of several tensors
        (docs/heads.md), where the choice is not clear.
    classes : only these, in this order; given as ``labels`` are.

    Raises :class:`ReadError` for the file or model, :class:`HeadError` for the layer, and
    :class:`LabelError` for the names.

    Where a model has one class more than its label set (1001 for ImageNet), the first row is
    TensorFlow's background class and is left out.
    """
    named = isinstance(source, (str, Path))
    checkpoint = open_checkpoint(source) if named else open_model(source)
    given, chosen = map(_label_set_of, (labels, classes))
    found = find_head(
        checkpoint.tensors,
        name=head,
        classes=_n_classes(given, checkpoint),
        keeps_order=checkpoint.keeps_order,
        output_layers=checkpoint.output_layers,
    )
    label_set, background = _label_set(given, checkpoint, found)
    templates, bias = load_templates(found)
    kept = slice(1, None) if background else slice(None)
    whole = ClassifierHead(
        labels=label_set.labels,
        templates=templates[kept],
        tensor=found.tensor.name,
        bias=None if bias is None else bias[kept],
        ids=label_set.ids,
        names_from=label_set.source + (" after a background row" if background else ""),
    )
    if chosen is None:
        return whole
    called = f"the classes of {Path(source).name if named else checkpoint.called}"
    own = LabelSet(whole.labels, whole.ids, called)
    return whole.select([whole.labels[i] for i in own.positions(chosen)])


def _label_set_of(names: str | Path | LabelSet | None) -> LabelSet | None:
    return read_labels(names) if isinstance(names, (str, Path)) else names


def _numbered(n: int) -> LabelSet:
    """Classes that are called by their numbers from 0, and stand nowhere in a taxonomy."""
    numbers = tuple(map(str, range(n)))
    return LabelSet(numbers, (NO_CONCEPT,) * n, "their numbers: so many classes have no names")


def _n_classes(given: LabelSet | None, checkpoint: Checkpoint) -> int | None:
    if given is not None:
        return len(given)
    return None if checkpoint.class_names is None else len(checkpoint.class_names)


def _label_set(
    given: LabelSet | None, checkpoint: Checkpoint, found: Candidate
) -> tuple[LabelSet, bool]:
    """The names of the layer's rows, and whether a background row stands before them."""
    n = found.n_classes
    if given is None and checkpoint.class_names is not None:
        given = label_set_of_outputs(checkpoint.class_names, checkpoint.names_from)
    if given is None:
        given = label_set_of_size(n) or label_set_of_size(n - 1)
        if given is None and n >= NUMBERED_FROM:
            return _numbered(n), False
        if given is None:
            raise LabelError(
                f"expected names for the {n} classes of {shown(found.tensor.name)}, found none in "
                f"{checkpoint.called} (only ImageNet's sizes speak for themselves); pass "
                "--labels with a label set such as cifar-100, or a file with one class a line"
            )
        by_size = f"{n} classes, the size of {given.source.removeprefix('label set ')}"
        given = LabelSet(given.labels, given.ids, by_size)
    if len(given) not in (n, n - 1):
        raise LabelError(
            f"expected {n} class names, one for each row of {shown(found.tensor.name)}, found "
            f"{len(given)} in {given.source}; give as many names as rows"
        )
    return given, len(given) == n - 1
