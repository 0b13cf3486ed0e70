"""Builds the tensor tables of torchvision's, timm's and Transformers' models for a test.

    python scripts/build_architectures.py [OUTPUT_FILE]

Needs torch, torchvision, timm and transformers (the versions in use are recorded in the output).
No weights are loaded and nothing is downloaded: the models are built on the meta device, where a
tensor has a shape and no numbers.

Which tensors make up the classifier is not read off their names: every model is built for two
numbers of classes, and the tensors whose shapes differ are those that depend on the classes.
Names and module types only tell these apart: auxiliary heads, boxes, masks, embedded labels.

Of the models that one module of a library defines, one of each layout is kept: the one with the
fewest tensors of those whose names, numbers aside, and axes are the same.
"""

import json
import lzma
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import torch

OUTPUT = Path(__file__).parents[1] / "tests/data/architectures.json.xz"
LIBRARIES = ("torch", "torchvision", "timm", "transformers")
MANY, FEW = 1000, 37
# Auxiliary are heads that help in training, and those by which a detector's encoder picks queries.
AUXILIARY = re.compile(r"(^|[._])aux|\benc_(score|out)", re.IGNORECASE)
BOXES = re.compile(r"bbox_pred\b")
MASKS = re.compile(r"mask_fcn_logits")
# Transformers' kinds of models that have an output for each class, and those that have none.
WITH_CLASSES = (
    "IMAGE_CLASSIFICATION",
    "VIDEO_CLASSIFICATION",
    "AUDIO_CLASSIFICATION",
    "AUDIO_FRAME_CLASSIFICATION",
    "SEQUENCE_CLASSIFICATION",
    "TOKEN_CLASSIFICATION",
    "TIME_SERIES_CLASSIFICATION",
    "OBJECT_DETECTION",
    "SEMANTIC_SEGMENTATION",
    "INSTANCE_SEGMENTATION",
    "UNIVERSAL_SEGMENTATION",
)
WITHOUT_CLASSES = (
    "IMAGE",
    "ZERO_SHOT_IMAGE_CLASSIFICATION",
    "ZERO_SHOT_OBJECT_DETECTION",
    "DEPTH_ESTIMATION",
    "KEYPOINT_DETECTION",
    "MASK_GENERATION",
)
# Whose outputs no configuration numbers: words of a language model, speakers.
LEFT_OUT = {
    "ShieldGemma2ForImageClassification",
    "Nemotron3DiarizationForAudioFrameClassification",
}
# What configurations call the number of classes.
CLASSES = ("num_labels", "num_targets")
# What a configuration gets, the first that makes a model: more layers of the same kind would only
# make the table longer; after that, what some configurations lack.
BASIC = {"use_pretrained_backbone": False, "pad_token_id": 0}
SMALL = {**BASIC, "num_hidden_layers": 4}
CONFIGURATIONS = (
    SMALL,
    BASIC,
    {},
    {**SMALL, "vocab_size": 33},
    {**SMALL, "head_dim": 64},
    {**SMALL, "num_key_value_heads": 4},
    {**SMALL, "num_cross_attention_heads": 1},
    {**BASIC, "out_indices": [3, 5, 7, 11]},
)

Build = Callable[[int], torch.nn.Module]


def torchvision_models() -> Iterator[tuple[str, str, Build]]:
    """(module, name, how to build it for n classes) of each model that is not quantised."""
    from torchvision import models

    for name in models.list_models():
        builder = models.get_model_builder(name)
        module = builder.__module__.removeprefix("torchvision.models.")
        options = {"weights": None}
        if module.startswith(("detection", "segmentation")):
            options["weights_backbone"] = None
        if module in ("segmentation.deeplabv3", "segmentation.fcn"):
            options["aux_loss"] = True
        if module in ("googlenet", "inception"):
            options["init_weights"] = False  # It takes minutes, and has no effect on shapes.
        if not module.startswith("quantization"):
            yield module, name, _builder(builder, options, "optical_flow" not in module)


def _builder(builder: Callable, options: dict, with_classes: bool) -> Build:
    def build(n: int) -> torch.nn.Module:
        return builder(**options, **({"num_classes": n} if with_classes else {}))

    return build


def timm_models() -> Iterator[tuple[str, str, Build]]:
    """Every model of timm as a classifier; where it has no classifier, as what it is."""
    import timm

    for name in timm.list_models():
        module = timm.models.model_entrypoint(name).__module__.removeprefix("timm.models.")
        yield module, name, lambda n, name=name: timm.create_model(name, num_classes=n)


def transformers_models() -> Iterator[tuple[str, str, Build]]:
    """Every model class for the tasks above, in its default configuration cut to few layers."""
    import transformers
    from transformers.models.auto import modeling_auto

    seen = set(LEFT_OUT)
    for task in WITH_CLASSES + WITHOUT_CLASSES:
        for kind, names in getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES").items():
            for name in [names] if isinstance(names, str) else names:
                model = getattr(transformers, name, None)
                if model is None or name in seen or not hasattr(model, "config_class"):
                    continue
                seen.add(name)
                yield kind, name, _configured(model, task in WITH_CLASSES)


def _configured(model: type, with_classes: bool) -> Build:
    def build(n: int) -> torch.nn.Module:
        labels = dict.fromkeys(CLASSES, n) if with_classes else {}
        error = None
        for options in CONFIGURATIONS:
            try:
                return model(model.config_class(**labels, **options))
            except Exception as failure:
                error = error or failure
        raise error

    return build


def built(build: Build, n: int) -> torch.nn.Module:
    """The model on the meta device, or in memory where building it needs numbers."""
    try:
        with torch.device("meta"):
            return build(n)
    except (NotImplementedError, RuntimeError):
        return build(n)


def table(model: torch.nn.Module) -> dict[str, list]:
    """Name to shape, in the order of state_dict; behind the type where that is not float32."""
    return {
        name: [str(tensor.dtype).removeprefix("torch.")] * (tensor.dtype != torch.float32)
        + list(tensor.shape)
        for name, tensor in model.state_dict().items()
    }


def layout(tensors: dict[str, list]) -> tuple:
    return tuple(sorted({(re.sub(r"\d+", "#", name), len(s)) for name, s in tensors.items()}))


def dependent_on_classes(model: torch.nn.Module, tensors: dict, fewer: dict) -> dict[str, list]:
    """Of each tensor that depends on the number of classes n: role, axis, a and b of a n + b."""
    embeddings = {
        f"{name}.weight"
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Embedding)
    }
    if tensors.keys() != fewer.keys():
        raise ValueError("the number of classes changes which tensors there are")
    found = {}
    for name, shape in tensors.items():
        axes = [i for i, (m, f) in enumerate(zip(shape, fewer[name], strict=True)) if m != f]
        if not axes:
            continue
        (axis,) = axes
        a, rest = divmod(shape[axis] - fewer[name][axis], MANY - FEW)
        if rest:
            raise ValueError(f"{name} does not grow with the classes: {shape}, {fewer[name]}")
        role = role_of(name, shape, axis, name in embeddings)
        found[name] = [role, axis, a, shape[axis] - a * MANY]
    return found


def role_of(name: str, shape: list, axis: int, embedding: bool) -> str:
    if AUXILIARY.search(name):
        return "auxiliary"
    if embedding or axis > 0:
        return "input"
    if BOXES.search(name):
        return "boxes"
    if MASKS.search(name):
        return "masks"
    return "classifier" if len(shape) > 1 else "bias"


def architectures(library: str, models: Iterator[tuple[str, str, Build]]) -> Iterator[dict]:
    """One model of each layout that a module has; what cannot be built is told."""
    smallest: dict[tuple, tuple] = {}
    for module, name, build in models:
        try:
            tensors = table(built(build, MANY))
        except Exception as error:
            tell(library, name, error)
            continue
        key = (module, layout(tensors))
        if key not in smallest or len(tensors) < len(smallest[key][1]):
            smallest[key] = (name, tensors, build)
    for (module, _), (name, tensors, build) in smallest.items():
        try:
            fewer = built(build, FEW)
            depends = dependent_on_classes(fewer, tensors, table(fewer))
        except Exception as error:
            tell(library, name, error)
            continue
        yield {
            "library": library,
            "module": module,
            "name": name,
            "classes": depends,
            "tensors": tensors,
        }


def tell(library: str, name: str, error: Exception) -> None:
    print(f"left out: {library} {name}: {str(error)[:160]!r}", file=sys.stderr, flush=True)


def build(output: Path) -> None:
    warnings.simplefilter("ignore")
    found = [
        *architectures("torchvision", torchvision_models()),
        *architectures("timm", timm_models()),
        *architectures("transformers", transformers_models()),
    ]
    text = json.dumps(
        {
            "versions": {library: version(library) for library in LIBRARIES},
            "architectures": found,
        },
        separators=(",", ":"),
    )
    output.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(found)} architectures, {output.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    build(Path(sys.argv[1]) if len(sys.argv) == 2 else OUTPUT)
