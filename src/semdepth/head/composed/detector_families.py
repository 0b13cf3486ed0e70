"""How the detectors that people use call their classifiers, and what tells their anchors.

Sources: torchvision's SSD, RetinaNet and FCOS heads; TensorFlow's convolutional box predictors;
MMDetection's, Detectron2's and effdet's dense heads; YOLOv5 to YOLO11 and YOLOX by the names and
shapes in their files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semdepth.head.classifier_head import StoredTensor
from semdepth.head.composed.numbers import put_together, rows_of

Tensors = dict[str, StoredTensor]


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale's classifier, within a `head` of several.

    Of each anchor's rows, `skipped` come before those of the classes and `extra` after them.
    `anchors` is None where the file does not tell.
    """

    head: str
    name: str
    weight: StoredTensor
    bias: StoredTensor | None
    anchors: int | None
    skipped: int = 0
    extra: int = 0

    @property
    def rows(self) -> int:
        return self.weight.shape[self.weight.class_axis]

    def classes_in(self, slots: int) -> int:
        return slots - self.skipped - self.extra


@dataclass(frozen=True, slots=True)
class Family:
    """What a kind of detector calls its classifiers.

    `weight` matches a classifier's weight: `head` in it is the head's name, `scale` follows where
    there are several. `boxes` is the weight of the layer beside it, which has four rows an anchor;
    a family without has one anchor. `extra` rows of each anchor stand behind those of the classes.
    """

    weight: re.Pattern
    boxes: str | None = None
    extra: int = 0


def _family(weight: str, boxes: str | None = None, extra: int = 0) -> Family:
    return Family(re.compile(weight), boxes, extra)


FAMILIES = (
    # YOLOv8 to YOLO11, YOLOv9, YOLOv10; YOLOX, and its kind in MMDetection.
    _family(r"(?P<head>(.+\.)?(one2one_)?cv3)(?P<scale>\.\d+)\.2\.weight"),
    _family(r"(?P<head>(.+\.)?(cls_preds|multi_level_conv_cls|rtm_cls))(?P<scale>\.\d+)\.weight"),
    # torchvision: SSD and SSDlite; RetinaNet and FCOS.
    _family(
        r"(?P<head>(?P<at>.*)classification_head\.module_list)(?P<scale>\.\d+)(?P<tail>(\.1)?)\.weight",
        r"\g<at>regression_head.module_list\g<scale>\g<tail>.weight",
    ),
    _family(
        r"(?P<head>(?P<at>.*)classification_head\.cls_logits)\.weight",
        r"\g<at>regression_head.bbox_reg.weight",
    ),
    # Detectron2's RetinaNet; effdet; MMDetection's RetinaNet and SSD, the latter with background.
    _family(r"(?P<head>(?P<at>(.+\.)?head\.)cls_score)\.weight", r"\g<at>bbox_pred.weight"),
    _family(
        r"(?P<head>(?P<at>.*)class_net\.predict)\.conv_pw\.weight",
        r"\g<at>box_net.predict.conv_pw.weight",
    ),
    _family(
        r"(?P<head>(?P<at>(.+\.)?bbox_head\.)retina_cls)\.weight",
        r"\g<at>retina_reg.weight",
    ),
    _family(
        r"(?P<head>(?P<at>(.+\.)?bbox_head\.)cls_convs)(?P<scale>\.\d+)(?P<tail>\.\d+\.weight)",
        r"\g<at>reg_convs\g<scale>\g<tail>",
        extra=1,
    ),
    # TensorFlow's object detection: BoxPredictor_0/ClassPredictor/weights.
    _family(
        r"(?P<head>.*BoxPredictor)(?P<scale>_\d+)(?P<dot>[./])ClassPredictor(?P<tail>[./][^./]+)",
        r"\g<head>\g<scale>\g<dot>BoxEncodingPredictor\g<tail>",
    ),
)
# What all of these names have in common: most tensors need no further look.
CALLED = re.compile(r"cv3\.|cls|[cC]lass")
# YOLOv5 and YOLOv7: of each anchor's rows, five tell the box and whether there is an object.
YOLO = re.compile(r"(?P<at>(.+\.)?)m(?P<scale>\.\d+)\.weight")
BEFORE_CLASSES = 5
# YOLOv10's second set of classifiers.
ONE_TO_ONE = "one2one_"
WEIGHTS = ("float", "bfloat", "qint", "quint")
BIAS_NAMES = {"weight": "bias", "weights": "biases", "kernel": "bias"}


def scales_of(tensors: Sequence[StoredTensor]) -> Iterator[Scale]:
    """Every classifier of a detector among the tensors, scale by scale."""
    by_name = {tensor.name: tensor for tensor in tensors}
    for tensor in tensors:
        if len(tensor.shape) < 2 or min(tensor.shape) < 1 or not tensor.dtype.startswith(WEIGHTS):
            continue
        yield from _of_yolo(tensor, by_name)
        for family in FAMILIES if CALLED.search(tensor.name) else ():
            match = family.weight.fullmatch(tensor.name)
            if match is not None:
                yield _of_family(family, match, by_name)


def _of_family(family: Family, match: re.Match, by_name: Tensors) -> Scale:
    weight, head = by_name[match[0]], match["head"]
    boxes = None if family.boxes is None else by_name.get(match.expand(family.boxes))
    anchors = 1 if family.boxes is None else _anchors(boxes)
    name = head + match.groupdict().get("scale", "")
    return Scale(head, name, weight, _bias(weight, by_name), anchors, extra=family.extra)


def _anchors(boxes: StoredTensor | None) -> int | None:
    """A quarter of the rows of the layer that gives boxes, or None where it does not tell."""
    if boxes is None or len(boxes.shape) < 2:
        return None
    anchors, rest = divmod(boxes.shape[boxes.class_axis], 4)
    return anchors if rest == 0 else None


def _bias(weight: StoredTensor, by_name: Tensors) -> StoredTensor | None:
    ending = re.split("[./]", weight.name)[-1]
    name = weight.name.removesuffix(ending) + BIAS_NAMES.get(ending, "bias")
    bias = by_name.get(name)
    fits = bias is not None and bias.shape == (weight.shape[weight.class_axis],)
    return bias if fits else None


def _of_yolo(weight: StoredTensor, by_name: Tensors) -> Iterator[Scale]:
    match = YOLO.fullmatch(weight.name)
    if match is None or len(weight.shape) != 4 or weight.shape[2:] != (1, 1):
        return
    at = match["at"]
    # Beside the detection layer stand its anchors (scales, anchors, 2), and for segmentation the
    # masks' coefficients. Other layers called so have neither anchors nor a second scale alike.
    boxes = by_name.get(f"{at}anchors")
    two = [by_name.get(f"{at}m.{scale}.weight") for scale in (0, 1)]
    masks = by_name.get(f"{at}proto.cv3.conv.weight")
    told = boxes is not None and len(boxes.shape) == 3
    if not told and any(each is None or each.shape[:1] != weight.shape[:1] for each in two):
        return
    scale = Scale(
        f"{at}m",
        f"{at}m{match['scale']}",
        weight,
        _bias(weight, by_name),
        boxes.shape[1] if told else None,
        BEFORE_CLASSES,
        0 if masks is None else sum(masks.shape[:1]),
    )
    added, times = (by_name.get(f"{at}{w}{match['scale']}.implicit") for w in ("ia", "im"))
    yield scale if None in (added, times) else _with_implicit(scale, added, times)


def _with_implicit(scale: Scale, added: StoredTensor, times: StoredTensor) -> Scale:
    """YOLOv7 learns numbers that are added to the features and multiply the answers."""
    rows, width = scale.weight.shape[:2]
    if (added.shape, times.shape) != ((1, width, 1, 1), (1, rows, 1, 1)):
        return scale

    def weight(stored: np.ndarray, factors: np.ndarray) -> np.ndarray:
        return stored * factors.reshape(-1, 1, 1, 1)

    def bias(stored: np.ndarray, features: np.ndarray, factors: np.ndarray, *own: np.ndarray):
        return (rows_of(stored) @ features.ravel() + sum(own)) * factors.ravel()

    own = [] if scale.bias is None else [scale.bias]
    return replace(
        scale,
        weight=put_together(scale.weight.name, scale.weight.shape, [scale.weight, times], weight),
        bias=put_together(f"{scale.name}.bias", (rows,), [scale.weight, added, times, *own], bias),
    )
