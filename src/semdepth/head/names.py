"""What the libraries call the classifier layer, and what they call layers that are none."""

from __future__ import annotations

import re

Path = tuple[str, ...]

# What the classifier layer is called in torchvision, timm, Transformers, pretrained-models,
# EfficientNet-PyTorch, BiT, vit-pytorch and training scripts; numbers at the end are ignored,
# so fc3 and classifier.6 are of the family. The weight of a .npz has a usual name too.
USUAL_NAME = re.compile(
    r"(_?fc|fc_?(last|out|final|cls)|last_?(fc|linear|layer)|linear|lin|dense|final(_layer)?|top"
    r"|(.+_)?classif(ier)?|classifier_distill|classification_head|class_(embed|predictor)"
    r"|(cls|mlp)_?head|heads?|(head_)?dist|dist_head|out|output(_layer)?|(to_)?logits?(_proj)?"
    r"|predictions?|predictor|(cls_)?score|weights?|templates)[\d_]*"
)
# Usual on the outermost level only: deep inside a network they name any layer.
EVERYWHERE = re.compile(r"lin|linear|dense|out|output|top|weights?|templates|.*\d")
# What may stand behind it: head.fc, heads.head, head.l, classifier.linear, classifier.out_proj.
USUAL_TAIL = re.compile(
    r"(fc|l|linear(_out)?|dense|head(_dist)?|conv(olution)?|classifier|logits"
    r"|(out_)?proj|projection|layers|mlp|net)?[\d_]*"
)
# Containers and wrappers, which say nothing about the layer.
WRAPPER = re.compile(
    r"module|_orig_mod|model|net|network|(model_)?(state_dict|state|params|weights)|checkpoint"
)
AVERAGED = re.compile(r"(.+_)?ema(_.+)?|swa(_.+)?|averaged(_.+)?|shadow(_.+)?")
NORM = re.compile(r"(.*norm|bn|ln)\d*")
# Tables that are added to attention.
BIASES = re.compile(r".*bias(es)?")


def _any_part(pattern: str, flags: int = 0) -> re.Pattern:
    """For `search` in a whole name: finds it if one of the parts between its dots fits."""
    return re.compile(rf"(?:^|\.)(?:{pattern})(?![^.])", flags)


OPTIMIZER = _any_part(
    r"opt_state|([^.]+_)?optim(izers?)?(_[^.]+)?|exp_avg(_[^.]+)?|momentum_buffer"
    r"|([^.]+_)?schedulers?|[^.]*scaler"
)
# DETR's classifier is called class_embed; where it is one it has a bias, which embeddings lack.
CLASS_EMBED = _any_part(r"([^.]+_)?class_embed")
EMBEDDING = _any_part(
    r"(?!([^.]+_)?class_embed(?![^.]))[^.]*embe?d[^.]*|([^.]*_)?emb|wte|wpe"
    r"|[^.]*position[^.]*|token_type[^.]*|lookup[^.]*",
    re.IGNORECASE,
)
# Layers of the head, but before the classifier: timm's pre_logits, DistilBERT's pre_classifier.
BEFORE_IT = _any_part(r"pre_?(logits|classifier|head)[^.]*|pooler", re.IGNORECASE)
AUXILIARY = _any_part(r"aux[^.]*", re.IGNORECASE)
# What detectors give beside classes: boxes, reference points, masks.
BESIDE_IT = _any_part(
    r"bbox_(pred(ictor)?|embed|attention)|([^.]+_)?reg(ression_head)?|ref(erence)?_[^.]+"
    r"|masks?_[^.]+|[^.]+_masks?"
)
WEIGHT_NAMES = ("weight", "weights", "kernel")


def split(name: str) -> tuple[Path, Path]:
    """Wrappers, and the layer's own name without ".weight".

    >>> split("state_dict.module.head.fc.weight")
    (('state_dict', 'module'), ('head', 'fc'))
    """
    parts = tuple(name.split("."))
    start = 0
    while start < len(parts) - 1 and _is_wrapper(parts[start]):
        start += 1
    group, path = parts[:start], parts[start:]
    return group, path[:-1] if len(path) > 1 and path[-1] in WEIGHT_NAMES else path


def _is_wrapper(part: str) -> bool:
    return bool(WRAPPER.fullmatch(part) or AVERAGED.fullmatch(part))


def is_usual(path: Path) -> bool:
    """Whether classifier layers are called so: ('head', 'fc'), ('classifier', '6')."""
    if not path or USUAL_NAME.fullmatch(path[0]) is None:
        return False
    return all(USUAL_TAIL.fullmatch(part) for part in path[1:])


def usual_end(path: Path) -> Path | None:
    """The end of a path that is a usual name for a classifier, even within a container."""
    tails = (path[start:] for start in range(len(path)))
    return next((t for t in tails if is_usual(t) and not EVERYWHERE.fullmatch(t[0])), None)
